"""Adding a lecture is one file and one folder, adding an assignment one folder: nothing to edit.

A copy of this checkout gets both; then `make setup`, the parts of `make check` and their tests run.
Set-up needs no network: the copy's environment sees the packages of the one that runs this.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

LECTURE = '''"""A lecture that was not there before."""

from cs336_basics.nn_utils import softmax
from cs336_novel.doubling import double
from torch import tensor

from lecture_tracer import text
from lectures.lecture_98.numbers import FIRST


def main() -> None:
    """The table of contents."""
    text("# A new lecture")
    twice = double(FIRST)  # @inspect twice
    assert twice == 4
    shares = softmax(tensor([0.0, 0.0]), dim=0)  # @inspect shares
    assert shares.tolist() == [0.5, 0.5]


if __name__ == "__main__":
    main()
'''
PYPROJECT = """[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "cs336-novel"
version = "0.1.0"
description = "An assignment that was not there before."
readme = "README.md"
requires-python = ">=3.11"
license = "MIT"
dependencies = [
  "cs336-basics", # what came before
  "numpy>=1.26",  # numbers
]

[tool.setuptools.packages.find]
include = ["cs336_novel*"]

[tool.mypy]
strict = true
explicit_package_bases = true
mypy_path = ["$MYPY_CONFIG_FILE_DIR", "$MYPY_CONFIG_FILE_DIR/../assignment1-basics"]
"""
FILES = {
    "lecture_98.py": LECTURE,
    "lectures/lecture_98/numbers.py": '"""Numbers of the new lecture."""\n\nFIRST = 2\n',
    "lectures/lecture_98/tests/test_numbers.py": '''"""The new lecture's parts."""

from lectures.lecture_98.numbers import FIRST


def test_the_first_number() -> None:
    assert FIRST == 2
''',
    "assignments/assignment98-novel/pyproject.toml": PYPROJECT,
    "assignments/assignment98-novel/README.md": "# Assignment 98: novel\n",
    "assignments/assignment98-novel/cs336_novel/__init__.py": '"""A new package."""\n',
    "assignments/assignment98-novel/cs336_novel/doubling.py": '''"""Twice a number."""


def double(number: int) -> int:
    """`number` taken twice."""
    return 2 * number
''',
    "assignments/assignment98-novel/bench/bench_doubling.py": '"""Nothing is slow here."""\n',
    "assignments/assignment98-novel/scripts/README.md": "Scripts.\n",
    "assignments/assignment98-novel/results/README.md": "Results.\n",
    "assignments/assignment98-novel/tests/conftest.py": '''"""One more conftest.py."""

import pytest


@pytest.fixture
def three() -> int:
    """A number."""
    return 3
''',
    "assignments/assignment98-novel/tests/adapters.py": '''"""What outside tests call."""

from cs336_novel.doubling import double as run_double

__all__ = ["run_double"]
''',
    "assignments/assignment98-novel/tests/test_doubling.py": '''"""Through the adapters."""

from .adapters import run_double


def test_twice_three(three: int) -> None:
    assert run_double(three) == 6
''',
}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what git tracks, with an environment and the newcomers in it."""
    copy = tmp_path_factory.mktemp("newcomers") / "checkout"
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others",
               "--exclude-standard"]  # fmt: skip
    listed = subprocess.run(command, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("no git checkout: what belongs to it is not known")
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    make_environment(copy)
    for name, text in FILES.items():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_text(text, encoding="utf-8")
    subprocess.run(["git", "init", "--quiet"], cwd=copy, check=True)
    subprocess.run(["git", "add", "--all"], cwd=copy, check=True)
    return copy


def make_environment(copy: Path) -> None:
    """A virtual environment that takes what it lacks from the one running, and the viewer's."""
    subprocess.run([sys.executable, "-m", "venv", str(copy / ".venv")], check=True)
    bin_folder = copy / ".venv" / "bin"
    packages = Path(next((copy / ".venv" / "lib").glob("python*")), "site-packages")
    # The setuptools that comes with an interpreter would hide the locked one.
    for old in [*packages.glob("setuptools*"), *packages.glob("pkg_resources")]:
        shutil.rmtree(old)
    (packages / "of_the_other.pth").write_text(sysconfig.get_path("purelib") + "\n")
    (bin_folder / "ruff").symlink_to(Path(sysconfig.get_path("scripts")) / "ruff")
    mypy = bin_folder / "mypy"
    mypy.write_text(f'#!/bin/sh\nexec {bin_folder}/python -m mypy "$@"\n', encoding="utf-8")
    mypy.chmod(0o755)
    node_modules = ROOT / "trace-viewer" / "node_modules"
    if node_modules.is_dir():
        (copy / "trace-viewer" / "node_modules").symlink_to(node_modules)
    if (ROOT / ".mypy_cache").is_dir():
        shutil.copytree(ROOT / ".mypy_cache", copy / ".mypy_cache")


def run(checkout: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
    return done.stdout


def test_set_up_finds_them(checkout: Path) -> None:
    run(checkout, "make", "--touch", "trace-viewer/node_modules/.ready")
    run(checkout, "make", "PIP_NO_INDEX=1", ".venv/.ready-test")
    where = run(
        checkout, ".venv/bin/python", "-c",
        "import cs336_novel, cs336_basics, lecture_tracer as t;"
        "print(cs336_novel.__file__, cs336_basics.__file__, t.__file__)",
    )  # fmt: skip
    assert all(path.startswith(str(checkout)) for path in where.split()), where


def test_the_check_finds_and_passes_them(checkout: Path) -> None:
    """The Python part of `make check`: the viewer has nothing to do with either."""
    recipe = run(checkout, "make", "--dry-run", "check")
    assert "assignments/assignment98-novel" in recipe
    assert "lecture_98.py" in recipe
    run(checkout, "make", "check-python")


def test_the_check_sees_a_fault_in_each(checkout: Path) -> None:
    for name in ("lectures/lecture_98/numbers.py",
                 "assignments/assignment98-novel/cs336_novel/doubling.py"):  # fmt: skip
        before = (checkout / name).read_text(encoding="utf-8")
        fault = before.replace(" = 2", ' = "two"').replace("2 * number", "str(number)")
        (checkout / name).write_text(fault.replace("FIRST =", "FIRST: int ="), encoding="utf-8")
        done = subprocess.run(
            ["make", "check-python"], cwd=checkout, capture_output=True, text=True, check=False
        )
        (checkout / name).write_text(before, encoding="utf-8")
        assert done.returncode != 0, name
        assert "error: Incompatible" in done.stdout


def test_their_tests_are_found_beside_those_of_others(checkout: Path) -> None:
    run(checkout, "make", "test", "ONLY=assignments/assignment98-novel")
    collected = run(
        checkout, ".venv/bin/python", "-m", "pytest", "--collect-only", "-q", "assignments",
        "lectures", "tests/test_course_rules.py",
    )  # fmt: skip
    new = ("assignment98-novel/tests/test_doubling.py", "lecture_98/tests/test_numbers.py")
    for name in (*new, "assignment1-basics/tests"):
        assert name in collected
    done = run(
        checkout, ".venv/bin/python", "-m", "pytest", "-vv", "lectures/lecture_98",
        "assignments/assignment98-novel", "tests/test_course_rules.py", "tests/test_environment.py",
    )  # fmt: skip
    assert "test_an_assignment_imports_only_earlier_ones[assignment98-novel]" in done
    assert "test_a_lecture_imports_no_other_lecture[lecture_98]" in done


def test_the_lecture_is_recorded(checkout: Path) -> None:
    run(checkout, ".venv/bin/python", "execute.py", "-q", "-m", "lecture_98")
    assert (checkout / "var/traces/lecture_98.json").is_file()
