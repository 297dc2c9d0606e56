"""`execute.py` started with the wrong Python, or in a copy of a checkout, or with -O."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Callable
from pathlib import Path

import pytest

from lecture_tracer.trace.schema import Trace
from lecture_tracer.trace.store import load
from tests.compare_walks import first_difference, walk_of
from tests.lecture_recordings import Recording

ROOT = Path(__file__).resolve().parent.parent
RESTARTED = "LECTURE_TRACER_RESTARTED"
LECTURE = """
from cs336_basics.answers import answer

def main():
    x = answer()  # @inspect x @stepinto
"""


@pytest.fixture(scope="module")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with the standard library only."""
    return environment(tmp_path_factory.mktemp("bare"))


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the engine, with a lecture and an assignment whose name is installed elsewhere."""
    folder = tmp_path / "copied"
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "lecture_tracer", folder / "lecture_tracer", ignore=ignore)
    for name in ("execute.py", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / name)
    (folder / "requirements.lock").write_text(
        "msgspec==1\nrich==1\nnothing==1; sys_platform=='x'\n"
    )
    write(folder / "lecture_01.py", LECTURE)
    write(folder / "assignments/assignment1-basics/pyproject.toml", "")
    package = folder / "assignments/assignment1-basics/cs336_basics"
    write(package / "__init__.py", "")
    write(package / "answers.py", "def answer():\n    six = 6\n    return 7 * six\n")
    return folder


def environment(folder: Path, *, packages: bool = False) -> Path:
    """The Python of a new virtual environment; with `packages`, those of this one are seen."""
    venv.create(folder, with_pip=False, symlinks=True)
    if packages:
        (inside,) = folder.glob("lib/python*/site-packages")
        write(inside / "others.pth", sysconfig.get_path("purelib") + "\n")
    return folder / "bin/python"


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def execute(
    python: Path | str, folder: Path, *arguments: str, **variables: str
) -> "subprocess.CompletedProcess[str]":
    """Run the copy's own `execute.py`; arguments before "--" are the interpreter's."""
    cut = arguments.index("--") if "--" in arguments else 0
    options, rest = arguments[:cut], arguments[cut + 1 if cut else 0 :]
    inherited = {
        k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV", RESTARTED)
    }
    return subprocess.run(
        [str(python), *options, "execute.py", *rest],
        cwd=folder, env=inherited | variables, capture_output=True, text=True, check=False,
        timeout=120,
    )  # fmt: skip


def trace_of(folder: Path) -> Trace:
    return load(folder / "var/traces/lecture_01.json")


def test_a_python_without_the_packages_goes_on_with_the_checkouts_own(
    bare_python: Path, copied: Path
) -> None:
    environment(copied / ".venv", packages=True)
    done = execute(bare_python, copied, "-m", "lecture_01")
    assert done.returncode == 0, done.stderr
    assert "going on" not in done.stderr
    assert len(trace_of(copied).steps) == 4
    said = execute(bare_python, copied, "-v", "-m", "lecture_01").stderr
    (line,) = [line for line in said.splitlines() if "going on" in line]
    assert line == (
        f"execute: {bare_python} lacks msgspec, rich; going on with {copied}/.venv/bin/python"
    )


def test_a_python_that_has_them_stays(copied: Path) -> None:
    write(copied / ".venv/bin/python", "#!/bin/sh\necho wrong\n")
    (copied / ".venv/bin/python").chmod(0o755)
    done = execute(sys.executable, copied, "-v", "-m", "lecture_01")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert "going on" not in done.stderr


def test_it_starts_again_once_only(bare_python: Path, copied: Path) -> None:
    environment(copied / ".venv")  # without the packages either
    done = execute(bare_python, copied, "-v", "-m", "lecture_01")
    assert done.returncode == 1
    assert done.stderr.count("going on") == 1
    assert "No module named 'msgspec'" in done.stderr


def test_without_an_environment_one_line_says_what_to_do(bare_python: Path, copied: Path) -> None:
    done = execute(bare_python, copied, "-m", "lecture_01")
    assert done.returncode == 1
    assert done.stderr == (
        f"execute: {bare_python} lacks msgspec, rich, and there is no {copied}/.venv/bin/python; "
        "run `make setup` (environment)\n"
    )


def test_a_lecture_that_records_another_may_start_again_itself(
    bare_python: Path, copied: Path
) -> None:
    environment(copied / ".venv", packages=True)
    look = "x = os.environ.get('LECTURE_TRACER_RESTARTED')  # @inspect x"
    write(copied / "lecture_02.py", f"import os\ndef main():\n    {look}\n")
    assert execute(bare_python, copied, "-m", "lecture_02").returncode == 0
    changes = load(copied / "var/traces/lecture_02.json").steps[0].changes
    assert changes == {"x": None}


def test_the_checkouts_own_assignments_come_first(copied: Path, tmp_path: Path) -> None:
    write(tmp_path / "elsewhere/cs336_basics/__init__.py", "")
    write(tmp_path / "elsewhere/cs336_basics/answers.py", "def answer():\n    return 0\n")
    elsewhere = {"PYTHONPATH": str(tmp_path / "elsewhere")}
    done = execute(sys.executable, copied, "-m", "lecture_01", "--strict", **elsewhere)
    assert done.returncode == 0, done.stderr
    trace = trace_of(copied)
    assert [frame.path for frame in trace.frames][1:] == [
        "assignments/assignment1-basics/cs336_basics/answers.py"
    ]
    assert trace.steps[0].changes is None
    assert (trace.steps[-1].changes or {})["x"] == 42


def test_without_them_the_lost_steps_are_an_error(copied: Path, tmp_path: Path) -> None:
    shutil.rmtree(copied / "assignments")
    write(tmp_path / "elsewhere/cs336_basics/__init__.py", "")
    write(tmp_path / "elsewhere/cs336_basics/answers.py", "def answer():\n    return 0\n")
    elsewhere = {"PYTHONPATH": str(tmp_path / "elsewhere")}
    done = execute(sys.executable, copied, "-m", "lecture_01", "--strict", **elsewhere)
    assert done.returncode == 1
    assert "lecture_01.py:5: '@stepinto' recorded no step" in done.stderr


@pytest.mark.parametrize(
    ("options", "variables"),
    [(["-O", "--"], {}), (["-OO", "--"], {}), ([], {"PYTHONOPTIMIZE": "2"})],
)
def test_checks_are_never_dropped(
    copied: Path, options: list[str], variables: dict[str, str]
) -> None:
    write(copied / "lecture_01.py", "def main():\n    assert 1 == 2, 'checked'\n")
    done = execute(sys.executable, copied, *options, "-m", "lecture_01", **variables)
    assert done.returncode == 1
    assert "AssertionError: checked" in done.stderr


def test_a_lecture_of_a_copied_checkout_loses_no_step(
    tmp_path: Path, record_once: Callable[[str], Recording]
) -> None:
    pytest.importorskip("numpy")  # a real lecture needs its packages
    needed = ["*.py", "*.toml", "requirements.lock", "lectures/lecture_01"]
    names = subprocess.run(
        ["git", "ls-files", "-z", *needed],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split("\0")  # fmt: skip
    for name in filter(None, names):
        if (ROOT / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tmp_path / name)
    done = execute(sys.executable, tmp_path, "-m", "lecture_01", "--strict")
    assert done.returncode == 0, done.stderr
    here = walk_of(Path(record_once("lecture_01").file))
    assert first_difference(here, walk_of(tmp_path / "var/traces/lecture_01.json")) is None
