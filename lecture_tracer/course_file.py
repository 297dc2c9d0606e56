"""`course.toml`: what concerns a course as a whole. It may be missing, and so may each of its keys.

title = "Sorting, step by step"
authors = ["A. Lecturer"]
licence = "CC-BY-4.0"
address = "https://example.org/sorting"
card = "images/card.png"
description = "How to sort, and how to know that it is sorted."
lectures = ["opening.py", "week_*.py"]

[units.basics]
title = "The basics"
line = "Three ways to sort, and what each costs."
"""

import difflib
import tomllib
from pathlib import Path, PurePosixPath

import msgspec

from lecture_tracer.errors import CourseInvalid

NAME = "course.toml"
LECTURES = ("lecture_*.py",)
"""Which files are lectures where the course does not say."""


class UnitText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a unit is called on the syllabus, and what it is about."""

    title: str = ""
    """Else its name, as the lectures' headers have it."""
    line: str = ""
    """One sentence."""


class CourseFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file's keys. What is not said is empty."""

    title: str = ""
    description: str = ""
    """What the course is, in about three sentences: for its start page and for cards of links."""
    authors: tuple[str, ...] = ()
    licence: str = ""
    """Of the course's contents, such as CC-BY-4.0."""
    address: str = ""
    """Where the site will be found, without a slash at its end."""
    card: str = ""
    """Picture that goes with links to the site, relative to the root."""
    lectures: tuple[str, ...] = LECTURES
    """Which files are lectures, in the order of the course: names and patterns relative to the
    root. Files of one pattern come in the order of their names."""
    units: dict[str, UnitText] = {}
    """By the name that lectures give in the `Unit` of their headers."""


def read_course_file(root: Path) -> CourseFile:
    """What `course.toml` in `root` says. Raises CourseInvalid with the key and what to write."""
    path = root / NAME
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return CourseFile()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CourseInvalid(f"{NAME}: not valid TOML: {error}") from error
    known = CourseFile.__struct_fields__
    for key in table.keys() - set(known):
        close = difflib.get_close_matches(key, known, n=1)
        advice = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(known)}"
        raise CourseInvalid(f"{NAME}: unknown key {key!r}; {advice}")
    try:
        found = msgspec.convert(table, CourseFile)
    except msgspec.ValidationError as error:
        raise CourseInvalid(f"{NAME}: {error}") from error
    _check(found)
    return msgspec.structs.replace(found, address=found.address.rstrip("/"))


def _check(course: CourseFile) -> None:
    for pattern in (*course.lectures, course.card):
        parts = PurePosixPath(pattern)
        if parts.is_absolute() or ".." in parts.parts:
            raise CourseInvalid(f"{NAME}: {pattern!r} is outside the course's folder")
    for pattern in course.lectures:
        if not pattern.endswith(".py"):
            raise CourseInvalid(f"{NAME}: lectures: {pattern!r} does not end in .py")
    if course.address and not course.address.startswith(("https://", "http://")):
        raise CourseInvalid(f"{NAME}: address: {course.address!r} does not begin with https://")
