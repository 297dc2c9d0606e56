"""Preemption, requeueing, and jobs that Slurm's controller has forgotten."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.slurm.conftest import Checkout, until
from tests.slurm.test_leaving import WAITING, submitted

pytestmark = pytest.mark.slow

KILLS_ITS_JOB = """\
import os
import signal
from pathlib import Path

def main():
    pid = os.getpid()
    while b"slurm_script" not in Path(f"/proc/{pid}/cmdline").read_bytes():  # @stepover
        pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill(pid, signal.SIGKILL)
"""
REQUEUE = '"""Two.\n\nResources: requeue=yes, constraint=loopback, partition=main\n"""\n'


def test_preempted_lecture_is_told_and_requeued_one_is_followed(
    checkout: Checkout, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    cluster = checkout.cluster
    checkout.write("lecture_01.py", WAITING % go)
    checkout.write("lecture_02.py", REQUEUE + WAITING % go)
    started = checkout.start("lecture_01", "lecture_02")
    submitted(started, "lecture_01 | up and about")
    submitted(started, "lecture_02 | up and about")
    urgent = ["--partition=urgent", "--nodes=2", "--exclusive", "--output=/dev/null"]
    theirs = cluster.slurm("sbatch", "--parsable", *urgent, "--wrap=sleep 60").strip()
    started.until_said("lecture_02: preempted, so Slurm will start it again")
    until(lambda: cluster.state(theirs) == "RUNNING")
    cluster.slurm("scancel", theirs)
    go.touch()
    # Slurm waits two minutes before it starts a requeued job: an operator may say "soon". A node
    # refuses a job in the second in which it ended there ("already killed, do not launch").
    (theirs_again,) = cluster.slurm("squeue", "-h", "-t", "pending", "-o", "%i").split()
    cluster.slurm("scontrol", "update", f"jobid={theirs_again}", "StartTime=now+2seconds")

    done = started.end()

    assert done.code == 10, done.said
    assert "lecture_01 was preempted; run it again" in done.said
    assert "Slurm state PREEMPTED" in done.said
    assert "lecture_02 starts again from its beginning (restart 1)" in done.said
    assert "lecture_02 completed" in done.said
    assert '"ended":"interrupted"' in checkout.trace("lecture_01").read_text()
    assert '"ended":"interrupted"' not in checkout.trace("lecture_02").read_text()


@pytest.mark.parametrize("accounting", [True, False])
def test_job_that_the_controller_has_forgotten(checkout: Checkout, accounting: bool) -> None:
    if accounting and not shutil.which("slurmdbd", path="/usr/sbin"):
        pytest.skip("no slurmdbd here: as root, tests/slurm/cluster.sh install")
    checkout.write("lecture_01.py", KILLS_ITS_JOB)
    job = re.findall(r"submitted job (\d+)", checkout.run("--no-wait", "lecture_01").said)[0]
    until(lambda: checkout.cluster.state(job) == "FAILED")
    # The controller forgets after MinJobAge, which is an hour here: answer as it does then.
    forget = "scontrol() { echo 'slurm_load_jobs error: Invalid job id specified' >&2; return 1; }"
    none = [] if accounting else ["sacct() { return 1; }"]
    checkout.configure(setup=[forget, *none])

    done = checkout.run("--attach", job)

    assert done.code == (1 if accounting else 7), done.said
    words = "Slurm state FAILED" if accounting else "Slurm no longer knows the job"
    assert words in done.said
