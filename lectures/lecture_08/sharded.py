"""Sharded state: assignment 2's ZeRO-1 optimizer and FSDP, and when FSDP gathers and frees."""

# mypy: disable-error-code="no-untyped-call"

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from cs336_basics.model import Linear
from cs336_systems.distributed.sharded_unit import ShardedUnit
from cs336_systems.fsdp import FSDP
from cs336_systems.sharded_optimizer import ShardedOptimizer
from torch import Tensor, nn
from torch.nn.functional import gelu, mse_loss

from lecture_tracer import ranks
from lectures.lecture_08.data_parallel import mean_over_ranks, rows_of
from lectures.lecture_08.model import LAYERS, RATE, ROWS, STEPS, WIDTH, initial_weights, join, leave


@dataclass(frozen=True)
class Event:
    """What happened to one unit of FSDP: "gather", "ready", "free", "reduce" or "reduced"."""

    number: int
    unit: int
    what: str


class Layers(nn.Module):
    """The network of this lecture, from assignment 1's `Linear` so that FSDP can shard it."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(map(_linear, initial_weights()))

    def forward(self, x: Tensor) -> Tensor:
        """(rows, width) → (rows, width)."""
        for layer in self.layers:
            x = gelu(layer(x))
        return x


def _linear(weight: Tensor) -> Linear:
    layer = Linear(WIDTH, WIDTH)
    with torch.no_grad():
        layer.weight.copy_(weight.T)
    return layer


def one_unit(rank: int, world_size: int) -> dict[str, Any]:
    """Gather one matrix, use it, free it, and look at its memory in between."""
    join(rank, world_size)  # @hide
    parameter = nn.Parameter(torch.arange(8.0).view(4, 2))  # @inspect parameter
    unit = ShardedUnit([parameter], None)  # @inspect parameter
    full = unit.weights[0].full  # @inspect full.shape memory(full)
    ranks("each rank keeps its rows", shard=parameter.data.tolist(), bytes_of_full=memory(full))
    unit.start_gather()  # @stepinto 1
    unit.finish_gather()  # @stepinto 1
    ranks("gathered", full=full.tolist(), bytes_of_full=memory(full))
    unit.release()  # @stepinto 1
    freed = memory(full)  # @inspect freed
    ranks("freed: the tensor is there, its memory is not", bytes_of_full=freed)

    model = nn.Sequential(*(nn.Linear(4, 4, bias=False) for _ in range(4)))  # @inspect len(model)
    optimizer = ShardedOptimizer(model.parameters(), torch.optim.AdamW, lr=RATE)
    owners = sorted(optimizer._owner.values())  # @inspect owners
    mse_loss(model(torch.ones(1, 4)), torch.zeros(1, 4)).backward()  # @hide
    optimizer.step()  # @inspect model[0].weight[0,:2]
    kept = optimizer.state_elements()  # @inspect kept
    ranks("optimizer state of each rank", elements=kept, matrices=owners.count(rank))
    leave()  # @hide
    return {"freed": freed, "kept": kept}  # @hide


def train(rank: int, world_size: int) -> dict[str, Any]:
    """Train with FSDP. Losses, the whole weights at the end, and the events of the last step.

    "events" has one list for each number of units that are gathered ahead.
    """
    found: dict[str, Any] = {"events": {}}
    join(rank, world_size)  # @hide
    for prefetch in (0, 1):
        model = FSDP(Layers(), prefetch=prefetch)
        optimizer = torch.optim.AdamW(model.parameters(), lr=RATE)
        x, y = rows_of(rank, [ROWS // world_size] * world_size)
        for step in range(STEPS):
            optimizer.zero_grad()
            with watched(model) as events:
                loss = mse_loss(model(x), y)
                loss.backward()
                model.finish_gradient_synchronization()
            optimizer.step()
            found["loss"] = mean_over_ranks(loss)
            if step == STEPS - 1:
                found["events"][prefetch] = list(events)
        full = model.gather_full_parameters()
        found["weights"] = [full[f"layers.{i}.weight"].T for i in range(LAYERS)]
        found["held"] = sum(p.numel() for p in model.parameters())
    leave()  # @hide
    return found


def memory(tensor: Tensor) -> int:
    """Bytes of a tensor's storage."""
    return tensor.untyped_storage().nbytes()


def whole_at_once(events: list[Event]) -> int:
    """Most units whose full weights exist, or are on their way, at the same time."""
    held: set[int] = set()
    most = 0
    for event in events:
        if event.what == "gather":
            held.add(event.unit)
        elif event.what == "free":
            held.discard(event.unit)
        most = max(most, len(held))
    return most


def gathered_again(events: list[Event]) -> list[int]:
    """Units that are gathered right after they were freed."""
    return [
        a.unit
        for a, b in pairwise(events)
        if (a.what, b.what) == ("free", "gather") and a.unit == b.unit
    ]


@contextmanager
def watched(model: FSDP) -> Iterator[list[Event]]:
    """Write down what happens to the units of `model`, in order."""
    number_of = {id(unit): i for i, unit in enumerate(model._units)}
    events: list[Event] = []
    watch = {
        "start_gather": ("gather", lambda unit: not unit.is_allocated),
        "finish_gather": ("ready", lambda unit: not unit._is_gathered),
        "release": ("free", lambda unit: unit.is_allocated),
        "start_reduction": ("reduce", lambda unit: True),
        "finish_reduction": ("reduced", lambda unit: True),
    }
    originals = {name: getattr(ShardedUnit, name) for name in watch}

    def noting(name: str) -> Callable[[ShardedUnit], None]:
        what, happens = watch[name]
        after = what in ("ready", "reduced")

        def method(unit: ShardedUnit) -> None:
            new = happens(unit)
            if new and not after:
                events.append(Event(len(events), number_of[id(unit)], what))
            originals[name](unit)
            if new and after:
                events.append(Event(len(events), number_of[id(unit)], what))

        return method

    for name in watch:
        setattr(ShardedUnit, name, noting(name))
    try:
        yield events
    finally:
        for name, original in originals.items():
            setattr(ShardedUnit, name, original)
