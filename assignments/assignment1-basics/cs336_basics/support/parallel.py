"""An ordered map over processes that never holds more than a few tasks at a time."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")


def available_workers() -> int:
    """Count the CPU cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def ordered_map(
    function: Callable[[Task], Result], tasks: Iterable[Task], workers: int
) -> Iterator[Result]:
    """Yield `function(task)` in the order of `tasks`; with one worker, in this process.

    Each process receives `function` once and keeps it, with whatever it caches, for all its tasks.
    At most two tasks a worker are in flight, so `tasks` may be endless and results stay few.

    Raises:
        ChildProcessError: a worker process died.
    """
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    if workers == 1:
        yield from map(function, tasks)
        return
    with ProcessPoolExecutor(workers, initializer=_keep, initargs=(function,)) as pool:
        waiting: deque[Future[Any]] = deque()
        try:
            for task in tasks:
                waiting.append(pool.submit(_call_kept, task))
                if len(waiting) >= 2 * workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool as error:
            raise ChildProcessError(
                "a worker process died, perhaps for lack of memory: use fewer workers"
            ) from error
        finally:
            for future in waiting:
                future.cancel()


_kept: list[Callable[[Any], Any]] = []  # filled in worker processes only


def _keep(function: Callable[[Any], Any]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the parent ends the pool
    _kept.append(function)


def _call_kept(task: Any) -> Any:
    return _kept[0](task)
