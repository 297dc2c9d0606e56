"""Tensor parallelism: matrices cut by columns and by rows, and what travels in both directions."""

from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor
from torch.nn.functional import gelu, mse_loss

from lecture_tracer import ranks
from lectures.lecture_08.model import (
    LAYERS,
    STEPS,
    WIDTH,
    Stack,
    batch,
    furthest,
    gloo,
    gradients_alone,
    initial_weights,
    optimizer_of,
)


class CopyIn(torch.autograd.Function):
    """Forward: the same input for every rank's columns. Backward: the sum of what they return."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, group: dist.ProcessGroup | None) -> Tensor:
        """Nothing travels: every rank has x already."""
        ctx.group = group
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        """Each rank knows the part of x's gradient that came through its own columns."""
        total = gradients[0].clone()
        dist.all_reduce(total, group=ctx.group)
        return total, None


class SumOut(torch.autograd.Function):
    """Forward: the sum of the ranks' partial products. Backward: the same gradient for all."""

    @staticmethod
    def forward(ctx: Any, partial: Tensor, group: dist.ProcessGroup | None) -> Tensor:
        """Rows of W meet columns of x: the products have to be added."""
        total = partial.clone()
        dist.all_reduce(total, group=group)
        return total

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        """A sum passes its gradient on to every term."""
        return gradients[0], None


def shard(weights: list[Tensor], rank: int, world_size: int) -> list[Tensor]:
    """This rank's part of each matrix: of even layers columns, of odd layers rows."""
    return [w.chunk(world_size, dim=1 - i % 2)[rank] for i, w in enumerate(weights)]


def forward(
    shards: list[Tensor], x: Tensor, group: dist.ProcessGroup | None = None, *, copy: bool = True
) -> Tensor:
    """The network, from pairs of layers: columns, then rows, then one all-reduce."""
    for columns, rows in zip(shards[::2], shards[1::2], strict=True):
        entering = CopyIn.apply(x, group) if copy else x
        hidden = gelu(entering @ columns)  # @inspect hidden.shape
        partial = hidden @ rows  # @inspect partial.shape
        x = gelu(SumOut.apply(partial, group))  # @inspect x.shape
    return x


def gathered_forward(columns: list[Tensor], x: Tensor) -> Tensor:
    """The network with all matrices cut by columns: an all-gather after every layer."""
    for weight in columns:
        mine = gelu(x @ weight)
        parts = [torch.empty_like(mine) for _ in range(dist.get_world_size())]
        dist.all_gather(parts, mine)
        x = torch.cat(parts, dim=1)
    return x


def train(rank: int, world_size: int) -> dict[str, float]:
    """Train on shards; how far outputs, gradients and trained weights are from one process's."""
    with gloo(rank, world_size):
        x, y = batch()
        mine = shard(initial_weights(), rank, world_size)
        model = Stack(mine)
        shapes = ", ".join("×".join(map(str, w.shape)) for w in mine)  # @inspect shapes
        ranks("the same batch, other columns and rows", rows=len(x), shapes=shapes)
        output = forward(list(model.weights), x)  # @stepinto 1
        ranks("after the last all-reduce", output=output.detach()[0, :3])
        loss = mse_loss(output, y)  # @inspect loss
        loss.backward()  # @stepinto 1
        exact = shard(gradients_alone(), rank, world_size)
        gradients = [w.grad for w in model.weights]
        apart = over_ranks(furthest(gradients, exact))  # @inspect apart
        optimizer = optimizer_of(list(model.parameters()))
        optimizer.step()
        losses = [loss.item(), *more_steps(model, optimizer, STEPS - 1)]  # @inspect losses
        by_columns = [w.chunk(world_size, 1)[rank] for w in initial_weights()]
        other = gathered_forward(by_columns, x)
        whole = Stack(initial_weights())(x)
        apart_forms = [furthest([t], [whole]) for t in (other, output)]  # @inspect apart_forms
    return {"loss": losses[-1], "gradients": apart, "gathered": apart_forms[0]}


def forgotten(rank: int, world_size: int) -> list[bool]:
    """Leave out `CopyIn`: for each layer, is this rank's gradient still the right one?"""
    with gloo(rank, world_size):
        x, y = batch()
        model = Stack(shard(initial_weights(), rank, world_size))
        mse_loss(forward(list(model.weights), x, copy=False), y).backward()
        exact = shard(gradients_alone(), rank, world_size)
        return [
            over_ranks(furthest([w.grad], [e])) < 1e-6
            for w, e in zip(model.weights, exact, strict=True)
        ]


def seeded_alike(world_size: int = 4, width: int = WIDTH) -> Tensor:
    """One matrix (width, width) from shards that every rank draws with the same seed, scaled by
    its own number of columns: a mistake."""
    local = width // world_size
    shards = []
    for _ in range(world_size):
        generator = torch.Generator().manual_seed(0)
        shards.append(torch.randn(width, local, generator=generator) / local**0.5)
    return torch.cat(shards, dim=1)


def collectives_a_step(layers: int = LAYERS) -> dict[str, int]:
    """All-gathers or all-reduces in one forward pass of each form."""
    return {"a gather after every layer": layers, "columns, then rows": layers // 2}


def more_steps(model: Stack, optimizer: torch.optim.Optimizer, steps: int) -> list[float]:
    """The same again; the loss is the same on every rank."""
    x, y = batch()
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = mse_loss(forward(list(model.weights), x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def over_ranks(value: float) -> float:
    """The largest of all ranks' values."""
    tensor = torch.tensor(value, dtype=torch.float64)
    dist.all_reduce(tensor, op=dist.ReduceOp.MAX)
    return tensor.item()
