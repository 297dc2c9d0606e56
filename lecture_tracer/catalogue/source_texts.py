"""The code of the assignments, whole: what the search looks through and the page of a file shows.

Only Python files of an assignment's packages are in it, and none that a link leads out to.
"""

from collections.abc import Iterator
from pathlib import Path

from lecture_tracer.catalogue.implementations import implementations
from lecture_tracer.catalogue.sources import Course
from lecture_tracer.trace.schema import Node

LONGEST = 200_000
"""Bytes; a longer file is data and not to be read."""


class SourceText(Node, frozen=True, kw_only=True):
    """One file."""

    path: str
    """Relative to the root, with `/`."""
    assignment: str
    text: str
    opened: list[tuple[int, int, str, int]] = []
    """(first line, last line, lecture, step) of what a lecture opens or walks, the first time."""


class SourceTexts(Node, frozen=True, kw_only=True):
    """`sources.json`."""

    files: list[SourceText]


def source_texts(course: Course) -> SourceTexts:
    """Every file of every assignment's packages, by path."""
    opened = _opened(course)
    return SourceTexts(
        files=[
            SourceText(
                path=path.relative_to(course.root).as_posix(),
                assignment=name,
                text=text,
                opened=opened.get((path.relative_to(course.root).as_posix(), text), []),
            )
            for name, folder in course.assignments.items()
            for path in package_files(folder)
            if (text := _text(path, course.root))
        ]
    )


def package_files(folder: Path) -> Iterator[Path]:
    """Python files of the packages in an assignment's folder, tests left out, sorted."""
    for package in sorted(path.parent for path in folder.glob("*/__init__.py")):
        if package.name != "tests":
            yield from sorted(package.rglob("*.py"))


def _text(path: Path, root: Path) -> str:
    try:
        inside = path.resolve().is_relative_to(root.resolve())
        if not inside or path.stat().st_size > LONGEST:
            return ""
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _opened(course: Course) -> dict[tuple[str, str], list[tuple[int, int, str, int]]]:
    """By path and text, since a lecture may have been recorded with another version of a file."""
    found: dict[tuple[str, str], list[tuple[int, int, str, int]]] = {}
    for one in implementations(course):
        for use in one.uses[:1]:
            text = course.traces[use.lecture].files[one.path].text
            place = (one.first, one.last, use.lecture, use.step)
            found.setdefault((one.path, text), []).append(place)
    return found
