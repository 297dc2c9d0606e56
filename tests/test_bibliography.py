"""What lectures cite: each has its own list, and the same work is told the same way in all."""

import importlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
BIBLIOGRAPHIES = sorted(ROOT.glob("lectures/*/bibliography.json"))
WORKS = sorted(ROOT.glob("lectures/lecture_*/works.py"))


def clashes(lists: Mapping[str, Mapping[str, object]]) -> list[str]:
    """A line for each key that two files describe differently."""
    entries = sorted(
        ((key, file, content) for file, known in lists.items() for key, content in known.items()),
        key=lambda entry: entry[:2],
    )
    found = []
    for key, group in groupby(entries, key=lambda entry: entry[0]):
        (_, first, content), *others = group
        found += [
            f"{key!r} is described in {first} and differently in {file}"
            for _, file, other in others
            if other != content
        ]
    return found


def papers(path: Path) -> dict[str, Any]:
    """The records of one bibliography by their arXiv number."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def works(path: Path) -> dict[str, Any]:
    """The works of one lecture by their key."""
    module = importlib.import_module(f"lectures.{path.parent.name}.works")
    return {key: asdict(work) for key, work in module.WORKS.items()}


def name(path: Path) -> str:
    """The path from the root."""
    return path.relative_to(ROOT).as_posix()


def test_a_clash_names_both_files() -> None:
    lists: dict[str, dict[str, object]] = {
        "lectures/lecture_01/works.py": {"a": 1, "b": 1},
        "lectures/lecture_02/works.py": {"a": 2, "b": 1},
        "lectures/lecture_03/works.py": {"c": 1},
    }
    assert clashes(lists) == [
        "'a' is described in lectures/lecture_01/works.py and differently in "
        "lectures/lecture_02/works.py"
    ]


def test_no_paper_is_described_in_two_ways() -> None:
    assert clashes({name(path): papers(path) for path in BIBLIOGRAPHIES}) == []


def test_no_work_is_described_in_two_ways() -> None:
    assert clashes({name(path): works(path) for path in WORKS}) == []


def test_a_work_of_several_lectures_is_described_once() -> None:
    """In `lectures/shared/works.py`; each lecture's list names it."""
    first: dict[str, object] = {}
    for path in WORKS:
        for key, work in importlib.import_module(
            f"lectures.{path.parent.name}.works"
        ).WORKS.items():
            assert first.setdefault(key, work) is work, (
                f"{key!r} of {name(path)} stands elsewhere too"
            )


@pytest.mark.parametrize("path", BIBLIOGRAPHIES, ids=name)
def test_every_arxiv_date_fits_its_number(path: Path) -> None:
    for number, record in papers(path).items():
        year, month = 2000 + int(number[:2]), int(number[2:4])
        submitted = record["date"].split("-")
        months = 12 * year + month - (12 * int(submitted[0]) + int(submitted[1]))
        assert months in (0, 1), (number, record["date"])  # numbered at the turn of a month
        assert record["title"]
        assert record["authors"]


@pytest.mark.parametrize("path", WORKS, ids=name)
def test_every_work_has_a_title_an_address_and_somebody_who_made_it(path: Path) -> None:
    for key, work in works(path).items():
        assert work["title"], key
        assert work["url"].startswith(("https://", "http://")), key
        assert work["authors"] or work["organization"], key


@pytest.mark.parametrize("path", [*BIBLIOGRAPHIES, *WORKS], ids=name)
def test_what_is_listed_is_cited(path: Path) -> None:
    lecture = path.parent.name
    files = [ROOT / f"{lecture}.py", *path.parent.rglob("*.py")]
    text = "\n".join(file.read_text(encoding="utf-8") for file in files if file != path)
    listed = works(path) if path.suffix == ".py" else papers(path)
    assert [key for key in listed if key not in text] == []
