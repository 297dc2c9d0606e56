"""Pipeline parallelism: orders of work, the stage that follows one, and the time of each piece."""

# mypy: disable-error-code="no-untyped-call"

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor
from torch.nn.functional import mse_loss

from lecture_tracer import ranks
from lectures.lecture_08.model import (
    LAYERS,
    Stack,
    batch,
    furthest,
    gradients_alone,
    initial_weights,
    join,
    leave,
)

Order = list[tuple[str, int]]
"""("F", 2) is the forward pass of micro-batch 2, ("B", 2) its backward pass."""


Pace = Callable[[str, float], None]
"""Called with kind and start when a piece of work is done; it waits as long as it has to."""


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


@dataclass
class Wires:
    """Sends and receives between neighbours; a group for each direction, so neither blocks it."""

    rank: int
    ahead: Any = None
    back: Any = None
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    _under_way: list[tuple[Any, Tensor]] = field(default_factory=list)

    def send(self, tensor: Tensor, to: int) -> None:
        """Start to send; the tensor is kept until `finish`."""
        group = self.ahead if to > self.rank else self.back
        self._under_way.append((dist.isend(tensor, to, group=group), tensor))

    def receive(self, shape: Sequence[int], source: int) -> Tensor:
        """Wait for a tensor of this shape."""
        tensor = torch.empty(*shape, device=self.device)
        dist.recv(tensor, source, group=self.ahead if source < self.rank else self.back)
        return tensor

    def finish(self) -> None:
        """Wait for all that was sent."""
        for work, _ in self._under_way:
            work.wait()
        self._under_way.clear()


class Stage:
    """Some layers of the network on one rank, and the micro-batches that are under way in it."""

    def __init__(
        self, layers: Stack, rank: int, stages: int, x: Sequence[Tensor], y: Sequence[Tensor],
        wires: Wires,
    ) -> None:  # fmt: skip
        self.layers, self.wires, self.x, self.y = layers, wires, x, y
        self.first, self.last = rank == 0, rank == stages - 1
        self.rank = rank
        self.inputs: dict[int, Tensor] = {}
        self.outputs: dict[int, Tensor] = {}

    def take(self, kind: str, m: int) -> Tensor | None:
        """What a piece of work waits for: activations from the left, gradients from the right."""
        if kind == "F":
            return self.x[m] if self.first else self.wires.receive(self.x[m].shape, self.rank - 1)
        return None if self.last else self.wires.receive(self.x[m].shape, self.rank + 1)

    def work(
        self, kind: str, m: int, given: Tensor | None, pace: Pace
    ) -> tuple[Tensor | None, Slot]:
        """Do a piece of work; its result, and when it was done."""
        start = time.monotonic()
        if kind == "F":
            assert given is not None
            result: Tensor | None = self.forward(m, given)
        else:
            result = self.backward(m, given)
        pace(kind, start)
        return result, Slot(self.rank, kind, m, start, time.monotonic())

    def forward(self, m: int, given: Tensor) -> Tensor:
        """Compute the layers; the last stage ends with the loss."""
        self.inputs[m] = given if self.first else given.requires_grad_()
        out = self.layers(self.inputs[m])
        self.outputs[m] = mse_loss(out, self.y[m]) / len(self.y) if self.last else out
        return self.outputs[m].detach()

    def backward(self, m: int, given: Tensor | None) -> Tensor | None:
        """Go back through the layers; what the stage to the left needs."""
        self.outputs.pop(m).backward(given)
        return self.inputs.pop(m).grad

    def hand_on(self, kind: str, result: Tensor | None) -> None:
        """Send a result to the neighbour that waits for it."""
        if kind == "F" and not self.last and result is not None:
            self.wires.send(result, self.rank + 1)
        if kind == "B" and not self.first and result is not None:
            self.wires.send(result, self.rank - 1)


def follow(order: Order, stage: Stage, pace: Pace = lambda kind, start: None) -> list[Slot]:
    """Do the work in this order and return its slots. `pace` ends each piece of work."""
    slots: list[Slot] = []
    for kind, m in order:  # @inspect kind m
        given = stage.take(kind, m)  # @inspect few(given)
        result, slot = stage.work(kind, m, given, pace)  # @inspect len(stage.outputs)
        stage.hand_on(kind, result)  # @inspect few(result)
        slots.append(slot)  # @hide
    stage.wires.finish()  # @hide
    return slots  # @hide


def few(tensor: Tensor | None) -> Any:
    """Two numbers of a tensor, or the one it has."""
    return tensor if tensor is None or tensor.dim() == 0 else tensor.detach()[0, :2]


def train_step(rank: int, world_size: int, name: str, micro_batches: int) -> dict[str, Any]:
    """Gradients of one batch by a pipeline; how far they are from one process's."""
    join(rank, world_size)  # @hide
    own = LAYERS // world_size  # @inspect own
    layers = Stack(initial_weights()[rank * own : (rank + 1) * own])  # @inspect len(layers.weights)
    x, y = (t.chunk(micro_batches) for t in batch())  # @inspect x[0].shape
    order = ORDERS[name](rank, world_size, micro_batches)  # @stepinto 1 @inspect order
    ranks("each stage's order of work", order=written(order), kept=kept_at_once(order))
    stage = Stage(layers, rank, world_size, x, y, Wires(rank))  # @inspect stage.first stage.last
    follow(order, stage)  # @stepinto 1
    mine = [w.grad for w in layers.weights if w.grad is not None]  # @inspect mine[0][0,:3]
    apart = furthest(mine, gradients_alone()[rank * own : (rank + 1) * own])  # @inspect apart
    ranks("apart from the single process", below=f"{bound(apart):.0e}")
    leave()  # @hide
    return {"apart": apart, "kept": kept_at_once(order)}  # @hide


def written(order: Order) -> str:
    """F0 F1 B0 …"""
    return " ".join(f"{kind}{m}" for kind, m in order)


def bound(value: float) -> float:
    """The power of ten above a value."""
    return next(10.0**k for k in range(-12, 3) if value < 10.0**k)


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
