"""A person at a real terminal: Ctrl-C while files travel, and scancel while a run is watched."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.slurm.conftest import Checkout, until
from tests.slurm.test_leaving import WAITING

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("tmux"), reason="no tmux here"),
]


class Terminal:
    """A tmux session in which the command runs; its exit code is printed at the end."""

    def __init__(self, checkout: Checkout, socket: Path, *arguments: str) -> None:
        self.socket = socket
        command = shlex.join(["./remote_execute.sh", *arguments]) + "; echo exit code $?; sleep 60"
        size = ["-x", "160", "-y", "50"]
        self.tmux(
            "-f", "/dev/null", "new-session", "-d", *size, command,
            cwd=checkout.root, env={**checkout.environment, "TERM": "xterm"},
        )  # fmt: skip

    def tmux(self, *words: str, **options: object) -> str:
        done = subprocess.run(
            ["tmux", "-S", str(self.socket), *words], check=True, stdout=subprocess.PIPE, text=True,
            timeout=20, **options,  # type: ignore[call-overload]
        )  # fmt: skip
        return str(done.stdout)

    @property
    def screen(self) -> str:
        return self.tmux("capture-pane", "-p", "-J", "-S", "-200")

    def until_shows(self, text: str) -> None:
        until(lambda: text in self.screen, 40)


@pytest.fixture
def socket(tmp_path: Path) -> Iterator[Path]:
    """Where tmux listens; what is left of it is ended."""
    socket = tmp_path / "tmux"
    yield socket
    subprocess.run(["tmux", "-S", str(socket), "kill-server"], capture_output=True)


def test_ctrl_c_while_files_travel_leaves_nothing_there(checkout: Checkout, socket: Path) -> None:
    checkout.write("lecture_01.py", "def main():\n    pass\n")
    (checkout.root / "large.bin").touch()
    with (checkout.root / "large.bin").open("r+b") as file:
        file.truncate(1_500_000_000)  # read and sent as zeros, it takes seconds
    terminal = Terminal(checkout, socket, "lecture_01")
    until(lambda: any((checkout.remote_folder / "checkouts").glob(".incoming-*/.large*")), 40)

    terminal.tmux("send-keys", "C-c")

    terminal.until_shows("exit code 130")
    assert "nothing was submitted" in terminal.screen
    assert "Traceback" not in terminal.screen
    until(lambda: checkout.runs() == [] and checkout.trees() == [])


def test_scancel_while_a_run_is_watched(checkout: Checkout, socket: Path, tmp_path: Path) -> None:
    checkout.write("lecture_01.py", WAITING % (tmp_path / "never"))
    terminal = Terminal(checkout, socket, "lecture_01")
    terminal.until_shows("up and about")
    terminal.until_shows("1 running")
    found = re.search(r"submitted job (\d+)", terminal.screen)
    assert found

    checkout.cluster.slurm("scancel", found[1])

    terminal.until_shows("exit code 5")
    assert "lecture_01 was cancelled" in terminal.screen
    assert "trace: var/traces/lecture_01.json (up to where it ended)" in terminal.screen
    assert "Traceback" not in terminal.screen
