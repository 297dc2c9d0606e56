"""`figures.json`: one picture a lecture, by which it is remembered.

The lecture's header names it, else it is the first that the lecture shows. It is the rendering
itself, as in the trace, for the page to draw small.
"""

from typing import Any

import msgspec

from lecture_tracer.catalogue.sources import Course
from lecture_tracer.trace.pictures import chosen_picture
from lecture_tracer.trace.schema import Node


class Figure(Node, frozen=True, kw_only=True):
    """A picture of a lecture."""

    step: int
    """The step that shows it."""
    rendering: dict[str, Any]
    """As in the trace: a plot, an image or a graph."""


class Figures(Node, frozen=True, kw_only=True):
    """`figures.json`."""

    figures: dict[str, Figure]
    """By lecture; those without any are left out."""


def figures(course: Course) -> Figures:
    """The figure of every recorded lecture."""
    found = {}
    for name, trace in course.traces.items():
        chosen = chosen_picture(trace, course.headers[name].figure)
        if chosen is not None:
            step, rendering = chosen
            found[name] = Figure(step=step, rendering=msgspec.to_builtins(rendering))
    return Figures(figures=found)
