"""Preemption, requeueing, and jobs that Slurm's controller has forgotten."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.slurm.conftest import Checkout, until
from tests.slurm.test_leaving import WAITING, submitted

pytestmark = pytest.mark.slow

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
    # Slurm waits two minutes before it starts a requeued job: an operator may say "now".
    (theirs_again,) = cluster.slurm("squeue", "-h", "-t", "pending", "-o", "%i").split()
    cluster.slurm("scontrol", "update", f"jobid={theirs_again}", "StartTime=now")

    done = started.end()

    assert done.code == 10, done.said
    assert "lecture_01 was preempted; run it again" in done.said
    assert "Slurm state PREEMPTED" in done.said
    assert "lecture_02 starts again from its beginning (restart 1)" in done.said
    assert "lecture_02 completed" in done.said
    assert '"ended":"interrupted"' in checkout.trace("lecture_01").read_text()
    assert '"ended":"interrupted"' not in checkout.trace("lecture_02").read_text()
