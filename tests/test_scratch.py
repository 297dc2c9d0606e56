"""Folders for what passes between processes, and what a killed command leaves of them."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from lecture_tracer.process import scratch
from lecture_tracer.process.scratch import scratch_folder
from tests.conftest import needs_processes

ROOT = Path(__file__).resolve().parent.parent

pytestmark = needs_processes


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that stands for the system's one of temporary files."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


def test_a_folder_is_gone_afterwards(temporary: Path) -> None:
    with scratch_folder() as folder:
        (folder / "a.result").write_text("x")
        assert folder.parent == temporary
    assert list(temporary.iterdir()) == []


def test_folders_that_are_held_stay(temporary: Path) -> None:
    with scratch_folder() as first, scratch_folder() as second:
        assert first.is_dir()
        assert second.is_dir()


def test_what_is_young_another_users_or_a_link_stays(temporary: Path) -> None:
    (temporary / "other.tool").mkdir()
    young = temporary / f"{scratch.PREFIX}young"
    young.mkdir()
    link = temporary / f"{scratch.PREFIX}link"
    link.symlink_to(temporary / "other.tool")
    old = temporary / f"{scratch.PREFIX}old"
    old.mkdir()
    os.utime(old, (time.time() - 3600,) * 2)
    with scratch_folder():
        pass
    assert sorted(p.name for p in temporary.iterdir()) == [
        "lecture_tracer.link", "lecture_tracer.young", "other.tool",
    ]  # fmt: skip


def test_twenty_killed_recordings_leave_nothing_after_the_next(
    checkout: Path, temporary: Path
) -> None:
    (checkout / "lecture_01.py").write_text("def main():\n    x = 1\n")
    command = [sys.executable, str(ROOT / "execute.py"), "-q", "-m", "lecture_01"]
    left = 0
    for number in range(20):
        process = subprocess.Popen(command, start_new_session=True)
        time.sleep(0.02 * number)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        left = max(left, len(list(temporary.iterdir())))
    assert left > 0  # else nothing was tried
    assert subprocess.run(command, check=False).returncode == 0
    assert list(temporary.iterdir()) == []
