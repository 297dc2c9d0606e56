"""Set-up commands and the virtual environment on the cluster."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from lecture_tracer.remote.config import DEFAULT_VENV_COMMAND
from tests.slurm.conftest import VENV_COMMAND, Checkout, mounted

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
    command = [sys.executable, "-m", "lecture_tracer", "remote", "sorting"]
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


def test_environment_is_built_in_a_job(checkout: Checkout) -> None:
    checkout.write("lecture_01.py", HELLO)
    command = VENV_COMMAND + ' && echo "built on $SLURMD_NODENAME"'
    options = ["--mem=200M", "--time=2"]
    checkout.configure(environment_in_job=True, environment_options=options, venv_command=command)

    done = checkout.run("lecture_01")

    assert done.code == 0, done.said
    assert re.search(r"^built on c[12]$", done.said, re.M)
    assert "setting up Python" not in checkout.run("lecture_01").said


def test_environment_job_that_fails_is_told_with_its_log(checkout: Checkout) -> None:
    checkout.write("lecture_01.py", HELLO)
    options = ["--mem=200M", "--time=2"]
    command = "echo no such package >&2; exit 7"
    checkout.configure(environment_in_job=True, environment_options=options, venv_command=command)

    done = checkout.run("lecture_01")

    assert done.code == 2, done.said
    assert "no such package" in done.said
    assert "(environment)" in done.said
    assert checkout.runs() == []


def test_launcher_stands_in_front_of_python(checkout: Checkout) -> None:
    checkout.write("lecture_01.py", 'import os\n\ndef main():\n    print(os.environ["INSIDE"])\n')
    checkout.configure(launcher=["env", "INSIDE=a container"])

    done = checkout.run("lecture_01")

    assert done.code == 0, done.said
    assert "a container" in checkout.trace("lecture_01").read_text()


def test_environment_modules_are_loaded_there_and_in_the_job(
    checkout: Checkout, tmp_path: Path
) -> None:
    start = Path("/usr/share/modules/init/bash")
    if not start.exists():
        pytest.skip("no environment modules here: as root, tests/slurm/cluster.sh install")
    (tmp_path / "modules/course").mkdir(parents=True)
    module = "#%Module\nsetenv COURSE from-a-module\n"
    (tmp_path / "modules/course/1.0").write_text(module)
    checkout.write("lecture_01.py", 'import os\n\ndef main():\n    print(os.environ["COURSE"])\n')
    use = [f". {start}", f"module use {tmp_path}/modules"]
    checkout.configure(setup=[*use, "module load course/1.0"])

    done = checkout.run("lecture_01")

    assert done.code == 0, done.said
    assert "from-a-module" in checkout.trace("lecture_01").read_text()
    checkout.configure(setup=[*use, "module load course/2.0"])
    done = checkout.run("lecture_01")
    assert done.code == 2, done.said
    assert "course/2.0" in done.said
    assert "(setup)" in done.said


def test_full_home_folder_is_told_before_submission(checkout: Checkout) -> None:
    checkout.write("lecture_01.py", HELLO)
    home = checkout.cluster.folder / "home"
    with mounted(home, "1m"):
        with pytest.raises(OSError, match="No space left"), (home / "filler").open("wb") as file:
            file.write(bytes(2_000_000))

        done = checkout.run("lecture_01")

        assert "MISSING  home: cannot write in" in checkout.run("--check").said
    assert done.code == 2, done.said
    assert "the home folder" in done.said
    assert "(home-full)" in done.said
    assert "submitted" not in done.said
