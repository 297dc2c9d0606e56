"""FSDP on two lanes: one computes, one gathers weights, and a unit computes when it is there."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Interval:
    """What a lane did, in milliseconds."""

    lane: str
    start: float
    end: float
    unit: int


def gather_ahead(
    gather: Sequence[float], compute: Sequence[float], prefetch: int
) -> list[Interval]:
    """A forward pass whose lane of communication may run `prefetch` units ahead.

    Unit i may be gathered once unit i - prefetch begins to compute: more would be kept at a time.
    With 0, it is gathered when the unit before it has computed.
    """
    intervals: list[Interval] = []
    begun: list[float] = []
    ended: list[float] = []
    link = device = 0.0
    for i, (needs, takes) in enumerate(zip(gather, compute, strict=True)):
        allowed = 0.0
        if prefetch == 0 and ended:
            allowed = ended[-1]
        elif prefetch and i > prefetch:
            allowed = begun[i - prefetch]
        start = max(link, allowed)
        link = start + needs
        intervals.append(Interval("gather", start, link, i))
        begun.append(max(device, link))
        device = begun[-1] + takes
        ended.append(device)
        intervals.append(Interval("compute", begun[-1], device, i))
    return intervals


def total(intervals: Sequence[Interval]) -> float:
    """When the last interval ends."""
    return max(i.end for i in intervals)
