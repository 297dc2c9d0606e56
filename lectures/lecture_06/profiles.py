"""PyTorch's profiler, reduced to what is the same in every run."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from lectures.lecture_06.queueing import Interval

_TIMELINE = Path(__file__).with_name("records") / "forward_timeline.json"

# Operators that compute nothing: views, allocations, and on a CPU the wrapping of Python numbers.
_NO_WORK = {
    *("aten::to", "aten::_to_copy", "aten::copy_", "aten::fill_", "aten::ones_like"),
    *("aten::empty", "aten::empty_like", "aten::empty_strided", "aten::resolve_conj"),
    *("aten::as_strided", "aten::expand", "aten::view", "aten::narrow", "aten::slice"),
    *("aten::mT", "aten::transpose", "aten::numpy_T", "aten::permute", "aten::result_type"),
}


def profiled_operators(work: Callable[[], object]) -> dict[str, int]:
    """How often each operator of PyTorch was called, in the order of first use.

    Operators that compute nothing are left out.
    """
    with torch.autograd.profiler.profile(use_kineto=False) as profile:
        work()
    counts: dict[str, int] = {}
    for event in sorted(profile.function_events, key=lambda e: e.time_range.start):
        if event.name not in _NO_WORK:
            counts[event.name] = counts.get(event.name, 0) + 1
    return counts


@dataclass(frozen=True)
class RecordedPass:
    """A forward pass on a GPU: milliseconds to queue it and in all, and when what was launched."""

    enqueue_ms: float
    pass_ms: float
    intervals: list[Interval]

    def stretch(self, first: int, kernels: int) -> list[Interval]:
        """Launch and run of so many kernels from the `first` one on."""
        return self.intervals[2 * first : 2 * (first + kernels)]


def recorded_pass(path: Path = _TIMELINE) -> RecordedPass:
    """What `tools/measure.py` wrote."""
    kept = json.loads(path.read_text(encoding="utf-8"))
    intervals = [Interval(i["lane"], i["start"], i["end"], i["what"]) for i in kept["intervals"]]
    return RecordedPass(kept["enqueue_ms"], kept["pass_ms"], intervals)
