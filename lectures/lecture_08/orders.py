"""Orders of work in a pipeline, and the idle time of what was measured."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

Order = list[tuple[str, int]]
"""("F", 2) is the forward pass of micro-batch 2, ("B", 2) its backward pass."""


@dataclass(frozen=True)
class Slot:
    """One piece of work of one stage, and its times in seconds."""

    stage: int
    kind: str
    micro_batch: int
    start: float
    end: float


def gpipe(stage: int, stages: int, micro_batches: int) -> Order:
    """All forward passes, then all backward passes (Huang et al. 2018)."""
    return [(kind, m) for kind in "FB" for m in range(micro_batches)]


def one_forward_one_backward(stage: int, stages: int, micro_batches: int) -> Order:
    """As few forward passes ahead as keep all stages busy, then in turns (1F1B)."""
    ahead = min(stages - 1 - stage, micro_batches)  # @inspect ahead
    order: Order = [("F", m) for m in range(ahead)]  # @inspect written(order)
    for m in range(micro_batches - ahead):  # @inspect m
        order += [("F", ahead + m), ("B", m)]  # @inspect written(order)
    return order + [("B", m) for m in range(micro_batches - ahead, micro_batches)]


ORDERS: dict[str, Callable[[int, int, int], Order]] = {
    "GPipe": gpipe,
    "1F1B": one_forward_one_backward,
}


def kept_at_once(order: Order) -> int:
    """Most micro-batches whose activations a stage keeps."""
    alive = most = 0
    for kind, _ in order:
        alive += 1 if kind == "F" else -1
        most = max(most, alive)
    return most


def written(order: Order) -> str:
    """F0 F1 B0 …"""
    return " ".join(f"{kind}{m}" for kind, m in order)


def seconds(slots: Sequence[Slot]) -> float:
    """From the first start to the last end."""
    return max(s.end for s in slots) - min(s.start for s in slots)


def bubble(slots: Sequence[Slot]) -> float:
    """Share of the stages' time between the first start and the last end that nothing was done."""
    stages = len({slot.stage for slot in slots})
    return 1 - sum(s.end - s.start for s in slots) / (stages * seconds(slots))


def formula(stages: int, micro_batches: int) -> float:
    """(p − 1) / (m + p − 1): both orders, equal stages, wires that cost nothing."""
    return (stages - 1) / (micro_batches + stages - 1)
