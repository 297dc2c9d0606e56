"""A lecture of several processes as a Slurm job: lecture 8, from its own files."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from lecture_tracer.trace import codec
from tests.slurm.conftest import ROOT, Checkout, Cluster

pytestmark = pytest.mark.slow
FOLDERS = ("lectures", "assignments/assignment1-basics", "assignments/assignment2-systems")


@pytest.fixture
def course(tmp_path: Path, cluster: Cluster) -> Checkout:
    """A checkout with lecture 8 and what it uses."""
    checkout = Checkout(tmp_path / "course", cluster, tmp_path / "remote")
    listed = subprocess.run(
        ["git", "ls-files", "lecture_08.py", *FOLDERS],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    for name in listed.stdout.splitlines():
        (checkout.root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, checkout.root / name)
    checkout.configure(cpus=2, memory="6000M", time_limit="8")
    checkout.git("add", "-A")
    checkout.git("-c", "user.name=t", "-c", "user.email=t@t", "commit", "-q", "-m", "Add lecture 8")
    return checkout


def test_four_processes_with_gloo_run_in_one_job_and_come_home(course: Checkout) -> None:
    done = course.run("lecture_08", limit_s=500)
    assert done.code == 0, done.said[-2000:]
    trace = codec.decode(course.trace("lecture_08").read_bytes())
    assert (trace.ended, trace.failure) == ("completed", None)
    assert len(trace.steps) > 300
    assert "assignments/assignment2-systems/cs336_systems/ddp.py" in trace.files
