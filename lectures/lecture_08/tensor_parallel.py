"""Tensor parallelism: matrices cut by columns and by rows, and what travels in both directions."""

# mypy: disable-error-code="no-untyped-call"

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
    first_three,
    fresh,
    furthest,
    gradients_alone,
    initial_weights,
    join,
    leave,
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
        total = gradients[0].clone()  # @inspect total[0,:3]
        dist.all_reduce(total, group=ctx.group)  # @inspect total[0,:3]
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
    for columns, rows in zip(shards[::2], shards[1::2], strict=True):  # @inspect columns[0,:3]
        entering = CopyIn.apply(x, group) if copy else x  # @inspect entering[0,:3]
        hidden = gelu(entering @ columns)  # @inspect hidden.shape hidden[0,:3]
        partial = hidden @ rows  # @inspect partial.shape partial[0,:3]
        x = gelu(SumOut.apply(partial, group))  # @inspect x.shape x[0,:3]
    return x  # @hide


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
    join(rank, world_size)  # @hide
    x, y = batch()  # @inspect x.shape
    mine = shard(initial_weights(), rank, world_size)  # @inspect len(mine)
    shapes = ", ".join("×".join(map(str, w.shape)) for w in mine)  # @inspect shapes
    ranks("the same batch, other columns and rows", rows=len(x), shapes=shapes)
    model, optimizer = fresh(mine)  # @inspect model.weights[0][0,:3]
    output = forward(list(model.weights), x)  # @stepinto 1
    ranks("after the last all-reduce", output=first_three(output))
    loss = mse_loss(output, y)  # @inspect loss
    loss.backward()  # @stepinto 1
    apart = from_serial(model, rank)  # @inspect apart
    optimizer.step()  # @inspect model.weights[0][0,:3]
    losses = [loss.item(), *more_steps(model, optimizer, STEPS - 1)]  # @inspect losses
    gathered = furthest([by_columns(x, rank)], [output])  # @inspect gathered
    leave()  # @hide
    return {"loss": losses[-1], "gradients": apart, "gathered": gathered}  # @hide


def forgotten(rank: int, world_size: int) -> dict[str, Any]:
    """Leave out `CopyIn`: is each layer's gradient still "right", and the "losses" of training."""
    join(rank, world_size)  # @hide
    x, y = batch()
    model, optimizer = fresh(shard(initial_weights(), rank, world_size))
    loss = mse_loss(forward(list(model.weights), x, copy=False), y)
    loss.backward()
    exact = shard(gradients_alone(), rank, world_size)
    right = [
        over_ranks(furthest([w.grad], [e])) < 1e-6
        for w, e in zip(model.weights, exact, strict=True)
    ]
    optimizer.step()
    losses = [loss.item(), *more_steps(model, optimizer, STEPS - 1, copy=False)]
    leave()
    return {"right": right, "losses": losses}


def from_serial(model: Stack, rank: int) -> float:
    """How far any rank's gradients are from those of one process."""
    exact = shard(gradients_alone(), rank, dist.get_world_size())
    return over_ranks(furthest([w.grad for w in model.weights if w.grad is not None], exact))


def by_columns(x: Tensor, rank: int) -> Tensor:
    """The output when all matrices are cut by columns."""
    return gathered_forward([w.chunk(dist.get_world_size(), 1)[rank] for w in initial_weights()], x)


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


def more_steps(
    model: Stack, optimizer: torch.optim.Optimizer, steps: int, *, copy: bool = True
) -> list[float]:
    """The same again; the loss is the same on every rank."""
    x, y = batch()
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = mse_loss(forward(list(model.weights), x, copy=copy), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def over_ranks(value: float) -> float:
    """The largest of all ranks' values."""
    tensor = torch.tensor(value, dtype=torch.float64)
    dist.all_reduce(tensor, op=dist.ReduceOp.MAX)
    return tensor.item()
