"""What the user sees: one line per event while jobs run, then a summary. The only printing here."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterable
from types import TracebackType

from rich.console import Console
from rich.status import Status
from rich.text import Text

from lecture_tracer.remote.results import Brought, NotHome
from lecture_tracer.remote.steps import RemoteRun
from lecture_tracer.remote.watching.progress import (
    Event,
    LogLine,
    Progress,
    Requeued,
    Skipped,
    StateChange,
    TaskProgress,
)
from lecture_tracer.remote.watching.slurm import FORGOTTEN, JobEnd, JobState

SHOWN_LOG_LINES = 15
"""Last log lines repeated under a lecture that did not complete."""


class Report:
    """Prints to standard output; on a terminal with a status line below the log."""

    def __init__(self, door: str, *, several: bool, console: Console | None = None) -> None:
        """`door` is the command to name; `several` lectures: each log line says whose it is."""
        self.door = door
        self._console = console or Console(highlight=False, soft_wrap=True)
        self._several = several
        self._status: Status | None = None
        self._started = time.monotonic()

    def __enter__(self) -> Report:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop_status()

    def note(self, text: str) -> None:
        """One line about what this command does."""
        self._line(Text(f"remote: {text}", style="cyan"))

    def output(self, text: bytes) -> None:
        """Output of a long step, as it comes: whole lines."""
        for line in text.decode(errors="replace").splitlines():
            if line.strip():
                self._line(Text.from_ansi(line))

    def event(self, event: Event) -> None:
        """A line of a lecture's log, or a job's new state."""
        match event:
            case LogLine(task, text):
                line = Text.from_ansi(text)
                self._line(
                    Text.assemble((f"{task.lecture} | ", "dim"), line) if self._several else line
                )
            case Skipped(task, size):
                self.note(f"{size / 1e6:.1f} MB of the log of {task.lecture} are not shown")
            case Requeued(task, why):
                self.note(f"{task.lecture}: {why}, so Slurm will start it again")
            case StateChange(task, job):
                self.note(f"{task.lecture}: {describe(job)}")

    def status(self, progress: Progress) -> None:
        """Refresh the status line; without a terminal there is none."""
        if not self._console.is_terminal:
            return
        tasks = progress.tasks.values()
        running = sum(bool(task.job and task.job.running) for task in tasks)
        ended = sum(task.final for task in tasks)
        elapsed_s = int(time.monotonic() - self._started)
        text = (
            f"{running} running, {len(tasks) - running - ended} waiting, {ended} ended, "
            f"{elapsed_s // 60}:{elapsed_s % 60:02d} (Ctrl-C to leave or cancel)"
        )
        if self._status is None:
            self._status = self._console.status(Text(text))
            self._status.start()
        self._status.update(Text(text))

    def stop_status(self) -> None:
        """Take the status line away, before a question or the end."""
        if self._status is not None:
            self._status.stop()
            self._status = None

    def how_to_return(self, run: RemoteRun) -> None:
        """The commands that reach jobs which were left running."""
        job = run.jobs[0]
        self.note(f"the jobs keep running; follow them: {self.door} --attach {job}")
        self.note(f"cancel them: {self.door} --cancel {job}")

    def not_home(self, run: RemoteRun, why: NotHome) -> None:
        """The jobs are through but their results are still on the cluster: why, what to do."""
        print_error(why.reason, why.slug)
        self.note(
            f"the results are safe on the cluster; when that is mended, bring them home: "
            f"{self.door} --attach {run.jobs[0]}"
        )

    def summary(self, progress: Progress, results: Brought | NotHome, viewer: str) -> int:
        """One block per lecture; returns the command's exit code, the highest of the lectures'."""
        self.stop_status()
        home = isinstance(results, Brought)
        brought = results if isinstance(results, Brought) else Brought({}, (), ())
        for task in progress.tasks.values():
            self._summarise(task, brought, viewer, home=home)
        for name in brought.broken:
            self.note(f"cut short, so it stays on the cluster: {name}")
        if brought.full:
            self.note(f"nothing more can be written there: {brought.full}; {FULL_ADVICE}")
        if brought.assets:
            self.note(f"assets: {len(brought.assets)} files the traces show")
        for name in brought.benchmarks:
            self.note(f"benchmark record: {name}")
        return max(task.outcome.exit_code for task in progress.tasks.values())

    def _summarise(self, task: TaskProgress, brought: Brought, viewer: str, *, home: bool) -> None:
        trace = brought.traces.get(task.task.lecture)
        lecture, job, outcome = task.task.lecture, task.job, task.outcome
        if outcome is not JobEnd.COMPLETED:
            self._console.rule(Text(f"last lines of {lecture}"), characters="-", align="left")
            for line in list(task.last_lines)[-SHOWN_LOG_LINES:]:
                self._line(Text.from_ansi(line))
        details = [f"job {task.job_id}_{task.task.index}"]
        if job is not None:
            known = job.state != FORGOTTEN
            details.append(f"Slurm state {job.state}" if known else job.reason)
            details += [f"on {job.nodes}"] if job.nodes else []
            details += [f"after {job.run_time}"] if job.run_time else []
            if outcome is JobEnd.FAILED:
                details.append(f"exit code {job.exit_code.partition(':')[0]}")
        good = outcome is JobEnd.COMPLETED
        full = bool(brought.full) or disk_was_full(task.last_lines)
        why = advice(outcome, full=full)
        verdict = f"{lecture} {outcome.words}" + ("" if good else why)
        style = "green" if good else "bold red"
        self._line(Text.assemble((verdict, style), f" [{', '.join(details)}]"))
        if trace:
            partial = "" if good else " (up to where it ended)"
            self._line(Text(f"  trace: {trace}{partial}"))
            self._line(Text(f"  open:  {viewer}?trace={lecture}"))
        elif home:
            self._line(Text("  no trace was written"))
        if not task.seen and not good and not full:
            hint = "is 'folder' on a file system that the compute nodes share?"
            self._line(Text(f"  the log is empty: {hint}"))

    def _line(self, text: Text) -> None:
        self._console.print(text, soft_wrap=True)


def describe(job: JobState) -> str:
    """A state in words, with where it runs or why it waits."""
    words = job.state.lower().replace("_", " ")
    if job.nodes and not job.final:
        return f"{words} on {job.nodes}"
    return f"{words} ({job.reason})" if job.reason else words


FULL_ADVICE = "remove files there, ask for more quota or set 'folder'"


def disk_was_full(last_lines: Iterable[str]) -> bool:
    """Whether a log ends with the system's words for a full disk or a used-up quota."""
    return any(re.search("No space left on device|[Qq]uota exceeded", line) for line in last_lines)


def advice(outcome: JobEnd, *, full: bool = False) -> str:
    """What to do about an outcome that has a usual remedy; `full`: its disk or quota is."""
    if full and outcome in (JobEnd.FAILED, JobEnd.OTHER):
        return f": the disk or the quota there is full; {FULL_ADVICE}"
    remedies = {
        JobEnd.TIMEOUT: "; raise time_limit in remote.toml or the lecture's resources",
        JobEnd.OUT_OF_MEMORY: "; raise memory in remote.toml or the lecture's resources",
        JobEnd.NODE_FAILED: "; the lecture is not to blame: run it again",
        JobEnd.PREEMPTED: "; run it again, or let Slurm do so with requeue = true in remote.toml",
    }
    return remedies.get(outcome, "")


def print_error(message: str, slug: str) -> None:
    """One error, on standard error, as it is whatever brackets it holds."""
    sys.stderr.write(f"remote: {message} ({slug})\n")
