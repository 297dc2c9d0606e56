"""Where each thing is implemented, and which lectures open or walk it.

An implementation is a function or class at the top level of a file of the course, other than the
lectures themselves: opened by a lecture (`link(…)`), walked by one, or handed in for a problem. A
method counts for its class.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePosixPath

from lecture_tracer.catalogue.assignments import Assignment, assignments
from lecture_tracer.catalogue.sources import Course
from lecture_tracer.trace.outline import sections
from lecture_tracer.trace.schema import Node, SourceRendering, Trace


class Use(Node, frozen=True, kw_only=True):
    """A step of a lecture that opens or walks an implementation."""

    lecture: str
    step: int
    """The first."""
    name: str = ""
    """The method, where it is one, such as `Tokenizer.encode`."""
    section: str = ""
    """The heading that the step stands under, Markdown."""
    walked: bool = False
    """Its lines are steps; otherwise it is only opened beside the lecture."""


class Task(Node, frozen=True, kw_only=True):
    """A problem that it is the answer to."""

    assignment: str
    problem: str


class Implementation(Node, frozen=True, kw_only=True):
    """A function or class."""

    path: str
    """Of its file, relative to the root, such as `assignments/…/bpe.py`."""
    name: str
    first: int
    """Its first line, decorators included."""
    last: int
    summary: str = ""
    """First line of its docstring."""
    uses: list[Use] = []
    tasks: list[Task] = []


class Implementations(Node, frozen=True, kw_only=True):
    """`implementations.json`."""

    implementations: list[Implementation]
    """By file and line."""


@dataclass(frozen=True)
class _Definition:
    first: int
    last: int
    summary: str


@dataclass
class _Found:
    text: str = ""
    """Of the file."""
    uses: dict[tuple[str, str, bool], Use] = field(default_factory=dict)
    tasks: list[Task] = field(default_factory=list)


def implementations_document(course: Course) -> Implementations:
    """Every implementation of the course."""
    return Implementations(implementations=implementations(course))


def implementations(course: Course) -> list[Implementation]:
    """Every implementation, by file and line."""
    found: dict[tuple[str, str], _Found] = {}
    for trace in course.traces.values():
        for path, use in _uses(trace):
            if path not in trace.files or path == trace.main:
                continue
            top = use.name.partition(".")[0]
            one = found.setdefault((path, top), _Found())
            one.text = trace.files[path].text
            one.uses.setdefault((use.lecture, use.name, use.walked), use)
    for assignment in assignments(course):
        for path, text, name, task in _handed_in(course, assignment):
            one = found.setdefault((path, name), _Found(text=text))
            one.tasks.append(task)
    made = [_implementation(path, name, one) for (path, name), one in found.items()]
    return sorted((one for one in made if one), key=lambda one: (one.path, one.first))


def _implementation(path: str, name: str, found: _Found) -> Implementation | None:
    definition = _definitions(found.text).get(name)
    if definition is None:
        return None
    return Implementation(
        path=path,
        name=name,
        first=definition.first,
        last=definition.last,
        summary=definition.summary,
        uses=sorted(found.uses.values(), key=lambda use: (use.lecture, use.step)),
        tasks=found.tasks,
    )


def _uses(trace: Trace) -> Iterator[tuple[str, Use]]:
    """(path, use) of every step that opens or walks code."""
    outline = sections(trace)
    heading = ""
    for number, step in enumerate(trace.steps):
        while outline and outline[0].step <= number:
            heading = outline.pop(0).title
        frame = trace.frames[step.frame]
        name = frame.function.partition(".<locals>")[0]
        if frame.path != trace.main and not name.startswith("<"):
            yield (
                frame.path,
                Use(lecture=trace.lecture, step=number, name=name, section=heading, walked=True),
            )
        for output in step.outputs or ():
            if isinstance(output, SourceRendering):
                yield (
                    output.path,
                    Use(lecture=trace.lecture, step=number, name=output.name, section=heading),
                )


def _handed_in(course: Course, assignment: Assignment) -> Iterator[tuple[str, str, str, Task]]:
    """(path, text, name, task) of what the problems of an assignment ask for."""
    folder = course.assignments[assignment.name]
    for problem in assignment.problems:
        task = Task(assignment=assignment.name, problem=problem.name)
        for file in problem.files:
            path = _file_of(folder, file)
            if path is None:
                continue
            text = path.read_text(encoding="utf-8")
            for name in problem.names:
                if name in _definitions(text):
                    yield path.relative_to(course.root).as_posix(), text, name, task


def _file_of(folder: Path, file: str) -> Path | None:
    """The file of an assignment's package that a task sheet calls `bpe.py` or `kernels/bpe.py`."""
    if ".." in PurePosixPath(file).parts or PurePosixPath(file).is_absolute():
        return None
    for package in sorted(path.parent for path in folder.glob("*/__init__.py")):
        if package.name != "tests" and (package / file).is_file():
            return package / file
    return None


@cache
def _definitions(text: str) -> dict[str, _Definition]:
    """Functions and classes at the top level of a file's text."""
    try:
        module = ast.parse(text)
    except SyntaxError:
        return {}
    found = {}
    for node in module.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
            words = (ast.get_docstring(node) or "").splitlines()
            found[node.name] = _Definition(
                first, node.end_lineno or first, words[0] if words else ""
            )
    return found
