"""Runs on request: a bounded queue, one at a time, each with limits."""

import asyncio
import contextlib
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from lecture_tracer.config import RunConfig, find_lecture
from lecture_tracer.course import find_lectures
from lecture_tracer.process.job import Outcome
from lecture_tracer.service.broadcast import Broadcast
from lecture_tracer.service.problems import Problem
from lecture_tracer.service.recording import record
from lecture_tracer.service.settings import ServiceSettings

KEPT_RUNS = 100


@dataclass(slots=True)
class Run:
    """One request to record a lecture. `state`: queued, running, done, failed or cancelled."""

    id: str
    lecture: str
    state: str = "queued"
    outcome: Outcome | None = None
    task: asyncio.Task[None] | None = field(default=None, repr=False)

    def to_json(self) -> dict[str, Any]:
        """What the API shows."""
        shown: dict[str, Any] = {"id": self.id, "lecture": self.lecture, "state": self.state}
        if self.outcome is not None:
            shown |= {"ended": self.outcome.ended, "steps": self.outcome.steps}
            shown |= {"error": self.outcome.error, "slug": self.outcome.slug}
        return shown


class Runs:
    """The queue. All methods are called on the event loop."""

    def __init__(self, settings: ServiceSettings, broadcast: Broadcast) -> None:
        self._settings = settings
        self._broadcast = broadcast
        self._runs: dict[str, Run] = {}
        self._numbers = count(1)
        self._one_at_a_time = asyncio.Lock()

    def submit(self, lecture: str) -> Run:
        """Queue a lecture of this checkout.

        Raises LectureNotFound for another name, Problem 429 when the queue is full.
        """
        root = self._settings.root
        path = find_lecture(lecture, root)
        if path not in find_lectures(root):
            raise Problem(
                404, "lecture-not-found", f"{lecture!r} is not a lecture of this checkout"
            )
        waiting = sum(run.state == "queued" for run in self._runs.values())
        if waiting >= self._settings.queue_length:
            raise Problem(429, "queue-full", f"{waiting} runs are waiting; try again later")
        run = Run(id=f"run-{next(self._numbers)}", lecture=path.stem)
        self._runs[run.id] = run
        for old in [r for r in self._runs.values() if r.outcome][: -KEPT_RUNS or None]:
            del self._runs[old.id]
        config = RunConfig(path=path, root=root, max_steps=self._settings.max_steps)
        run.task = asyncio.create_task(self._carry_out(run, config))
        return run

    def get(self, run_id: str) -> Run:
        """The run. Raises Problem 404."""
        run = self._runs.get(run_id)
        if run is None:
            raise Problem(404, "run-not-found", f"no run {run_id!r}")
        return run

    def cancel(self, run_id: str) -> Run:
        """End a run that waits or runs; one that is over stays as it is."""
        run = self.get(run_id)
        if run.state in ("queued", "running") and run.task is not None:
            run.state = "cancelled"
            run.task.cancel()
        return run

    async def close(self) -> None:
        """Cancel everything and wait for the processes to end."""
        tasks = [run.task for run in self._runs.values() if run.task is not None]
        for task in tasks:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _carry_out(self, run: Run, config: RunConfig) -> None:
        async with self._one_at_a_time:
            run.state = "running"
            run.outcome = await record(
                config,
                self._settings.traces,
                self._broadcast,
                memory_bytes=self._settings.run_bytes,
                seconds=self._settings.run_seconds,
            )
            run.state = "done" if run.outcome.ok else "failed"
