"""What CI runs: its script with stand-ins for the long parts, and the commands of the workflows."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TOOLS = ("bash", "cat", "dirname", "grep", "mktemp", "rm", "sed", "tail", "tee")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the script with programs that only say what they were asked."""
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", tmp_path / ".ci" / "run")
    (tmp_path / "bin").mkdir()
    for name in TOOLS:
        program = shutil.which(name)
        assert program
        (tmp_path / "bin" / name).symlink_to(program)
    stand_in(tmp_path / "bin" / "id", "echo 0")
    stand_in(tmp_path / "bin" / "apt-get", 'echo "apt-get $*"')
    stand_in(tmp_path / "bin" / "make", 'echo "made $*"; printf "\\033[1m Tests  7 passed (7)\\n"')
    stand_in(tmp_path / ".venv/bin/python", 'echo "==== 3 passed, 1 skipped in 2.00s ===="')
    return tmp_path


def stand_in(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/bash\n{script}\n", encoding="utf-8")
    path.chmod(0o755)


def run(checkout: Path) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": str(checkout / "bin"), "TMPDIR": str(checkout)}
    command = [str(checkout / "bin" / "bash"), str(checkout / ".ci" / "run")]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, timeout=60
    )


def test_every_part_is_timed_and_its_counts_stand_at_the_end(checkout: Path) -> None:
    done = run(checkout)
    assert done.returncode == 0, done.stdout + done.stderr
    end = done.stdout.partition("minutes\n")[2]
    assert re.search(r"^check +\d+ s  ok$", end, re.MULTILINE), end
    assert "    3 passed, 1 skipped in 2.00s" in end
    assert "    Tests  7 passed (7)" in end
    assert "apt-get" in done.stdout  # no browser on this PATH
    assert "-o DPkg::Lock::Timeout=300" in done.stdout


def test_a_part_that_fails_fails_the_run_and_the_others_run(checkout: Path) -> None:
    stand_in(checkout / "bin" / "make", '[ "$1" != check ] || exit 3; echo "made $*"')
    done = run(checkout)
    assert done.returncode == 1
    assert re.search(r"^check +\d+ s  FAILED \(3\)$", done.stdout, re.MULTILINE)
    assert "made test" in done.stdout


def test_an_installation_that_was_tried_and_failed_fails_the_run(checkout: Path) -> None:
    stand_in(checkout / "bin" / "apt-get", "exit 100")
    done = run(checkout)
    assert done.returncode == 1
    assert "could not install: chromium" in done.stdout


def test_without_the_right_to_install_the_run_goes_on(checkout: Path) -> None:
    stand_in(checkout / "bin" / "id", "echo 1000")
    stand_in(checkout / "bin" / "apt-get", "exit 100")
    done = run(checkout)
    assert done.returncode == 0
    assert "not installed, tests that need them are skipped: chromium" in done.stdout


def commands_of(workflow: Path) -> list[str]:
    """The shell commands of a workflow's steps."""
    yaml = pytest.importorskip("yaml")
    content: dict[str, Any] = yaml.safe_load(workflow.read_text(encoding="utf-8"))
    steps = [step for job in content["jobs"].values() for step in job["steps"]]
    return [step["run"] for step in steps if "run" in step]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_names_commands_that_exist(workflow: Path) -> None:
    """GitHub cannot be asked here, so its commands are looked at: targets, scripts, options."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    commands = [line for text in commands_of(workflow) for line in text.split("&&")]
    assert commands
    for command in commands:
        words = [word for word in shlex.split(command) if "=" not in word.split("/")[0]]
        words = words[1:] if words[0] == "sudo" else words
        if words[0] == "make":
            assert re.search(rf"^{words[1]}:", makefile, re.MULTILINE), command
        elif words[0] in ("bash", ".venv/bin/python"):
            assert (ROOT / words[1]).is_file(), command
        else:
            assert words[0] == "apt-get", f"not known to this test: {command}"


def test_pull_requests_run_what_ci_runs() -> None:
    yaml = pytest.importorskip("yaml")
    file = ROOT / ".github" / "workflows" / "checks.yml"
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert "pull_request" in content[True]  # YAML reads the key `on` as true
    assert [shlex.split(command)[-1] for command in commands_of(file)] == [".ci/run"]


def test_the_options_of_the_publishing_step_exist() -> None:
    pytest.importorskip("msgspec")
    (make,) = [c for c in commands_of(ROOT / ".github/workflows/pages.yml") if "make site" in c]
    does = ["make", "--dry-run", *shlex.split(make)[1:]]
    lines = subprocess.run(does, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    (publish,) = [line for line in lines.splitlines() if "execute.py" in line]
    command = [sys.executable, "execute.py", "site", "--help"]
    known = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert [word for word in publish.split() if word.startswith("-") and word not in known] == []
