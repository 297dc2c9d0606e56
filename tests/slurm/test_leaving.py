"""Leaving, returning, losing the connection, and two runs at once."""

from __future__ import annotations

import re
import signal
import time
from pathlib import Path

import pytest

from tests.slurm.conftest import Checkout, Started, until

pytestmark = pytest.mark.slow

COUNTING = """\
import os
import time
from pathlib import Path

def main():
    for number in range(%d):  # @stepover
        os.write(1, f"tick {number}\\n".encode())
        time.sleep(0.2)
"""
WAITING = """\
import os
import time
from pathlib import Path

def main():
    os.write(1, b"up and about\\n")
    while not Path("%s").exists():  # @stepover
        time.sleep(0.1)
"""


def submitted(started: Started, sign: str) -> str:
    """The job's id, once its log has shown `sign`."""
    started.until_said(sign)
    found = re.search(r"submitted job (\d+)", started.said)
    assert found
    return found[1]


@pytest.fixture
def go(tmp_path: Path) -> Path:
    """A file that lets the lecture WAITING end."""
    return tmp_path / "go"


def test_cut_ssh_resumes_without_losing_or_repeating_a_line(checkout: Checkout) -> None:
    checkout.write("lecture_01.py", COUNTING % 30)
    started = checkout.start("lecture_01")
    submitted(started, "tick 5")
    checkout.cluster.control("ssh-stop")
    try:
        started.until_said("trying again")
        time.sleep(1)
    finally:
        checkout.cluster.control("ssh-start")

    done = started.end()

    assert done.code == 0, done.said
    assert "connected to 'cluster' again" in done.said
    assert re.findall(r"^tick (\d+)", done.said, re.M) == [str(n) for n in range(30)]
    assert checkout.trace("lecture_01").exists()


def test_ctrl_c_asks_and_cancels(checkout: Checkout, go: Path) -> None:
    checkout.write("lecture_01.py", WAITING % go)
    started = checkout.start("lecture_01", terminal=True)
    job = submitted(started, "up and about")
    started.signal(signal.SIGINT)
    started.until_said("Cancel the jobs?")
    started.type("y\n")

    done = started.end()

    assert done.code == 5, done.said
    assert "lecture_01 was cancelled" in done.said
    assert checkout.cluster.state(job) == "CANCELLED"
    assert '"ended":"interrupted"' in checkout.trace("lecture_01").read_text()


def test_ctrl_c_can_be_taken_back(checkout: Checkout, go: Path) -> None:
    checkout.write("lecture_01.py", WAITING % go)
    started = checkout.start("lecture_01", terminal=True)
    submitted(started, "up and about")
    started.signal(signal.SIGINT)
    started.until_said("Cancel the jobs?")
    started.type("what\nc\n")
    go.touch()

    done = started.end()

    assert done.code == 0, done.said
    assert "lecture_01 completed" in done.said


def test_detach_leaves_the_jobs_and_attach_resumes(checkout: Checkout, go: Path) -> None:
    checkout.write("lecture_01.py", WAITING % go)
    started = checkout.start("--detach", "lecture_01", terminal=True)
    job = submitted(started, "up and about")
    started.signal(signal.SIGINT)
    done = started.end()
    assert done.code == 130, done.said
    assert f"--attach {job}" in done.said
    assert "Cancel the jobs?" not in done.said
    assert checkout.cluster.state(job) == "RUNNING"

    attached = checkout.start("--attach", job)
    attached.until_said("up and about")
    go.touch()
    done = attached.end()

    assert done.code == 0, done.said
    assert "trace: var/traces/lecture_01.json" in done.said
    assert checkout.trace("lecture_01").exists()


def test_no_wait_list_and_cancel(checkout: Checkout, go: Path) -> None:
    checkout.write("lecture_01.py", WAITING % go)
    checkout.write("lecture_02.py", WAITING % go)
    done = checkout.run("--no-wait", "lecture_01", "lecture_02")
    assert done.code == 0, done.said
    found = re.search(r"submitted job (\d+)", done.said)
    assert found
    job = found[1]

    listed = checkout.run("--list")
    assert re.search(rf"{job}_0 +(PENDING|RUNNING) +lecture_01", listed.said), listed.said

    cancelled = checkout.run("--cancel", f"{job}_1")
    assert cancelled.code == 0, cancelled.said
    until(lambda: "CANCELLED" in checkout.cluster.state(job))
    go.touch()

    done = checkout.run("--attach", f"{job}_0")
    assert done.code == 5, done.said
    assert "lecture_01 completed" in done.said
    assert "lecture_02 was cancelled" in done.said
    assert "(results are home)" in checkout.run("--list").said


def test_two_runs_at_once_do_not_mix_files(checkout: Checkout, go: Path) -> None:
    checkout.write("data.txt", "first\n")
    lecture = WAITING % go + '    print("data:", Path("data.txt").read_text())\n'
    checkout.write("lecture_01.py", lecture)
    checkout.write("lecture_02.py", lecture)
    first = checkout.start("lecture_01")
    submitted(first, "up and about")
    checkout.write("data.txt", "second\n")  # the first run has its own copy by now
    second = checkout.start("lecture_02")
    submitted(second, "up and about")
    go.touch()

    assert [first.end().code, second.end().code] == [0, 0], first.said + second.said

    assert "data: first" in checkout.trace("lecture_01").read_text()
    assert "data: second" in checkout.trace("lecture_02").read_text()
    assert len(checkout.runs()) == 2
    index = (checkout.root / "var/traces/index.json").read_text()
    assert "lecture_01" in index
    assert "lecture_02" in index


def test_unknown_job_is_refused(checkout: Checkout) -> None:
    done = checkout.run("--attach", "999999")

    assert done.code == 2
    assert "no run of job 999999" in done.said
    assert "(job-unknown)" in done.said
