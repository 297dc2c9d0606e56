"""Disks that fill up, there and here, jobs of others, and logs too long to wait for."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.slurm.conftest import Checkout, mounted, until

pytestmark = pytest.mark.slow

HELLO = 'def main():\n    print("hello")\n'
FILLS_THE_DISK = """\
import os

def main():
    os.write(1, b"one line\\n")
    with open("filler", "wb", buffering=0) as file:
        try:
            while True:  # @stepover
                file.write(bytes(4096))
        except OSError:
            pass
"""
SLEEPS = "import time\n\ndef main():\n    time.sleep(60)\n"


def job_of(said: str) -> str:
    """The id of the job that a command has submitted."""
    found = re.search(r"submitted job (\d+)", said)
    assert found, said
    return found[1]


def test_remote_disk_that_fills_during_a_lecture(checkout: Checkout, small_disk: Path) -> None:
    checkout.write("lecture_01.py", HELLO)
    checkout.write("lecture_02.py", FILLS_THE_DISK)
    checkout.configure(folder=str(small_disk), min_free_gb=0, sbatch_options=["--array=0,1%1"])

    done = checkout.run("lecture_01", "lecture_02")

    assert done.code == 1, done.said
    assert "lecture_01 completed" in done.said
    assert "lecture_02 failed: the disk or the quota there is full" in done.said
    assert "No space left on device" in done.said
    assert "trying again" not in done.said
    assert checkout.trace("lecture_01").exists()
    assert not checkout.trace("lecture_02").exists()
    attached = checkout.run("--attach", job_of(done.said))
    assert attached.code == 1, attached.said
    assert "lecture_02 failed: the disk or the quota there is full" in attached.said


def test_only_jobs_of_runs_are_cancelled(checkout: Checkout) -> None:
    theirs = checkout.cluster.slurm("sbatch", "--parsable", "--mem=100", "--wrap=sleep 60").strip()
    checkout.write("lecture_01.py", SLEEPS)
    ours = job_of(checkout.run("--no-wait", "lecture_01").said)

    for job in (theirs, "99999", f"{ours}_7"):
        done = checkout.run("--cancel", job)
        assert done.code == 2, done.said
        assert "nothing was cancelled" in done.said
        assert "(job-unknown)" in done.said
        assert "--attach" not in done.said
    assert checkout.cluster.state(theirs) in ("PENDING", "RUNNING")
    assert checkout.cluster.state(ours) in ("PENDING", "RUNNING")

    assert f"job {ours}_0 is cancelled" in checkout.run("--cancel", f"{ours}_0").said
    until(lambda: checkout.cluster.state(ours) == "CANCELLED")
    done = checkout.run("--cancel", ours)
    assert done.code == 0, done.said
    assert f"job {ours} had ended before" in done.said
    checkout.cluster.slurm("scancel", theirs)


def test_traces_that_could_not_be_written_here_stop_the_run_before_it_starts(
    checkout: Checkout,
) -> None:
    checkout.write("lecture_01.py", HELLO)
    checkout.write("var/traces", "a file in the way")

    done = checkout.run("lecture_01")

    assert done.code == 2, done.said
    assert "var/traces: File exists" in done.said
    assert "(home-unwritable)" in done.said
    assert "submitted" not in done.said


@pytest.mark.parametrize("fault", ["full", "read-only"])
def test_disk_at_home_that_cannot_take_the_results(checkout: Checkout, fault: str) -> None:
    checkout.write("lecture_01.py", HELLO)
    var = checkout.root / "var"
    with mounted(var, "100k"):
        done = checkout.run("--no-wait", "lecture_01")
        job = job_of(done.said)
        if fault == "full":
            with pytest.raises(OSError, match="No space left"), (var / "filler").open("wb") as file:
                file.write(bytes(1_000_000))
        else:
            subprocess.run(["mount", "-o", "remount,ro", str(var)], check=True)

        done = checkout.run("--attach", job)

        assert done.code == 9, done.said
        assert "lecture_01 completed" in done.said
        reason = "No space left on device" if fault == "full" else "Read-only file system"
        assert reason in done.said
        assert f"--attach {job}" in done.said
        assert "Traceback" not in done.said
        assert "no trace was written" not in done.said

    done = checkout.run("--attach", job)
    assert done.code == 0, done.said
    assert checkout.trace("lecture_01").exists()


def test_results_do_not_wait_for_a_long_log(checkout: Checkout) -> None:
    checkout.write(
        "lecture_01.py",
        "import os\n\ndef main():\n"
        "    for number in range(40):  # @stepover\n"
        "        os.write(1, b'x' * 999 + b'\\n' + (b'y' * 999 + b'\\n') * 999)\n"
        "    os.write(1, b'the last line\\n')\n",
    )

    done = checkout.run("lecture_01")

    assert done.code == 0, done.said
    skipped = re.search(r"([\d.]+) MB of the log of lecture_01 are not shown", done.said)
    assert skipped, done.said[-2000:]
    assert "the last line" in done.said
    (run,) = checkout.runs()
    assert (run / "logs/0.log").stat().st_size > 40_000_000
    assert checkout.trace("lecture_01").exists()
