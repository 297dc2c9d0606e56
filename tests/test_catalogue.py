"""The documents of a course, from real recordings of a small one."""

from pathlib import Path
from typing import TypeVar

import msgspec
import pytest

from lecture_tracer.catalogue.assignments import assignments
from lecture_tracer.catalogue.build import documents, state
from lecture_tracer.catalogue.course_document import CourseDocument
from lecture_tracer.catalogue.figures import Figures
from lecture_tracer.catalogue.handouts import Handouts
from lecture_tracer.catalogue.implementations import Implementations, Task
from lecture_tracer.catalogue.sources import read_course
from lecture_tracer.command import cli
from lecture_tracer.trace import store

LECTURE = '''"""Lecture 1: sorting by hand.

Title: Sorting
Unit: basics
Minutes: 40
Assignments: assignment1-sorting
Figure: machine
"""

from sorting.swap import Sorter, swap

from lecture_tracer import graph, link, plot, predict, text


def main():
    text("# Sorting")
    pairs()
    machine()


def pairs():
    text("## Two at a *time*")
    predict("Which?", name="which")
    plot({"mark": "bar"})
    link(swap)
    swap([2, 1])  # @stepinto


def machine():
    Sorter().sort([2, 1])  # @stepinto
    text("## A machine")
    graph([("in", "out")])
'''
SWAP = '''def swap(items):
    """Swap the first two.

    In place.
    """
    items[:2] = items[1::-1]


class Sorter:
    def sort(self, items):
        return sorted(items)


def untouched():
    """Nobody opens it."""
'''
HANDOUT = """# Assignment 1: sorting

You sort,
and then you stop.

## By hand

```
### `not_a_problem` (9 points)
```

### `swap` (2 points)

Swap two items.

- **Hand in:** `swap` and
  `untouched` in `swap.py`; in words, why.
- **Lecture:** `lecture_01.py`, `pairs` and `machine`;
  `lecture_02.py`, `later`.

### `stop` (1 point)

- **Lecture:** `lecture_01.py`, `gone`.
"""


@pytest.fixture
def course(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One recorded lecture, one that is not recorded yet, an assignment with a task sheet."""
    folder = checkout / "assignments/assignment1-sorting"
    (folder / "sorting").mkdir(parents=True)
    (folder / "pyproject.toml").touch()
    (folder / "sorting/__init__.py").touch()
    (folder / "sorting/swap.py").write_text(SWAP)
    (folder / "handout.md").write_text(HANDOUT)
    monkeypatch.setenv("PYTHONPATH", str(folder))
    (checkout / "course.toml").write_text(
        'title = "Sorting"\ndescription = "How to sort."\n[units.basics]\nline = "Two items."\n'
    )
    (checkout / "lecture_01.py").write_text(LECTURE)
    (checkout / "lecture_02.py").write_text('"""Next.\n\nTitle: More\nUnit: later\n"""\n')
    assert cli.main(["-q", "-m", "lecture_01"]) == 0
    return checkout


T = TypeVar("T")


def document(kind: type[T], root: Path, name: str) -> T:
    return msgspec.json.decode(documents(root, root / "var/traces")[name], type=kind)


def test_the_course_names_its_units_lectures_and_what_they_hold(course: Path) -> None:
    about = document(CourseDocument, course, "course")
    assert (about.title, about.description) == ("Sorting", "How to sort.")
    assert [(unit.name, unit.title, unit.line) for unit in about.units] == [
        ("basics", "Basics", "Two items."),
        ("later", "Later", ""),
    ]
    first, second = about.lectures
    assert (first.title, first.minutes, first.questions) == ("Sorting", 40, 1)
    assert (first.summary, first.assignments) == ("sorting by hand.", ["assignment1-sorting"])
    assert [(s.function, s.title) for s in first.sections] == [
        ("pairs", "Two at a *time*"),
        ("machine", "A machine"),
    ]
    assert (second.title, second.unit, second.steps) == ("More", "later", 0)


def test_a_task_sheet_is_read_into_problems_with_their_places(course: Path) -> None:
    (one,) = assignments(read_course(course, course / "var/traces"))
    assert (one.title, one.summary) == ("Assignment 1: sorting", "You sort, and then you stop.")
    swap, stop = one.problems
    assert (one.points, swap.points, swap.part) == (3, 2, "By hand")
    assert (swap.names, swap.files) == (["swap", "untouched"], ["swap.py"])
    assert [(p.lecture, p.function, p.step is not None) for p in swap.places] == [
        ("lecture_01", "pairs", True),
        ("lecture_01", "machine", True),
        ("lecture_02", "later", False),
    ]
    assert stop.places[0].step is None  # no such section


def test_an_implementation_is_what_lectures_open_or_walk_and_what_is_handed_in(
    course: Path,
) -> None:
    path = "assignments/assignment1-sorting/sorting/swap.py"
    swap, sorter, untouched = document(Implementations, course, "implementations").implementations
    assert [(one.path, one.name) for one in (swap, sorter, untouched)] == [
        (path, "swap"),
        (path, "Sorter"),
        (path, "untouched"),
    ]
    assert (swap.first, swap.last, swap.summary) == (1, 6, "Swap the first two.")
    opened, walked = swap.uses
    assert (opened.section, opened.walked, walked.walked) == ("Two at a *time*", False, True)
    assert opened.step < walked.step
    assert [(use.name, use.walked) for use in sorter.uses] == [("Sorter.sort", True)]
    assert untouched.uses == []
    assert swap.tasks == [Task(assignment="assignment1-sorting", problem="swap")]
    first = document(CourseDocument, course, "course").lectures[0]
    assert [(one.name, one.step) for one in first.opens] == [
        ("swap", opened.step),
        ("Sorter", sorter.uses[0].step),
    ]


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("Figure: machine", "graph"),
        ("Figure: pairs 1", "plot"),
        ("Resources: gpus=1", "plot"),  # the first that the lecture shows
        ("Figure: pairs 2", "plot"),  # there is none: told when it is recorded
    ],
)
def test_the_figure_of_a_lecture_is_the_one_that_its_header_names(
    course: Path, header: str, kind: str
) -> None:
    (course / "lecture_01.py").write_text(LECTURE.replace("Figure: machine", header))
    cli.main(["-q", "-m", "lecture_01"])
    figure = document(Figures, course, "figures").figures["lecture_01"]
    assert figure.rendering["kind"] == kind
    warnings = store.load(course / "var/traces/lecture_01.json").warnings
    expected = [
        "lecture_01.py:7: Figure: pairs 2: the section showed no such plot, picture or graph "
        "(header)"
    ]
    assert warnings[1:] == (expected if header.endswith("2") else [])  # the first: no reveal()


def test_a_course_of_one_lecture_and_nothing_else_has_documents_without_empty_parts(
    checkout: Path,
) -> None:
    (checkout / "lecture_01.py").write_text("def main():\n    x = 1\n")
    assert cli.main(["-q", "--all"]) == 0
    about = document(CourseDocument, checkout, "course")
    assert [lecture.name for lecture in about.lectures] == ["lecture_01"]
    assert [unit.name for unit in about.units] == [""]
    assert (about.assignments, about.pages) == ([], [])
    assert document(Handouts, checkout, "handouts").texts == {}


def test_recording_writes_the_documents_beside_the_traces(course: Path) -> None:
    folder = course / "var/traces/course"
    made = documents(course, course / "var/traces")
    assert {path.stem: path.read_bytes() for path in folder.iterdir()} == made
    before = state(course, course / "var/traces")
    (course / "assignments/assignment1-sorting/handout.md").write_text("# Another\n\nWords.\n")
    assert state(course, course / "var/traces") != before
    assert documents(course, course / "var/traces")["handouts"] != made["handouts"]


def test_a_lecture_that_cannot_be_read_is_told_of_without_its_steps(course: Path) -> None:
    (course / "var/traces/lecture_01.json").write_text("{")
    (course / "lecture_02.py").write_text("def main(:\n")
    first, second = document(CourseDocument, course, "course").lectures
    assert (first.title, first.steps, second.title) == ("Sorting", 0, "lecture_02")


@pytest.mark.parametrize("file", ["../secret.py", "/etc/secret.py", "no.py"])
def test_a_task_sheet_names_files_of_its_package_only(course: Path, file: str) -> None:
    sheet = course / "assignments/assignment1-sorting/handout.md"
    sheet.write_text(f"# A\n\n### `swap` (2 points)\n\n- **Hand in:** `swap` in `{file}`.\n")
    (course / "assignments/assignment1-sorting/secret.py").write_text(SWAP)
    found = document(Implementations, course, "implementations").implementations
    assert all(one.tasks == [] for one in found)
