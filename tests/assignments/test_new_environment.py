"""A starter in an environment of its own, by the commands that `make assignment` prints.

The one with the fewest packages, so that it takes seconds; `STARTERS=all` tries every one. Skipped
where pip finds no packages.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tools.assignment.__main__ import main
from tools.assignment.locking import lock_text
from tools.assignment.starter import read_description
from tools.projects import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
ASSIGNMENTS = sorted(
    (file.parents[1] for file in ROOT.glob("assignments/*/starter/starter.toml")),
    key=lambda assignment: len(lock_text(read_description(assignment)["dependencies"]).split()),
)
CHOSEN = ASSIGNMENTS if os.environ.get("STARTERS") == "all" else ASSIGNMENTS[:1]


@pytest.mark.parametrize("assignment", CHOSEN, ids=lambda path: path.name)
def test_the_printed_commands_work(
    assignment: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    number = re.findall(r"assignment(\d+)-", assignment.name)[0]
    assert main([number, str(tmp_path / "mine")]) == 0
    commands = [line.partition("#")[0].strip() for line in capsys.readouterr().out.splitlines()
                if line.startswith("  ")]  # fmt: skip
    assert commands[0] == f"cd {tmp_path / 'mine'}"
    folder = tmp_path / "mine"
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "PYTEST"))}
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    for command in commands[1:]:
        done = subprocess.run(
            command, shell=True, cwd=folder, env=environment, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        if "pip install" in command and re.search(
            "No matching distribution|onnection", done.stderr
        ):
            pytest.skip(f"pip finds no packages here: {done.stderr.strip().splitlines()[-1]}")
        if "pytest" not in command:
            assert done.returncode == 0, done.stderr
    assert re.search(r"^0 of (\d+) problems right, 0 of \d+ points$", done.stdout, re.M), (
        done.stdout
    )
    assert done.stderr == ""
