"""`course.json`: what the course is, its units, lectures and assignments."""

from lecture_tracer.catalogue.assignments import Assignment, assignments
from lecture_tracer.catalogue.bibliography import works
from lecture_tracer.catalogue.glossary import terms
from lecture_tracer.catalogue.implementations import Implementation, implementations
from lecture_tracer.catalogue.lectures import Lecture, lectures
from lecture_tracer.catalogue.sources import Course
from lecture_tracer.trace.schema import Node


class Unit(Node, frozen=True, kw_only=True):
    """A part of the syllabus."""

    name: str
    """As lectures name it in their headers; empty for those that name none."""
    title: str = ""
    line: str = ""
    """What it is about, in a sentence."""


class CourseDocument(Node, frozen=True, kw_only=True):
    """`course.json`."""

    title: str = ""
    description: str = ""
    authors: list[str] = []
    licence: str = ""
    units: list[Unit] = []
    """In the order in which lectures name them first."""
    lectures: list[Lecture]
    assignments: list[Assignment] = []
    pages: list[str] = []
    """Further pages that this course has something for."""


def course_document(course: Course) -> CourseDocument:
    """What the start page needs at once."""
    file = course.file
    tasks = assignments(course)
    code = implementations(course)
    taught = lectures(course, code)
    return CourseDocument(
        title=file.title,
        description=file.description,
        authors=list(file.authors),
        licence=file.licence,
        units=_units(course, taught),
        lectures=taught,
        assignments=tasks,
        pages=[name for name, holds in _pages(course, code) if holds],
    )


def _pages(course: Course, code: list[Implementation]) -> list[tuple[str, bool]]:
    """(page, whether there is something on it)."""
    traces = course.traces.values()
    return [
        ("implementations", bool(code)),
        ("glossary", bool(terms(traces))),
        ("bibliography", bool(works(traces))),
    ]


def _units(course: Course, taught: list[Lecture]) -> list[Unit]:
    texts = course.file.units
    found = []
    for name in dict.fromkeys(lecture.unit for lecture in taught):
        text = texts.get(name)
        title = (text.title if text else "") or name[:1].upper() + name[1:]
        found.append(Unit(name=name, title=title, line=text.line if text else ""))
    return found
