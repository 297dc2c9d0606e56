"""How far a run is: looks go in, what is new comes out. Pure, so tests need no cluster."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lecture_tracer.remote.plan import Task
from lecture_tracer.remote.watching.poll import Ended, Look
from lecture_tracer.remote.watching.slurm import (
    FORGOTTEN,
    JobEnd,
    JobState,
    job_end,
    requeue_reason,
)

LAST_LINES = 30
"""Log lines kept per task for the message about its failure."""

_LINE_END = re.compile(rb"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class LogLine:
    """One finished line of a lecture's log."""

    task: Task
    text: str


@dataclass(frozen=True, slots=True)
class StateChange:
    """A task is in another state than at the look before."""

    task: Task
    job: JobState


@dataclass(frozen=True, slots=True)
class Skipped:
    """A part of a lecture's log that is not shown, in bytes."""

    task: Task
    size: int


@dataclass(frozen=True, slots=True)
class Requeued:
    """Slurm has put a lecture's job back into the queue; it will start from its beginning."""

    task: Task
    why: str


Event = LogLine | StateChange | Skipped | Requeued


@dataclass(slots=True)
class TaskProgress:
    """One task: bytes of log seen, its last lines, its state and end marker."""

    task: Task
    job_id: str
    seen: int = 0
    unfinished: bytes = b""
    last_lines: deque[str] = field(default_factory=lambda: deque(maxlen=LAST_LINES))
    job: JobState | None = None
    ended: Ended | None = None
    restarts: int = 0
    forgotten: bool = False
    """Whether Slurm's controller no longer knows the job: the accounting is asked next."""

    @property
    def final(self) -> bool:
        """Whether Slurm has called the job ended."""
        return self.job is not None and self.job.final

    @property
    def requeued(self) -> bool:
        """Whether it waits to be started again."""
        return self.restarts > 0 and self.job is not None and self.job.state == "PENDING"

    @property
    def outcome(self) -> JobEnd:
        """How the job ended; only meaningful when `final`."""
        if self.job is None:
            return JobEnd.OTHER
        return job_end(self.job, "\n".join(self.last_lines))


class Progress:
    """Every task of a run; `absorb` takes a look and returns what to show."""

    def __init__(self, tasks: Sequence[Task], job_of: Mapping[int, str]) -> None:
        self.tasks = {task.index: TaskProgress(task, job_of[task.index]) for task in tasks}

    @property
    def offsets(self) -> dict[int, int]:
        """Log bytes seen, by task index: where the next look continues."""
        return {index: task.seen for index, task in self.tasks.items()}

    @property
    def over(self) -> bool:
        """Whether every job has ended."""
        return all(task.final for task in self.tasks.values())

    @property
    def early(self) -> bool:
        """Whether a job that is not known to run has written to its log."""
        return any(
            task.seen and (task.job is None or task.job.state == "PENDING")
            for task in self.tasks.values()
        )

    @property
    def waiting(self) -> bool:
        """Whether no job that has not ended runs yet."""
        jobs = [task.job for task in self.tasks.values() if not task.final]
        return all(job is None or not job.running for job in jobs)

    @property
    def ended(self) -> dict[int, int]:
        """Tasks whose end marker has been seen, with the restarts before it."""
        return {i: task.ended.restarts for i, task in self.tasks.items() if task.ended}

    @property
    def ending(self) -> bool:
        """Whether a job's script has ended that Slurm has not called final yet."""
        tasks = self.tasks.values()
        return any(task.ended and not (task.final or task.requeued) for task in tasks)

    @property
    def forgotten_jobs(self) -> list[str]:
        """Jobs to ask the accounting about."""
        jobs = (task.job_id for task in self.tasks.values() if task.forgotten and not task.final)
        return list(dict.fromkeys(jobs))

    @property
    def unfinished_jobs(self) -> list[str]:
        """Job ids that still have tasks to ask Slurm about."""
        jobs = (task.job_id for task in self.tasks.values() if not task.final)
        return list(dict.fromkeys(jobs))

    def absorb(self, look: Look) -> list[Event]:
        """Take one look in; returns the log lines and state changes that it brought."""
        events: list[Event] = []
        for index, task in self.tasks.items():
            marker = look.ended.get(index)
            if marker and marker.restarts >= task.restarts:
                task.ended = marker
            job = self._job(task, look)
            if index in look.skipped:
                events += self._skip(task, look.skipped[index])
            events += self._absorb_log(task, look.logs.get(index, b""))
            if job is not None and job.restarts > task.restarts:
                events.append(self._requeue(task, job.restarts))
            if job is not None:
                if _differs(task.job, job):
                    events.append(StateChange(task.task, job))
                task.job = job
        return events

    def finish_logs(self) -> list[Event]:
        """Release what logs hold after their last line end."""
        events: list[Event] = []
        for task in self.tasks.values():
            events += _finish_line(task)
        return events

    def _job(self, task: TaskProgress, look: Look) -> JobState | None:
        """What a look says of a task's state; None when it says nothing."""
        index = task.task.index
        job = look.jobs.get(index)
        if job is not None or task.final:
            return job
        if task.job_id in look.recalled_jobs:
            recalled = look.history.get(index)
            return recalled if recalled and recalled.final else _forgotten(task)
        # Slurm forgets the tasks of an array one by one, some minutes after their end.
        if task.job_id in look.known_jobs | look.unknown_jobs:
            task.forgotten = True
        return None

    def _requeue(self, task: TaskProgress, restarts: int) -> Event:
        why = requeue_reason("\n".join(task.last_lines))
        task.restarts = restarts
        task.last_lines.clear()  # what Slurm said of this attempt is not the verdict of the next
        if task.ended and task.ended.restarts < restarts:
            task.ended = None
        return Requeued(task.task, why)

    def _skip(self, task: TaskProgress, size: int) -> list[Event]:
        task.seen += size
        return [*_finish_line(task), Skipped(task.task, size)]

    def _absorb_log(self, task: TaskProgress, new: bytes) -> list[Event]:
        task.seen += len(new)
        held = task.unfinished + new
        # A carriage return last may be half of "\r\n".
        held, kept = (held[:-1], held[-1:]) if held.endswith(b"\r") else (held, b"")
        *lines, rest = _LINE_END.split(held)
        task.unfinished = rest + kept
        return [_line(task, line) for line in lines]


def is_from_slurm(event: Event) -> bool:
    """Whether a log line is Slurm's own, which it writes when it ends a job."""
    return isinstance(event, LogLine) and event.text.startswith("slurmstepd")


def _finish_line(task: TaskProgress) -> list[Event]:
    held, task.unfinished = task.unfinished, b""
    return [_line(task, held)] if held else []


def _line(task: TaskProgress, line: bytes) -> Event:
    text = line.decode(errors="replace").rstrip("\r")
    task.last_lines.append(text)
    return LogLine(task.task, text)


def _differs(before: JobState | None, now: JobState) -> bool:
    if before is None:
        return True
    return (before.state, before.reason, before.nodes) != (now.state, now.reason, now.nodes)


def _forgotten(task: TaskProgress) -> JobState:
    """A job that Slurm no longer knows, minutes after its end: what its script left must do."""
    code = f"{task.ended.exit_code}:0" if task.ended else ""
    return JobState(state=FORGOTTEN, reason="Slurm no longer knows the job", exit_code=code)
