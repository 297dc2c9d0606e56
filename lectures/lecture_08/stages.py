"""A stage of a pipeline that follows an order of work, and its wires to the neighbours."""

# mypy: disable-error-code="no-untyped-call"

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor
from torch.nn.functional import mse_loss

from lectures.lecture_08.model import Stack
from lectures.lecture_08.orders import Order, Slot

Pace = Callable[[str, float], None]
"""Called with kind and start when a piece of work is done; it waits as long as it has to."""


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
        if self.device.type == "cuda":  # else the host goes on, and waiting looks like work
            torch.cuda.current_stream().synchronize()
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
