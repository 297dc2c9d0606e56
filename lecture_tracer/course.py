"""What a course is on disk, and what a lecture says of itself.

A course is a folder with lectures: the files `lecture_*.py`, or those that its `course.toml` names.
What only one of them needs lies in `lectures/NAME/`, its benchmark records and its bibliography at
fixed places in there. Nobody else spells these paths. Nothing here runs a lecture: its header is
read from its docstring.

    \"\"\"Lecture 6: how to find out what a kernel costs.

    Title: Kernels: measure, then write
    Unit: systems
    Minutes: 80
    Prerequisites: lecture_02, lecture_05
    Assignments: assignment2-systems
    Figure: roofline 2
    Resources: gpus=1, memory=32G
    \"\"\"
"""

import ast
import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from lecture_tracer.course_file import NAME, read_course_file
from lecture_tracer.errors import LectureInvalid
from lecture_tracer.trace.schema import CourseInfo

BENCHMARK_FOLDERS = "lectures/*/benchmarks"
"""Glob of every folder of benchmark records, relative to the root."""
FIELDS = ("title", "unit", "minutes", "prerequisites", "assignments", "figure", "resources")
_FIELD = re.compile(r"([A-Z][A-Za-z ]*):(?: +(.*))?")


def find_lectures(root: Path) -> list[Path]:
    """Every lecture, in the order of the course. Raises CourseInvalid.

    A name that begins with `_` is no lecture's, whatever pattern it fits.
    """
    patterns = read_course_file(root).lectures
    found = [path for pattern in patterns for path in sorted(root.glob(pattern))]
    return [p for p in dict.fromkeys(found) if p.is_file() and not p.name.startswith("_")]


def course_info(root: Path) -> CourseInfo | None:
    """What `course.toml` says, for the list of traces; None if there is none."""
    if not (root / NAME).is_file():
        return None
    course = read_course_file(root)
    return CourseInfo(
        title=course.title,
        authors=list(course.authors),
        licence=course.licence,
        lectures=[path.stem for path in find_lectures(root)],
    )


def package_folders(root: Path) -> list[Path]:
    """Folders that hold the packages of the course's assignments, in order."""
    return sorted(path.parent for path in root.glob("assignments/*/pyproject.toml"))


def lecture_folder(lecture: str) -> PurePosixPath:
    """The folder of what only this lecture needs, relative to the root."""
    return PurePosixPath("lectures") / lecture


def bibliography(lecture: str) -> PurePosixPath:
    """The file of the papers that a lecture cites, relative to the root."""
    return lecture_folder(lecture) / "bibliography.json"


def benchmark_folder(lecture: str) -> PurePosixPath:
    """The folder of a lecture's benchmark records, relative to the root."""
    return lecture_folder(lecture) / "benchmarks"


def is_benchmark_record(name: str) -> bool:
    """Whether a path relative to the root lies in the folder of a lecture's benchmark records."""
    parts = PurePosixPath(name).parts
    return len(parts) >= 4 and PurePosixPath(*parts[:3]) == benchmark_folder(parts[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a lecture says of itself. What is not said is empty."""

    summary: str = ""
    """First line of the docstring."""
    title: str = ""
    unit: str = ""
    minutes: int | None = None
    """How long it takes to give."""
    prerequisites: tuple[str, ...] = ()
    """Lectures to know before this one."""
    assignments: tuple[str, ...] = ()
    """Assignments that it prepares for."""
    figure: tuple[str, int] | None = None
    """The picture that it is remembered by: a section, which is a function of the lecture's file,
    and which of the section's pictures, from 1."""
    resources: Mapping[str, str] = field(default_factory=dict)
    """What it asks of a cluster, such as gpus=2."""
    lines: Mapping[str, int] = field(default_factory=dict)
    """Line of the file in which each field stands."""


def read_header(path: Path) -> Header:
    """The header of a lecture's file. Raises LectureInvalid as `parse_header` does."""
    return parse_header(path.read_text(encoding="utf-8-sig"), path.name)


def parse_header(text: str, file: str) -> Header:
    """The header of a lecture's text, read and not run.

    Its fields are the last paragraph of the module's docstring, one a line, if the first of these
    lines is a field. Raises LectureInvalid with `file` and line for what cannot be understood.
    """
    try:
        module = ast.parse(text)
    except SyntaxError as error:
        where = f"{file}:{error.lineno or 1}"
        raise LectureInvalid(f"{where}: not valid Python: {error.msg}") from None
    docstring = ast.get_docstring(module, clean=False)
    if docstring is None:
        return Header()
    lines = [line.strip() for line in docstring.splitlines()]
    first_line = module.body[0].lineno
    given, places = _fields(lines, first_line, file)
    values = {name: _value(name, said, f"{file}:{places[name]}") for name, said in given}
    return Header(summary=lines[0] if lines else "", lines=places, **values)


def _fields(
    lines: list[str], first_line: int, file: str
) -> tuple[list[tuple[str, str]], dict[str, int]]:
    """(field, text) of the last paragraph, and the line of each."""
    end = len(lines)
    while end and not lines[end - 1]:
        end -= 1
    begin = end
    while begin > 1 and lines[begin - 1]:
        begin -= 1
    found: list[tuple[str, str]] = []
    places: dict[str, int] = {}
    if begin <= 1 or begin == end or not _is_field(lines[begin]):
        return found, places
    for index in range(begin, end):
        where = f"{file}:{first_line + index}"
        match = _FIELD.fullmatch(lines[index])
        name = match[1].lower() if match else ""
        if match is None or name not in FIELDS:
            close = difflib.get_close_matches(name, FIELDS, n=1)
            known = ", ".join(field.capitalize() for field in FIELDS)
            advice = f"did you mean {close[0].capitalize()!r}?" if close else f"known: {known}"
            raise LectureInvalid(f"{where}: no field of a header: {lines[index]!r}; {advice}")
        if name in places:
            raise LectureInvalid(f"{where}: a second {match[1]!r}; the first is on {places[name]}")
        found.append((name, (match[2] or "").strip()))
        places[name] = first_line + index
    return found, places


def _is_field(line: str) -> bool:
    """Whether a header begins here: a known field, or one that was probably meant to be."""
    match = _FIELD.fullmatch(line)
    return match is not None and bool(difflib.get_close_matches(match[1].lower(), FIELDS, n=1))


def _value(name: str, text: str, where: str) -> Any:
    if name == "minutes":
        if not text.isdecimal() or int(text) == 0:
            raise LectureInvalid(f"{where}: Minutes must be a whole number, not {text!r}")
        return int(text)
    if name in ("prerequisites", "assignments"):
        names = [] if text.lower() in ("", "none") else re.split(r"[,\s]+", text.rstrip(","))
        return tuple(names)
    if name == "figure":
        return _figure(text, where)
    if name == "resources":
        return _resources(text, where)
    return text


def _figure(text: str, where: str) -> tuple[str, int]:
    match = re.fullmatch(r"([^\W\d]\w*)(?: ([1-9]\d*))?", text)
    if match is None:
        raise LectureInvalid(
            f"{where}: Figure: {text!r}; give a section, as roofline, or its second: roofline 2"
        )
    return match[1], int(match[2] or 1)


def _resources(text: str, where: str) -> dict[str, str]:
    pairs = [word.partition("=") for word in re.split(r"[,\s]+", text) if word]
    for key, equals, value in pairs:
        if not (key and equals and value):
            word = f"{key}{equals}{value}"
            raise LectureInvalid(f"{where}: Resources: {word!r}; write it as gpus=2, memory=32G")
    found = {key: value for key, _, value in pairs}
    if len(found) < len(pairs):
        raise LectureInvalid(f"{where}: Resources: a key is there twice: {text!r}")
    return found
