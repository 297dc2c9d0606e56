"""A new lecture is one file and one folder: it is checked and tested without another edit."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILES = {
    "lecture_98.py": '''
        """Lecture 98: what has just been added.

        Title: Just added
        Unit: basics
        Minutes: 1
        Prerequisites: none
        Assignments: none
        """

        from lecture_tracer import link, note, table, text
        from lectures.lecture_98.helper import twice
        from lectures.lecture_98.works import WORKS


        def main() -> None:
            the_only_section()


        def the_only_section() -> None:
            text("# Just added")
            link(twice)
            link("1706.03762")
            link(WORKS["elements"])
            table([[1, twice(1)]], columns=["n", "twice n"])
            note("Nothing more.")
    ''',
    "lectures/lecture_98/helper.py": '''
        """What the lecture counts with."""


        def twice(n: int) -> int:
            """2 n."""
            return 2 * n
    ''',
    "lectures/lecture_98/works.py": '''
        """Works that the lecture cites."""

        from lecture_tracer import Reference

        WORKS = {
            "elements": Reference(
                title="Elements", authors=["Euclid"], url="https://www.gutenberg.org/ebooks/21076"
            ),
        }
    ''',
    "lectures/lecture_98/bibliography.json": """
        {"1706.03762": {"title": "T", "authors": ["A"], "date": "2017-06"}}
    """,
    "lectures/lecture_98/tests/test_trace.py": '''
        """What only this lecture promises."""

        from lecture_tracer.trace.schema import Trace


        def test_lecture_98_is_short(trace: Trace) -> None:
            assert trace.lecture == "lecture_98"
            assert len(trace.steps) == 7
    ''',
}


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the checkout without its assignments, with one lecture more."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split("\0")  # fmt: skip
    folders = ("lecture_tracer", "lectures", "tests")
    for name in filter(None, listed):
        path = Path(name)
        wanted = len(path.parts) == 1 or path.parts[0] in folders
        if wanted and (ROOT / path).is_file():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, tmp_path / path)
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        lines = [line.removeprefix("        ").rstrip() for line in text.strip("\n").splitlines()]
        (tmp_path / name).write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
    return tmp_path


def run(folder: Path, *arguments: str) -> str:
    """Run a module of Python in the copy; gives what it said, and fails where it does."""
    own = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=folder, env=own, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_a_new_lecture_is_found_by_the_tests(copied: Path) -> None:
    where = ["tests/test_every_lecture.py", "tests/test_bibliography.py", "lectures"]
    only = ["-k", "lecture_98", "-m", "not gpu", "-p", "no:cacheprovider", "-vv"]
    said = run(copied, "pytest", *only, *where)
    assert "test_lecture_98_is_short PASSED" in said
    assert "test_it_runs_as_a_plain_script[lecture_98] PASSED" in said


@pytest.mark.slow
def test_a_work_described_in_two_ways_is_told(copied: Path) -> None:
    with pytest.raises(AssertionError, match=r"'1706\.03762' is described in lectures/lecture_"):
        run(copied, "pytest", "-p", "no:cacheprovider", "tests/test_bibliography.py")


@pytest.mark.slow
def test_a_new_lecture_is_linted_and_typed(copied: Path) -> None:
    files = ["lecture_98.py", "lectures/lecture_98"]
    run(copied, "ruff", "check", "--no-cache", *files)
    run(copied, "ruff", "format", "--no-cache", "--check", *files)
    run(copied, "mypy", *files)
