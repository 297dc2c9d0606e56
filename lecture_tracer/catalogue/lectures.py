"""The lectures of a course as its start page shows them: one `Lecture` each, recorded or not."""

import re

from lecture_tracer.catalogue.implementations import Implementation
from lecture_tracer.catalogue.sections import Section, sections
from lecture_tracer.catalogue.sources import Course
from lecture_tracer.course import lecture_folder
from lecture_tracer.trace.pictures import chosen_picture
from lecture_tracer.trace.schema import Node, QuestionRendering, Trace

_NUMBER = re.compile(r"^Lecture \d+: *")


class Opened(Node, frozen=True, kw_only=True):
    """Code of an assignment, or of another part of the course, that a lecture opens or walks."""

    name: str
    path: str
    first: int
    last: int
    step: int
    """The first step that does so."""


class Lecture(Node, frozen=True, kw_only=True):
    """One lecture."""

    name: str
    """Such as `lecture_01`; `?trace=NAME` opens it."""
    title: str
    summary: str = ""
    """First line of its docstring, without `Lecture 6:` before it."""
    unit: str = ""
    minutes: int | None = None
    prerequisites: list[str] = []
    """Names of lectures."""
    assignments: list[str] = []
    """Names of assignments that it prepares for."""
    steps: int = 0
    """0 where it is not recorded yet."""
    ended: str = ""
    """As in its trace."""
    questions: int = 0
    figure: bool = False
    """Whether `figures.json` has one."""
    sections: list[Section] = []
    """In the order in which they begin."""
    opens: list[Opened] = []
    """What it opens outside its own folder, in that order, private names last."""


def lectures(course: Course, implementations: list[Implementation]) -> list[Lecture]:
    """Every lecture, in the order of the course."""
    opened = {name: _opened(name, implementations) for name in course.names}
    return [_lecture(course, name, opened[name]) for name in course.names]


def _opened(lecture: str, implementations: list[Implementation]) -> list[Opened]:
    own = f"{lecture_folder(lecture)}/"
    found = [
        Opened(name=one.name, path=one.path, first=one.first, last=one.last, step=min(steps))
        for one in implementations
        if not one.path.startswith(own)
        and (steps := [use.step for use in one.uses if use.lecture == lecture])
    ]
    return sorted(found, key=lambda one: (one.name.startswith("_"), one.step))


def _lecture(course: Course, name: str, opened: list[Opened]) -> Lecture:
    header = course.headers[name]
    trace = course.traces.get(name)
    return Lecture(
        name=name,
        title=(trace.title if trace else "") or header.title or name,
        summary=_NUMBER.sub("", header.summary),
        unit=header.unit,
        minutes=header.minutes,
        prerequisites=list(header.prerequisites),
        assignments=list(header.assignments),
        steps=len(trace.steps) if trace else 0,
        ended=trace.ended if trace else "",
        questions=_questions(trace) if trace else 0,
        figure=trace is not None and chosen_picture(trace, header.figure) is not None,
        sections=sections(trace) if trace else [],
        opens=opened,
    )


def _questions(trace: Trace) -> int:
    return sum(isinstance(o, QuestionRendering) for step in trace.steps for o in step.outputs or ())
