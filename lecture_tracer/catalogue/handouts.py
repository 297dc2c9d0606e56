"""The task sheets themselves, for the page that shows them."""

from lecture_tracer.catalogue.assignments import handout_text
from lecture_tracer.catalogue.sources import Course
from lecture_tracer.trace.schema import Node


class Handouts(Node, frozen=True, kw_only=True):
    """`handouts.json`."""

    texts: dict[str, str]
    """Markdown, by the name of the assignment; those without a task sheet are left out."""


def handouts(course: Course) -> Handouts:
    """Every task sheet of the course."""
    texts = {name: handout_text(folder) for name, folder in course.assignments.items()}
    return Handouts(texts={name: text for name, text in texts.items() if text})
