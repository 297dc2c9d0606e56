"""Times and memory beside the course's implementation, on one machine, one after the other.

The two take turns, so that a machine that gets busier slows both. What is said is the median, and
how far the values lie apart.
"""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from judge.reference import Caller, Reference

REPEATS = 5


@dataclass(frozen=True)
class Repeated:
    """One figure, measured several times."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.values)

    @property
    def noise(self) -> float:
        """Half of the distance from the least to the greatest, as a share of the median."""
        if not self.median:
            return 0.0
        return (max(self.values) - min(self.values)) / 2 / abs(self.median)


def beside(
    reference: Reference,
    title: str,
    name: str,
    *arguments: Any,
    then: tuple[str, tuple[Any, ...]] | None = None,
    repeats: int = REPEATS,
) -> str:
    """A line on CPU time and memory of a call in both implementations.

    Each has a process of its own, warm after a first call that does not count. Raises
    ReferenceMissing without the course's checkout.
    """
    callers = (reference.student(), reference.fresh())
    taken: tuple[list[tuple[float, int]], list[tuple[float, int]]] = ([], [])
    try:
        for repeat in range(repeats + 1):
            for caller, found in zip(callers, taken, strict=True):
                _, seconds, grown = caller.timed(name, *arguments, then=then)
                if repeat or repeats == 0:
                    found.append((seconds, grown))
    finally:
        for caller in callers:
            caller.close()
    mine, ours = (Repeated(tuple(seconds for seconds, _ in found)) for found in taken)
    memory = [max(grown for _, grown in found) / 2**20 for found in taken]
    return (
        f"{title}: {shown_time(mine.median)}, {mine.median / max(ours.median, 1e-9):.2f} times the "
        f"course's {shown_time(ours.median)} (CPU time, median of {repeats}, "
        f"±{mine.noise:.0%} and ±{ours.noise:.0%}); "
        f"memory grew by {memory[0]:.0f} MiB, the course's by {memory[1]:.0f} MiB"
    )


def shown_time(seconds: float) -> str:
    """`1.24 s` or `3.1 ms`."""
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1e3:.1f} ms"


def figures(
    callers: Sequence[Caller], name: str, arguments: tuple[Any, ...], repeats: int
) -> list[Repeated]:
    """What the function `name` gives for each caller, `repeats` times in turns."""
    found: list[list[float]] = [[] for _ in callers]
    for _ in range(repeats):
        for caller, values in zip(callers, found, strict=True):
            values.append(float(caller.call(name, *arguments)))
    return [Repeated(tuple(values)) for values in found]


def machine(gpu: bool = False) -> dict[str, str | int]:
    """Processor, cores that may be used, system and, if asked, GPU; not the machine's name."""
    model = platform.processor() or platform.machine()
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    except OSError:
        pass
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    found: dict[str, str | int] = {
        "processor": model, "cores": usable or 1, "system": platform.system(),
    }  # fmt: skip
    return found | {"gpu": _gpu()} if gpu else found


def _gpu() -> str:
    import torch

    return str(torch.cuda.get_device_name()) if torch.cuda.is_available() else "none"


def versions() -> dict[str, str]:
    """Versions of Python and of what the figures depend on."""
    found = {"python": platform.python_version()}
    for package in ("torch", "numpy"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
