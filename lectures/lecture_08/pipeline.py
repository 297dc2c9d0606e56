"""Pipeline parallelism: a step of training whose layers are divided among the ranks."""

# mypy: disable-error-code="no-untyped-call"

from typing import Any

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
from lectures.lecture_08.orders import ORDERS, kept_at_once, written
from lectures.lecture_08.stages import Stage, Wires, follow


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


def bound(value: float) -> float:
    """The power of ten above a value."""
    return next(10.0**k for k in range(-12, 3) if value < 10.0**k)
