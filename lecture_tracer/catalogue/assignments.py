"""Task sheets read into problems: `assignments/NAME/handout.md` to an `Assignment`.

A problem is a heading of the third level, `` ### `name` (2 points) ``, under a heading of the
second, its part. In the list below it `**Hand in:**` names functions and files, and `**Lecture:**`
names lectures and their sections, both as code: `` `lecture_01.py`, `ties` and `sizes` ``.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from lecture_tracer.catalogue.sections import Section, sections
from lecture_tracer.catalogue.sources import Course
from lecture_tracer.trace.schema import Node

HANDOUT = "handout.md"
_PROBLEM = re.compile(r"### `(?P<name>[\w.-]+)` \((?P<points>\d+) points?(?:, [^)]*)?\)")
_PART = re.compile(r"## (.+)")
_ITEM = re.compile(r"- \*\*(?P<label>[\w ]+):\*\* (?P<text>.*)")
_CODE = re.compile(r"`([^`]+)`")
_FENCE = re.compile(r" {0,3}(```|~~~)")


class Place(Node, frozen=True, kw_only=True):
    """A section of a lecture that practises a problem."""

    lecture: str
    function: str
    title: str = ""
    step: int | None = None
    """Where it begins; absent where the lecture is not recorded or has no such section."""


class Problem(Node, frozen=True, kw_only=True):
    """One problem of a task sheet."""

    name: str
    points: int
    part: str = ""
    """The heading of the second level above it."""
    names: list[str] = []
    """What is handed in: functions and classes."""
    files: list[str] = []
    """Where: files relative to the package."""
    places: list[Place] = []


class Assignment(Node, frozen=True, kw_only=True):
    """One assignment; without problems where it has no task sheet yet."""

    name: str
    """Its folder, such as `assignment1-basics`."""
    title: str
    summary: str = ""
    """First paragraph of the task sheet, Markdown."""
    handout: bool = False
    points: int = 0
    problems: list[Problem] = []


_Sections = dict[str, dict[str, Section]]
"""Of every lecture, by its name and theirs."""


def assignments(course: Course) -> list[Assignment]:
    """Every assignment, in order."""
    known = {
        name: {section.function: section for section in sections(trace)}
        for name, trace in course.traces.items()
    }
    return [_assignment(name, folder, known) for name, folder in course.assignments.items()]


def handout_text(folder: Path) -> str:
    """The task sheet of an assignment's folder, or an empty string."""
    try:
        return (folder / HANDOUT).read_text(encoding="utf-8")
    except OSError:
        return ""


def _assignment(name: str, folder: Path, lectures: _Sections) -> Assignment:
    text = handout_text(folder)
    title, summary = _opening(text)
    problems = list(_problems(text, lectures))
    return Assignment(
        name=name,
        title=title or name,
        summary=summary,
        handout=bool(text),
        points=sum(problem.points for problem in problems),
        problems=problems,
    )


def _opening(text: str) -> tuple[str, str]:
    """Title and first paragraph."""
    blocks = [block.strip() for block in text.split("\n\n")]
    title = blocks[0].removeprefix("# ") if blocks[0].startswith("# ") else ""
    return title, " ".join(blocks[1].split()) if title and len(blocks) > 1 else ""


def _problems(text: str, lectures: _Sections) -> Iterator[Problem]:
    part = ""
    heading: re.Match[str] | None = None
    items: dict[str, str] = {}
    label = ""
    for line in [*_outside_fences(text), "## end"]:
        match = _PROBLEM.fullmatch(line.strip())
        if match or line.startswith("## "):
            if heading:
                yield _problem(heading, part, items, lectures)
            heading, items, label = match, {}, ""
            if other := _PART.fullmatch(line.strip()):
                part = other[1]
        elif item := _ITEM.match(line):
            label = item["label"]
            items[label] = item["text"]
        elif label and line.startswith("  "):
            items[label] += f" {line.strip()}"
        else:
            label = ""


def _outside_fences(text: str) -> Iterator[str]:
    fenced = False
    for line in text.splitlines():
        if _FENCE.match(line):
            fenced = not fenced
        elif not fenced:
            yield line


def _problem(
    heading: re.Match[str], part: str, items: dict[str, str], lectures: _Sections
) -> Problem:
    handed_in = _CODE.findall(items.get("Hand in", ""))
    files = [word for word in handed_in if word.endswith(".py")]
    return Problem(
        name=heading["name"],
        points=int(heading["points"]),
        part=part,
        names=[word for word in handed_in if re.fullmatch(r"[A-Za-z_]\w*", word)],
        files=files,
        places=list(_places(items.get("Lecture", ""), lectures)),
    )


def _places(text: str, lectures: _Sections) -> Iterator[Place]:
    name = ""
    for word in _CODE.findall(text):
        if word.endswith(".py"):
            name = word.removesuffix(".py")
            continue
        section = lectures.get(name, {}).get(word)
        yield Place(
            lecture=name,
            function=word,
            title=section.title if section else "",
            step=section.step if section else None,
        )
