"""A device that works by itself, and what a clock on the other side sees of it."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass


class Device:
    """Takes work into a queue and returns at once, as a GPU does: one worker thread."""

    def __init__(self) -> None:
        self._queue = ThreadPoolExecutor(max_workers=1)
        self._last: Future[object] | None = None

    def launch(self, work: Callable[[], object]) -> None:
        """Queue the work; it has not happened when this returns."""
        self._last = self._queue.submit(work)

    def synchronize(self) -> None:
        """Wait until all queued work is done."""
        if self._last is not None:
            self._last.result()


@dataclass(frozen=True)
class Interval:
    """Something that a lane did, in microseconds."""

    lane: str
    start: float
    end: float
    what: str


def timeline(steps: int, launch: float, run: float, *, read_back: bool) -> list[Interval]:
    """A CPU that launches one kernel a step, and the GPU that runs it (a model, not a measurement).

    With `read_back` the CPU waits for each result, as printing the loss does.
    """
    cpu = gpu = 0.0
    intervals = []
    for step in range(steps):
        intervals.append(Interval("CPU: launch", cpu, cpu + launch, f"step {step}"))
        cpu += launch
        begin = max(cpu, gpu)
        gpu = begin + run
        intervals.append(Interval("GPU: run", begin, gpu, f"step {step}"))
        if read_back:
            cpu = gpu
    return intervals
