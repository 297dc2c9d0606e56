"""Set-up commands and the virtual environment on the cluster."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from lecture_tracer.remote.config import DEFAULT_VENV_COMMAND
from tests.slurm.conftest import VENV_COMMAND, Checkout

pytestmark = pytest.mark.slow

HELLO = 'def main():\n    print("hello")\n'


def test_setup_reaches_the_job(checkout: Checkout) -> None:
    checkout.write("lecture_01.py", 'import os\n\ndef main():\n    print(os.environ["COURSE"])\n')
    checkout.configure(setup=["term='it''s autumn'", 'export COURSE="lectures $term"'])

    done = checkout.run("lecture_01")

    assert done.code == 0, done.said
    assert "lectures its autumn" in checkout.trace("lecture_01").read_text()


def test_options_after_two_dashes_reach_the_recorder(checkout: Checkout) -> None:
    checkout.write("lecture_01.py", HELLO)

    done = checkout.run("lecture_01", "--", "--timings", "--seed", "7")

    assert done.code == 0, done.said
    assert '"timings":' in checkout.trace("lecture_01").read_text()


def test_relative_folder_is_the_home_folder_s(checkout: Checkout) -> None:
    checkout.write("lecture_01.py", HELLO)
    checkout.configure(folder="~/some runs")

    done = checkout.run("lecture_01")

    assert done.code == 0, done.said
    assert len(list((checkout.cluster.folder / "home/some runs/runs").iterdir())) == 1


@pytest.mark.parametrize("command", ["module-that-is-not load cuda", "exit 1"])
def test_failing_setup_is_told_before_anything_is_sent(checkout: Checkout, command: str) -> None:
    checkout.write("lecture_01.py", HELLO)
    checkout.configure(setup=[command])

    done = checkout.run("lecture_01")

    assert done.code == 2, done.said
    assert "'setup' failed on 'cluster'" in done.said
    assert "(setup)" in done.said
    assert "submitted" not in done.said
    assert "MISSING  setup" in checkout.run("--check").said


def test_assignments_are_imported_from_the_run_s_own_checkout(checkout: Checkout) -> None:
    for assignment, module in (("assignment1-basics", "basics_1"), ("assignment2-more", "more_2")):
        checkout.write(f"assignments/{assignment}/{module}/__init__.py", "")
    checkout.write(
        "lecture_01.py",
        "import basics_1\nimport more_2\n\n"
        # Whole paths of the checkout are made relative in what is printed.
        "def main():\n    print('from', basics_1.__file__.replace('/', '|'), more_2.__file__)\n",
    )

    done = checkout.run("lecture_01")

    assert done.code == 0, done.said
    (run,) = checkout.runs()
    trace = checkout.trace("lecture_01").read_text()
    file = f"{run}/checkout/assignments/assignment1-basics/basics_1/__init__.py"
    assert "from " + file.replace("/", "|") in trace


def test_environment_holds_what_the_lock_file_says_and_no_more(checkout: Checkout) -> None:
    checkout.write("lecture_01.py", HELLO)
    checkout.configure(venv_command=DEFAULT_VENV_COMMAND)  # the lock file is empty

    done = checkout.run("lecture_01")

    assert done.code == 1, done.said
    assert "No module named 'msgspec'" in done.said
    assert "no trace was written" in done.said


def test_changed_lock_file_gets_an_environment_of_its_own(checkout: Checkout) -> None:
    checkout.write("lecture_01.py", HELLO)
    assert checkout.run("lecture_01").code == 0
    checkout.write("requirements.lock", "# something else\n")

    done = checkout.run("lecture_01")

    assert done.code == 0, done.said
    assert "setting up Python for requirements.lock" in done.said
    assert len(list((checkout.remote_folder / "venvs").glob("????????????????"))) == 2


def test_a_course_of_its_own_runs_with_the_installed_tracer(
    checkout: Checkout, tmp_path: Path
) -> None:
    course = checkout.root
    for path in ("remote_execute.sh", "execute.py", "requirements.lock"):
        (course / path).unlink()
    (tmp_path / "site").mkdir()
    (course / "lecture_tracer").rename(tmp_path / "site" / "lecture_tracer")
    checkout.write("requirements.txt", "lecture-tracer==0\n")
    checkout.write("sorting.py", HELLO)
    checkout.configure(venv_command='! grep tracer "$LOCK_FILE" || exit 5\n' + VENV_COMMAND)
    command = [sys.executable, "-m", "lecture_tracer.remote", "sorting"]
    environment = {**checkout.environment, "PYTHONPATH": str(tmp_path / "site")}

    for sent in (True, False):
        done = subprocess.run(
            command, cwd=course, env=environment, capture_output=True, text=True, timeout=90
        )

        assert done.returncode == 0, done.stdout + done.stderr
        assert "trace: var/traces/sorting.json" in done.stdout
        assert ("as tracers/" in done.stdout) is sent
    assert "hello" in checkout.trace("sorting").read_text()
    assert len(checkout.trees("tracers")) == 1
