"""`scontrol -o show job` and the meaning of states."""

from __future__ import annotations

import pytest

from lecture_tracer.remote.watching.slurm import (
    FORGOTTEN,
    JobEnd,
    JobState,
    job_end,
    parse_indices,
    parse_jobs,
)

# As Slurm 22.05 prints it, shortened.
SHOWN = """\
JobId=12 ArrayJobId=10 ArrayTaskId=0 JobName=lectures JobState=RUNNING Reason=None Requeue=0 \
ExitCode=0:0 RunTime=00:00:07 ReqNodeList=(null) ExcNodeList=(null) NodeList=c1 BatchHost=c1 \
Command=/data/my runs/job.0.sh WorkDir=/data/my runs
JobId=10 ArrayJobId=10 ArrayTaskId=2-4,7%2 JobName=lectures JobState=PENDING Reason=Resources \
ExitCode=0:0 RunTime=00:00:00 ReqNodeList=(null) ExcNodeList=(null) NodeList=(null)
"""


def test_running_and_waiting_tasks() -> None:
    jobs = parse_jobs(SHOWN)

    running = JobState(state="RUNNING", exit_code="0:0", nodes="c1", run_time="00:00:07")
    assert jobs[0] == running
    assert [index for index, job in jobs.items() if job.reason == "Resources"] == [2, 3, 4, 7]
    assert running.running
    assert not jobs[2].running


@pytest.mark.parametrize(
    ("text", "indices"),
    [("3", [3]), ("0-2", [0, 1, 2]), ("0-6:3", [0, 3, 6]), ("1,4-5%2", [1, 4, 5]), ("", [0])],
)
def test_index_lists(text: str, indices: list[int]) -> None:
    assert parse_indices(text) == indices


OOM = "slurmstepd-c1: error: Exceeded job memory limit"
OOM_CGROUP = "slurmstepd: error: Detected 1 oom_kill event in StepId=4.batch."
LIMIT = "slurmstepd: error: *** JOB 5 ON c1 CANCELLED AT 2026-01-01T00:00:00 DUE TO TIME LIMIT ***"


@pytest.mark.parametrize(
    ("state", "code", "log", "outcome"),
    [
        ("COMPLETED", "0:0", "", JobEnd.COMPLETED),
        ("COMPLETED", "1:0", "", JobEnd.FAILED),
        ("FAILED", "1:0", "ValueError", JobEnd.FAILED),
        ("FAILED", "0:9", OOM, JobEnd.OUT_OF_MEMORY),
        ("FAILED", "0:9", OOM_CGROUP, JobEnd.OUT_OF_MEMORY),
        ("FAILED", "1:0", "print: " + OOM, JobEnd.FAILED),
        ("OUT_OF_MEMORY", "0:125", "", JobEnd.OUT_OF_MEMORY),
        ("TIMEOUT", "0:0", "", JobEnd.TIMEOUT),
        ("CANCELLED", "0:0", "", JobEnd.CANCELLED),
        ("NODE_FAIL", "0:0", "", JobEnd.NODE_FAILED),
        ("PREEMPTED", "0:0", "", JobEnd.PREEMPTED),
        (FORGOTTEN, "0:0", "", JobEnd.COMPLETED),
        (FORGOTTEN, "1:0", "", JobEnd.FAILED),
        (FORGOTTEN, "1:0", LIMIT, JobEnd.TIMEOUT),
        (FORGOTTEN, "", "", JobEnd.OTHER),
    ],
)
def test_outcomes(state: str, code: str, log: str, outcome: JobEnd) -> None:
    job = JobState(state=state, exit_code=code)

    assert job.final
    assert job_end(job, log) is outcome


@pytest.mark.parametrize("state", ["PENDING", "RUNNING", "COMPLETING", "SUSPENDED", "REQUEUED"])
def test_states_that_go_on(state: str) -> None:
    assert not JobState(state=state).final


def test_each_outcome_has_its_own_exit_code() -> None:
    assert len({outcome.exit_code for outcome in JobEnd}) == len(JobEnd)
