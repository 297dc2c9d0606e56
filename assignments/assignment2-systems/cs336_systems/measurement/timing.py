"""Time repeated work on a GPU (events) or a CPU (clock)."""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable, Sequence

import torch


def synchronize(device: torch.device) -> None:
    """Wait for the work queued on `device`; nothing is queued on a CPU."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


class Stopwatch:
    """Marks points in a stream of work; differences between marks are read after the fact.

    On a GPU a mark is an event in the current stream, so marking does not make the host wait.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._marks: list[torch.cuda.Event | float] = []

    def mark(self) -> None:
        """Note that all work queued before this point is done."""
        if self._device.type != "cuda":
            self._marks.append(time.perf_counter())
            return
        event = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
        event.record()
        self._marks.append(event)

    def laps_ms(self) -> list[float]:
        """Milliseconds between consecutive marks; waits for the device."""
        synchronize(self._device)
        return [
            _milliseconds(earlier, later)
            for earlier, later in zip(self._marks, self._marks[1:], strict=False)
        ]


def time_repeated(
    work: Callable[[], object], device: torch.device, warmup: int, repeats: int
) -> list[float]:
    """Milliseconds of each of `repeats` calls, after `warmup` calls that are not counted."""
    for _ in range(warmup):
        work()
    stopwatch = Stopwatch(device)
    stopwatch.mark()
    for _ in range(repeats):
        work()
        stopwatch.mark()
    return stopwatch.laps_ms()


def median_rotating_ms(
    calls: Sequence[Callable[[], object]], repeats: int = 20, warmup: int = 5
) -> float:
    """Median milliseconds of one call on a GPU, rotating through `calls`.

    The calls do the same work on different buffers, so that none finds its inputs in the cache
    left by the one before it.
    """
    rotation = itertools.cycle(calls)
    laps = time_repeated(lambda: next(rotation)(), torch.device("cuda"), warmup, repeats)
    return statistics.median(laps)


def summarize_ms(samples: Sequence[float]) -> dict[str, float]:
    """Median and the spread of the middle 80 %, in milliseconds."""
    ordered = sorted(samples)
    tenth = len(ordered) // 10
    return {
        "median_ms": statistics.median(ordered),
        "p10_ms": ordered[tenth],
        "p90_ms": ordered[-1 - tenth],
    }


def _milliseconds(earlier: torch.cuda.Event | float, later: torch.cuda.Event | float) -> float:
    if isinstance(earlier, float):
        assert isinstance(later, float)
        return (later - earlier) * 1e3
    assert not isinstance(later, float)
    return float(earlier.elapsed_time(later))


def copy_bandwidth() -> float:
    """GB/s of a device-to-device copy of 2 GiB, counting bytes read and bytes written."""
    source = torch.randn(1 << 30, device="cuda", dtype=torch.bfloat16)
    target = torch.empty_like(source)
    milliseconds = median_rotating_ms([lambda: target.copy_(source)])
    return 2 * source.numel() * source.element_size() / milliseconds / 1e6
