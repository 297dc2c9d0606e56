"""Read the allocator's history: how much memory was in use when, and what held it at the peak.

Input is the snapshot that `torch.cuda.memory._snapshot` returns (the same that
https://pytorch.org/memory_viz draws): a list of events per device, each with `action`, `addr`,
`size` in bytes, `time_us` and Python `frames`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BYTES_PER_GB = 2**30


@dataclass(frozen=True)
class MemoryTimeline:
    """Memory in use after every allocation and free, relative to the start of the recording."""

    times_ms: list[float]
    allocated_gb: list[float]
    held_at_peak_gb: dict[str, float]
    """Line of code that allocated → GiB it held at the peak, most first."""

    @property
    def peak_gb(self) -> float:
        """Most memory allocated during the recording, without what was there before."""
        return max(self.allocated_gb, default=0.0)


def read_timeline(events: Sequence[dict[str, Any]], num_holders: int = 12) -> MemoryTimeline:
    """Replay one device's events of a snapshot.

    Frees of memory that was allocated before the recording lower the total, possibly below zero.
    """
    relevant = [e for e in events if e["action"] in ("alloc", "free_completed")]
    if not relevant:
        return MemoryTimeline([], [], {})
    totals = []
    total = 0
    for event in relevant:
        total += event["size"] if event["action"] == "alloc" else -event["size"]
        totals.append(total)
    peak = totals.index(max(totals))
    start = relevant[0]["time_us"]
    return MemoryTimeline(
        times_ms=[(event["time_us"] - start) / 1e3 for event in relevant],
        allocated_gb=[total / BYTES_PER_GB for total in totals],
        held_at_peak_gb=_holders(relevant[: peak + 1], num_holders),
    )


def thin_out(timeline: MemoryTimeline, num_points: int) -> list[tuple[float, float]]:
    """At most `num_points` pairs (ms, GiB): the highest of each stretch, so that peaks survive."""
    pairs = list(zip(timeline.times_ms, timeline.allocated_gb, strict=True))
    stretch = -(-len(pairs) // num_points) if pairs else 1
    return [
        max(pairs[first : first + stretch], key=lambda pair: pair[1])
        for first in range(0, len(pairs), stretch)
    ]


def _holders(events: Sequence[dict[str, Any]], num_holders: int) -> dict[str, float]:
    alive: dict[int, dict[str, Any]] = {}
    for event in events:
        if event["action"] == "alloc":
            alive[event["addr"]] = event
        else:
            alive.pop(event["addr"], None)
    held: Counter[str] = Counter()
    for event in alive.values():
        held[_allocating_line(event.get("frames", []))] += event["size"]
    return {line: size / BYTES_PER_GB for line, size in held.most_common(num_holders)}


def _allocating_line(frames: Sequence[dict[str, Any]]) -> str:
    """`file:line function` of the innermost frame in the assignments, else of the innermost."""
    for frame in frames:
        if "cs336" in frame["filename"]:
            return _describe(frame)
    python = [frame for frame in frames if frame["filename"].endswith(".py")]
    return _describe(python[0]) if python else "backward (no Python frame)"


def _describe(frame: dict[str, Any]) -> str:
    return f"{Path(frame['filename']).name}:{frame['line']} {frame['name']}"
