"""Records several lectures, each in a process of its own, some of them side by side.

Input: jobs. Output: outcomes, as they finish; in between `tick` is called about ten times a second
with what runs. Ctrl-C is passed on to the workers once, and each saves what it has recorded.
"""

import signal
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from lecture_tracer.config import RunConfig
from lecture_tracer.job import Outcome
from lecture_tracer.process import LectureProcess, Running

POLL_SECONDS = 0.02
TICK_SECONDS = 0.1
GRACE_SECONDS = 20.0
"""After Ctrl-C a worker has this long to save its trace."""


def record_all(
    configs: list[RunConfig],
    output: Path,
    at_once: int,
    tick: Callable[[list[Running]], None],
    done: Callable[[Outcome], None],
) -> list[Outcome]:
    """Outcomes in the order of `configs`. After Ctrl-C the lectures not yet begun are left out."""
    outcomes: dict[str, Outcome] = {}
    waiting = list(configs)
    workers: list[LectureProcess] = []
    interrupted_at = 0.0
    last_tick = 0.0
    with tempfile.TemporaryDirectory(prefix="lecture_tracer.") as folder:
        try:
            while waiting or workers:
                try:
                    while waiting and len(workers) < at_once:
                        workers.append(LectureProcess(waiting.pop(0), output, Path(folder)))
                    for worker in [w for w in workers if w.ended]:
                        workers.remove(worker)
                        outcomes[worker.config.name] = outcome = worker.outcome()
                        done(outcome)
                    if time.monotonic() - last_tick > TICK_SECONDS:
                        last_tick = time.monotonic()
                        tick([worker.running() for worker in workers])
                    if interrupted_at and time.monotonic() - interrupted_at > GRACE_SECONDS:
                        _signal_all(workers, signal.SIGKILL)
                    time.sleep(POLL_SECONDS)
                except KeyboardInterrupt:
                    _signal_all(workers, signal.SIGKILL if interrupted_at else signal.SIGINT)
                    interrupted_at = interrupted_at or time.monotonic()
                    waiting.clear()
        finally:
            _signal_all(workers, signal.SIGKILL)
    return [outcomes[config.name] for config in configs if config.name in outcomes]


def with_error(outcome: Outcome, error: str, slug: str) -> Outcome:
    """The outcome as a failure for another reason, such as a warning under `--strict`."""
    return msgspec.structs.replace(outcome, error=error, slug=slug, exit_code=1)


def _signal_all(workers: list[LectureProcess], number: signal.Signals) -> None:
    for worker in workers:
        worker.send(number)
