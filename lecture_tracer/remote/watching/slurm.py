"""What Slurm says about jobs: `scontrol -o show job` parsed, states and their meaning. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum


class JobEnd(Enum):
    """How a lecture's job ended; the value is (exit code of the command, words)."""

    COMPLETED = (0, "completed")
    FAILED = (1, "failed")
    TIMEOUT = (3, "ran past its time limit")
    OUT_OF_MEMORY = (4, "ran out of memory")
    CANCELLED = (5, "was cancelled")
    NODE_FAILED = (6, "lost its node")
    OTHER = (7, "ended")
    PREEMPTED = (10, "was preempted")

    @property
    def exit_code(self) -> int:
        """What `remote_execute.sh` returns for it."""
        return self.value[0]

    @property
    def words(self) -> str:
        """The outcome as the end of "the lecture ..."."""
        return self.value[1]


_OUTCOMES = {
    "COMPLETED": JobEnd.COMPLETED,
    "FAILED": JobEnd.FAILED,
    "TIMEOUT": JobEnd.TIMEOUT,
    "OUT_OF_MEMORY": JobEnd.OUT_OF_MEMORY,
    "CANCELLED": JobEnd.CANCELLED,
    "NODE_FAIL": JobEnd.NODE_FAILED,
    "BOOT_FAIL": JobEnd.NODE_FAILED,
    "DEADLINE": JobEnd.OTHER,
    "PREEMPTED": JobEnd.PREEMPTED,
    "REVOKED": JobEnd.OTHER,
}
"""Final states, https://slurm.schedmd.com/squeue.html#SECTION_JOB-STATE-CODES; others are not."""

FORGOTTEN = "FORGOTTEN"
"""Our own word for a job that Slurm no longer knows; it has ended for good."""

_SLURM_SAYS = r"^(?:slurmstepd\S*|srun): error: .*"
_LOG_OUTCOMES = (
    (r"(exceeded (job )?memory limit|oom[-_ ]kill)", JobEnd.OUT_OF_MEMORY),
    (r"CANCELLED AT \S+ DUE TO TIME LIMIT", JobEnd.TIMEOUT),
    (r"CANCELLED AT \S+ DUE TO NODE FAILURE", JobEnd.NODE_FAILED),
    (r"CANCELLED AT \S+ DUE TO PREEMPTION", JobEnd.PREEMPTED),
    (r"CANCELLED AT", JobEnd.CANCELLED),
)
"""Slurm's own messages in a job's log, most telling first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobState:
    """One array task as Slurm sees it."""

    state: str
    """Slurm's own word, such as "RUNNING"."""
    reason: str = ""
    """Why it waits or failed, such as "Resources"; empty when Slurm gives none."""
    exit_code: str = "0:0"
    """"CODE:SIGNAL"."""
    nodes: str = ""
    run_time: str = ""
    restarts: int = 0
    """How often Slurm has put it back into the queue."""

    @property
    def final(self) -> bool:
        """Whether the job has ended for good."""
        return self.state in _OUTCOMES or self.state == FORGOTTEN

    @property
    def running(self) -> bool:
        """Whether it holds nodes."""
        return not self.final and self.state != "PENDING"


def parse_jobs(text: str) -> dict[int, JobState]:
    """Array index to state, from the output of `scontrol -o show job ID` of one array job.

    Tasks that have not started share one line, whose `ArrayTaskId` is a list such as "1-3,7%2".
    """
    jobs: dict[int, JobState] = {}
    for line in text.splitlines():
        state = _field(line, "JobState")
        if state:
            reason = _field(line, "Reason")
            job = JobState(
                state=state,
                reason="" if reason == "None" else reason,
                exit_code=_field(line, "ExitCode"),
                nodes=_field(line, "NodeList").replace("(null)", ""),
                run_time=_field(line, "RunTime"),
                restarts=int(_field(line, "Restarts") or 0),
            )
            jobs.update(dict.fromkeys(parse_indices(_field(line, "ArrayTaskId")), job))
    return jobs


def parse_history(text: str) -> dict[int, JobState]:
    """Array index to state, from `sacct -X -n -P -D`.

    Its columns are JobID, State, ExitCode, Elapsed and NodeList. A job that was requeued has a line
    for every time that it ran; the last one counts.
    """
    jobs: dict[int, JobState] = {}
    for line in text.splitlines():
        name, state, code, elapsed, nodes = [*line.split("|"), "", "", "", ""][:5]
        if state:
            job = JobState(
                state=state.split()[0],  # "CANCELLED by 1000"
                exit_code=code,
                nodes="" if nodes == "None assigned" else nodes,
                run_time=elapsed,
            )
            index = name.partition("_")[2].strip("[]")
            jobs.update(dict.fromkeys(parse_indices(index), job))
    return jobs


def requeue_reason(log_tail: str) -> str:
    """Why a job went back into the queue, by Slurm's own message in its log."""
    outcome = _outcome_in_log(log_tail)
    reasons = {JobEnd.PREEMPTED: "preempted", JobEnd.NODE_FAILED: "lost its node"}
    return reasons.get(outcome, "stopped") if outcome else "stopped"


def parse_indices(text: str) -> list[int]:
    """The indices of an `ArrayTaskId`: "3", "0-2", "0-6:2", "1,4-5%2"; [0] when there is none."""
    indices: list[int] = []
    for part in text.partition("%")[0].split(","):
        span = re.fullmatch(r"(\d+)(?:-(\d+)(?::(\d+))?)?", part)
        if span:
            first, last, step = int(span[1]), int(span[2] or span[1]), int(span[3] or 1)
            indices.extend(range(first, last + 1, step))
    return indices or [0]


def _field(line: str, name: str) -> str:
    found = re.search(rf"(?:^| ){name}=(\S*)", line)
    return found[1] if found else ""


def job_end(job: JobState, log_tail: str) -> JobEnd:
    """What a final state means.

    Without cgroups Slurm itself kills a job over its memory but calls it FAILED; its own message
    in the log then tells. A completed job must also have exited with 0. For a job that Slurm has
    forgotten, its script's exit code and the log are all there is.
    """
    if job.state == FORGOTTEN:
        if job.exit_code == "0:0":
            return JobEnd.COMPLETED
        return _outcome_in_log(log_tail) or (JobEnd.FAILED if job.exit_code else JobEnd.OTHER)
    outcome = _OUTCOMES.get(job.state, JobEnd.OTHER)
    if outcome is JobEnd.FAILED and _outcome_in_log(log_tail) is JobEnd.OUT_OF_MEMORY:
        return JobEnd.OUT_OF_MEMORY
    if outcome is JobEnd.COMPLETED and job.exit_code not in ("", "0:0"):
        return JobEnd.FAILED
    return outcome


def _outcome_in_log(log_tail: str) -> JobEnd | None:
    for pattern, outcome in _LOG_OUTCOMES:
        if re.search(_SLURM_SAYS + pattern, log_tail, re.MULTILINE | re.IGNORECASE):
            return outcome
    return None
