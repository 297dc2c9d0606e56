"""What the kernel benchmarks share: rotating timings, relative errors, the demand for a GPU."""

from __future__ import annotations

import itertools
import statistics
import sys
from collections.abc import Callable, Sequence

import torch

from cs336_systems.timing import time_repeated


def median_ms(calls: Sequence[Callable[[], object]], repeats: int = 20, warmup: int = 5) -> float:
    """Median milliseconds of one call by CUDA events, rotating through `calls`.

    The calls do the same work on different buffers, so that none finds its inputs in the cache
    left by the one before it.
    """
    rotation = itertools.cycle(calls)
    laps = time_repeated(lambda: next(rotation)(), torch.device("cuda"), warmup, repeats)
    return statistics.median(laps)


def relative_error(value: torch.Tensor, reference: torch.Tensor) -> float:
    """||value - reference|| / ||reference|| in float64; NaN if either holds one."""
    exact = reference.detach().double()
    return float((value.detach().double() - exact).norm() / exact.norm())


def require_cuda() -> None:
    """Exit with code 2 and one line where there is no CUDA device."""
    if not torch.cuda.is_available():
        print("no CUDA device: this benchmark measures GPU kernels", file=sys.stderr)
        raise SystemExit(2)
