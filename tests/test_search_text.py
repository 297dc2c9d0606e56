"""What the search is given of a lecture, from real recordings, and of the assignments' code."""

from pathlib import Path

import pytest

from lecture_tracer.catalogue.search_text import lecture_text
from lecture_tracer.catalogue.source_texts import source_texts
from lecture_tracer.catalogue.sources import read_course
from lecture_tracer.command import cli
from tests.conftest import Record

LECTURE = '''
"""Lecture 99: finding."""

from lecture_tracer import Reference, code, link, note as aside, note, predict, reveal, text


def main():
    text("# Finding\\nSome *prose*."), note("The speaker's own words.")
    aside("Under another name.")
    total = 1 + 1  # @inspect total
    asked = predict("How many?", name="many", choices=["Two", "Three"], hint="Count.")
    reveal("many", "Two", "Because one and one are two.")
    code("shown, not run", language="text")
    link(Reference(title="A paper", authors=["A. Nother"], url="https://example.org/"))
    for item in range(2):
        total += item
    text("# Finding\\nSome *prose*.")
    secret = 1  # @hide
'''


def test_what_is_shown_is_found_with_its_first_step(record: Record) -> None:
    found = lecture_text(record(LECTURE))
    assert found.title == "Finding"
    kinds = [(kind, text) for _, kind, text in found.shown]
    assert kinds == [
        ("text", "# Finding\nSome *prose*."),
        ("question", "How many?\n\nTwo\n\nThree"),
        ("code", "shown, not run"),
        ("link", "A paper, A. Nother"),
    ]
    assert found.shown[0][0] < found.shown[1][0]


def test_notes_and_answers_are_nowhere_in_it(record: Record) -> None:
    found = lecture_text(record(LECTURE))
    everything = repr(found)
    for words in ("speaker's own", "another name", "Because one", "Count.", "secret"):
        assert words not in everything


def test_code_keeps_its_lines_and_leads_to_their_steps(record: Record) -> None:
    trace = record(LECTURE)
    found = lecture_text(trace)
    lines = found.code.split("\n")
    source = trace.files[trace.main].text.split("\n")
    at = lines.index("total = 1 + 1")
    assert source[at].strip().startswith("total = 1 + 1")
    step = [step for line, step in found.steps if line <= at + 1][-1]
    assert trace.steps[step].line == at + 1
    assert "def main():" in lines
    assert not any("text(" in line for line in lines)


def test_a_lecture_that_shows_nothing_has_only_code(record: Record) -> None:
    found = lecture_text(record("def main():\n    x = 1\n"))
    assert (found.shown, found.title) == ([], "lecture_99")
    assert found.code.split("\n")[1] == "x = 1"


@pytest.fixture
def course(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = checkout / "assignments/assignment1-sorting"
    for package in ("sorting", "tests"):
        (folder / package).mkdir(parents=True)
        (folder / package / "__init__.py").touch()
    (folder / "pyproject.toml").touch()
    (folder / "sorting/swap.py").write_text("def swap(items):\n    items[:2] = items[1::-1]\n")
    (folder / "sorting/data.py").write_text("x = 1\n" * 50_000)
    (folder / "tests/test_swap.py").write_text("import sorting\n")
    (checkout / "secret.py").write_text("password = 1\n")
    (folder / "sorting/out.py").symlink_to("/etc/hostname")
    monkeypatch.setenv("PYTHONPATH", str(folder))
    (checkout / "lecture_01.py").write_text(
        "from sorting.swap import swap\n\nfrom lecture_tracer import link\n\n\n"
        "def main():\n    x = 1\n    link(swap)\n"
    )
    assert cli.main(["-q", "-m", "lecture_01"]) == 0
    return checkout


def test_the_code_of_an_assignment_is_its_packages_and_nothing_else(course: Path) -> None:
    (one,) = source_texts(read_course(course, course / "var/traces")).files
    assert one.path == "assignments/assignment1-sorting/sorting/swap.py"
    assert one.assignment == "assignment1-sorting"
    ((first, last, lecture, step),) = one.opened
    assert (first, last, lecture, step) == (1, 2, "lecture_01", 1)


def test_a_file_that_has_changed_since_is_opened_by_no_lecture(course: Path) -> None:
    path = course / "assignments/assignment1-sorting/sorting/swap.py"
    path.write_text("# changed\n" + path.read_text())
    (one,) = source_texts(read_course(course, course / "var/traces")).files
    assert one.opened == []
    assert one.text.startswith("# changed")
