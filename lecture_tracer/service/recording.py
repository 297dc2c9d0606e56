"""One recording inside the service: a process, its progress as events, its end as an outcome."""

import asyncio
import signal
import time
from pathlib import Path

from lecture_tracer.config import RunConfig
from lecture_tracer.course import course_info
from lecture_tracer.process.job import Outcome
from lecture_tracer.process.lecture_process import LectureProcess
from lecture_tracer.process.scratch import scratch_folder
from lecture_tracer.service.broadcast import Broadcast, Event
from lecture_tracer.trace import freshness, store

POLL_SECONDS = 0.02
PROGRESS_EVERY = 5
"""Polls between two progress events."""


async def record(
    config: RunConfig,
    output: Path,
    broadcast: Broadcast,
    *,
    memory_bytes: int | None = None,
    seconds: float | None = None,
) -> Outcome:
    """Record in a process of its own, publishing progress.

    Cancelling the task ends the process; the stored trace is then the earlier one. A run that takes
    longer than `seconds` is interrupted and its trace kept up to there.
    """
    expected, begun = _steps_before(output, config.name), time.time()
    with scratch_folder() as folder:
        process = LectureProcess(config, output, folder, memory_bytes)
        try:
            polls = 0
            while not process.ended:
                if polls % PROGRESS_EVERY == 0:
                    now = process.running()
                    broadcast.publish(progress_event(now.name, now.steps, now.line, expected))
                    if seconds is not None and now.seconds > seconds:
                        process.send(signal.SIGINT)
                        seconds = None
                polls += 1
                await asyncio.sleep(POLL_SECONDS)
        finally:
            process.send(signal.SIGKILL)
            process.process.wait()
        outcome = process.outcome()
    if outcome.file:
        await asyncio.to_thread(
            store.update_index, output, outcome.entries, course_info(config.root)
        )
        freshness.remember(output, config.name, outcome.sources, config.root, begun)
    broadcast.publish(outcome_event(outcome))
    return outcome


def progress_event(lecture: str, steps: int, line: int, expected: int | None) -> Event:
    """`expected` is the number of steps of the stored trace, for a progress bar."""
    return {
        "type": "progress", "lecture": lecture, "steps": steps, "line": line, "expected": expected,
    }  # fmt: skip


def outcome_event(outcome: Outcome) -> Event:
    """`recorded` when there is a new trace (which may end in a failure), else `broken`."""
    return {
        "type": "recorded" if outcome.file else "broken",
        "lecture": outcome.name,
        "ended": outcome.ended,
        "steps": outcome.steps,
        "seconds": round(outcome.seconds, 3),
        "error": outcome.error,
        "slug": outcome.slug,
    }


def _steps_before(output: Path, name: str) -> int | None:
    return next((e.steps for e in store.read_index(output).traces if e.name == name), None)
