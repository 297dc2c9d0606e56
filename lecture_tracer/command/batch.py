"""Records several lectures, each in a process of its own, some of them side by side.

Input: jobs. Output: outcomes, as they finish; in between `tick` is called about ten times a second
with what runs. Ctrl-C is passed on to the workers once, and each saves what it has recorded.
"""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from lecture_tracer.config import RunConfig
from lecture_tracer.process.job import Outcome
from lecture_tracer.process.lecture_process import LectureProcess, Running
from lecture_tracer.process.scratch import scratch_folder

POLL_SECONDS = 0.02
TICK_SECONDS = 0.1
GRACE_SECONDS = 20.0
"""After Ctrl-C a worker has this long to save its trace."""


def record_all(
    configs: list[RunConfig],
    output: Path,
    at_once: int,
    tick: Callable[[list[Running]], None],
    done: Callable[[Outcome], Outcome],
) -> list[Outcome]:
    """Outcomes in the order of `configs`, as `done` judges each when its lecture has ended.

    After Ctrl-C the lectures not yet begun are left out.
    """
    outcomes: dict[str, Outcome] = {}
    waiting = list(configs)
    workers: list[LectureProcess] = []
    last_tick = 0.0
    with scratch_folder() as folder, _interrupts() as pressed:
        try:
            while waiting or workers:
                while waiting and not pressed.count and len(workers) < at_once:
                    workers.append(LectureProcess(waiting.pop(0), output, folder))
                for worker in [w for w in workers if w.ended]:
                    workers.remove(worker)
                    outcomes[worker.config.name] = done(worker.outcome())
                if time.monotonic() - last_tick > TICK_SECONDS:
                    last_tick = time.monotonic()
                    tick([worker.running() for worker in workers])
                if pressed.count:
                    waiting.clear()
                    pressed.pass_on(workers)
                time.sleep(POLL_SECONDS)
        finally:
            _signal_all(workers, signal.SIGKILL)
    return [outcomes[config.name] for config in configs if config.name in outcomes]


class _Pressed:
    """How often Ctrl-C was pressed, and what the workers were told of it.

    A handler that only counts: an exception could come at any instruction, also between the start
    of a process and its entry in the list.
    """

    def __init__(self) -> None:
        self.count = 0
        self._told = 0
        self._since = 0.0

    def __call__(self, *_: object) -> None:
        self.count += 1

    def pass_on(self, workers: list[LectureProcess]) -> None:
        """The first press once, so that traces are saved; the second, or a long wait, ends them."""
        if self._told == 0:
            self._since = time.monotonic()
            _signal_all(workers, signal.SIGINT)
        elif self.count > self._told or time.monotonic() - self._since > GRACE_SECONDS:
            _signal_all(workers, signal.SIGKILL)
        self._told = self.count


@contextmanager
def _interrupts() -> Iterator[_Pressed]:
    """Count Ctrl-C inside the block (in the main thread; elsewhere it never arrives).

    A termination or a closed terminal counts as well: traces are saved and no process is left.
    """
    pressed = _Pressed()
    if threading.current_thread() is not threading.main_thread():
        yield pressed
        return
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, pressed) for number in numbers}
    try:
        yield pressed
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def with_error(outcome: Outcome, error: str, slug: str) -> Outcome:
    """The outcome as a failure for another reason, such as a warning under `--strict`."""
    return msgspec.structs.replace(outcome, error=error, slug=slug, exit_code=1)


def _signal_all(workers: list[LectureProcess], number: signal.Signals) -> None:
    for worker in workers:
        worker.send(number)
