"""Headings of a trace: its title and its table of contents."""

import re
from collections.abc import Iterable, Iterator

from lecture_tracer.trace.schema import Section, Step, TextRendering, Trace

_HEADING = re.compile(r"^(#{1,6})[ \t]+(.+?)[ \t]*#*[ \t]*$")
_FENCE = re.compile(r"^ {0,3}(```|~~~)")


def headings(markdown: str) -> Iterator[tuple[int, str]]:
    """(level, title) of every ATX heading outside fenced code."""
    fenced = False
    for line in markdown.splitlines():
        if _FENCE.match(line):
            fenced = not fenced
        elif not fenced and (match := _HEADING.match(line)):
            yield len(match[1]), match[2]


def sections(trace: Trace) -> list[Section]:
    """Every heading that the lecture showed, with the step that showed it first."""
    found: dict[tuple[int, str], Section] = {}
    for number, level, title in _shown(trace.steps):
        found.setdefault((level, title), Section(title=title, level=level, step=number))
    return list(found.values())


def first_heading(steps: Iterable[Step]) -> str:
    """Title of the lecture, or an empty string."""
    return next((title for _, _, title in _shown(steps)), "")


def _shown(steps: Iterable[Step]) -> Iterator[tuple[int, int, str]]:
    for number, step in enumerate(steps):
        if not step.outputs:
            continue
        for output in step.outputs:
            if isinstance(output, TextRendering) and not output.verbatim:
                for level, title in headings(output.text):
                    yield number, level, title
