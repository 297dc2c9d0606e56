"""Follows a submitted run to its end: logs and states to the report, Ctrl-C to the user."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import PurePosixPath

from lecture_tracer.remote.connection.reconnect import Reconnecting
from lecture_tracer.remote.connection.ssh import Connection
from lecture_tracer.remote.errors import RemoteError
from lecture_tracer.remote.report import Report
from lecture_tracer.remote.steps import RemoteRun
from lecture_tracer.remote.watching.interrupts import Interrupted, Interrupts
from lecture_tracer.remote.watching.pace import Pace
from lecture_tracer.remote.watching.poll import (
    MOST_LOG_BYTES,
    Look,
    parse_poll,
    poll_variables,
)
from lecture_tracer.remote.watching.progress import Event, Progress, StateChange, is_from_slurm

POLL_LIMIT_S = 30.0
"""A look that takes longer counts as a lost connection."""


class Left(Exception):  # the user's decision, not an error
    """The user, or the end of the session, left the jobs running."""


class Watch:
    """One run being followed over one connection."""

    def __init__(
        self,
        reconnecting: Reconnecting,
        run: RemoteRun,
        report: Report,
        interrupts: Interrupts,
        on_interrupt: Callable[[], str],
    ) -> None:
        """`on_interrupt` is asked at Ctrl-C and answers "cancel", "leave" or "continue"."""
        self.run = run
        self.progress = Progress(run.tasks, run.job_of)
        self._reconnecting = reconnecting
        self._connection: Connection = reconnecting.connection
        self._report = report
        self._interrupts = interrupts
        self._on_interrupt = on_interrupt
        self._unread = False

    def follow(self) -> Progress:
        """Return when every job has ended. Raises `Left` when the jobs are to be left alone."""
        pace = Pace()
        while True:
            try:
                pause_s = self._step(pace)
                if self.progress.over:
                    return self.progress
                self._interrupts.pause(pause_s)
            except Interrupted:
                self._answer()

    def read_rest(self) -> None:
        """Show what the logs of ended jobs still hold, of a long rest only its end.

        Raises `Interrupted` at Ctrl-C.
        """
        if self._unread:
            self._take(self._look(0.0, last=MOST_LOG_BYTES))
        for event in self.progress.finish_logs():
            self._report.event(event)

    def _step(self, pace: Pace) -> float:
        look = self._look(pace.wait_s(time.monotonic()))
        events = self._take(look)
        return pace.after(
            time.monotonic(),
            asked=look.asked,
            changed=any(isinstance(event, StateChange) for event in events),
            urgent=self.progress.early
            or bool(self.progress.forgotten_jobs)
            or any(map(is_from_slurm, events)),
            waiting=self.progress.waiting,
            ending=self.progress.ending,
        )

    def _look(self, wait_s: float, last: int = 0) -> Look:
        progress = self.progress

        def look() -> Look:
            variables = poll_variables(
                self.run.folder,
                progress.offsets,
                progress.ended,
                progress.unfinished_jobs,
                wait_s,
                last,
                progress.forgotten_jobs,
            )
            with self._interrupts.immediate():
                output = self._connection.script("poll", variables, limit_s=POLL_LIMIT_S)
            return parse_poll(output)

        return self._reconnecting(look)

    def _take(self, look: Look) -> list[Event]:
        events = self.progress.absorb(look)
        for event in events:
            self._report.event(event)
        self._report.status(self.progress)
        self._unread = look.full
        return events

    def _answer(self) -> None:
        received = self._interrupts.take()
        if received is not signal.SIGINT:
            raise Left
        answer = self._on_interrupt()
        if answer == "leave":
            raise Left
        if answer == "cancel":
            self._cancel()

    def _cancel(self) -> None:
        folder = str(PurePosixPath(self.run.folder).parents[1])
        variables = {"folder": folder, "jobs": " ".join(self.run.jobs)}
        self._report.note(f"cancelling job {', '.join(self.run.jobs)}")
        try:
            self._reconnecting(lambda: self._connection.script("cancel", variables))
        except RemoteError as error:
            if error.slug != "cancel-refused":
                raise
            self._report.note(f"still watching: {error}")
