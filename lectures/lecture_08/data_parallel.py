"""Data parallelism: by hand, with assignment 2's buckets, and with what goes wrong."""

# mypy: disable-error-code="no-untyped-call"

from typing import Any

import torch
import torch.distributed as dist
from cs336_systems.ddp import DDPBucketed
from torch import Tensor
from torch.nn.functional import mse_loss

from lecture_tracer import ranks
from lectures.lecture_08.model import (
    ROWS,
    STEPS,
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


def by_hand(rank: int, world_size: int) -> dict[str, float]:
    """Train `STEPS` steps on this rank's rows. Returns the loss, and how far the ranks differ."""
    join(rank, world_size)  # @hide
    model, optimizer = fresh(initial_weights())  # @inspect model.weights[0][0,:3]
    share = ROWS // world_size  # @inspect share
    x, y = (t[rank * share : (rank + 1) * share] for t in batch())  # @inspect x.shape
    ranks("each rank has rows of its own", rows=f"{rank * share} to {(rank + 1) * share - 1}")

    loss = mse_loss(model(x), y)  # @inspect loss
    loss.backward()  # @inspect model.weights[0].grad[0,:3]
    ranks("after backward", loss=round(loss.item(), 4), gradient=first_three(model.weights[0].grad))

    for weight in model.weights:  # @inspect weight.grad[0,:3]
        dist.all_reduce(weight.grad)  # @inspect weight.grad[0,:3]
        weight.grad /= world_size  # @inspect weight.grad[0,:3]
    ranks("after the all-reduce", gradient=first_three(model.weights[0].grad))

    optimizer.step()  # @inspect model.weights[0][0,:3]
    ranks("after the step", weights=first_three(model.weights[0]))
    losses = [mean_over_ranks(loss)]  # @inspect losses
    losses += more_steps(model, optimizer, x, y, STEPS - 1)  # @inspect losses
    spread = spread_over_ranks(list(model.weights))  # @inspect spread
    leave()  # @hide
    return {"loss": losses[-1], "spread": spread}  # @hide


def without_all_reduce(rank: int, world_size: int) -> dict[str, list[float]]:
    """What happens to the ranks' weights if nobody averages, and if the shares are unequal.

    Returns how far the ranks' weights differ after each step, and how far the plain average of
    gradients is from the true one with equal and with unequal shares.
    """
    found: dict[str, list[float]] = {"spread": []}
    join(rank, world_size)  # @hide
    model, optimizer = fresh(initial_weights())
    x, y = rows_of(rank, [ROWS // world_size] * world_size)
    for _ in range(STEPS):
        optimizer.zero_grad()
        mse_loss(model(x), y).backward()
        optimizer.step()
        found["spread"].append(spread_over_ranks(list(model.weights)))
    fair = [ROWS // world_size] * world_size
    unfair = [2, *[(ROWS - 2) // (world_size - 1)] * (world_size - 1)]
    found["apart"] = [apart_from_true(rank, fair), apart_from_true(rank, unfair)]
    found["weighted"] = [apart_from_true(rank, unfair, weigh=True)]
    leave()  # @hide
    return found


def bucketed(rank: int, world_size: int) -> dict[str, Any]:
    """One step with `DDPBucketed`, whose hooks start each all-reduce while backward still runs."""
    join(rank, world_size)  # @hide
    model = DDPBucketed(Stack(initial_weights()), bucket_size_mb=0.0025)
    buckets = [len(bucket.parameters) for bucket in model._buckets]  # @inspect buckets
    x, y = rows_of(rank, [ROWS // world_size] * world_size)  # @inspect x.shape
    loss = mse_loss(model(x), y)  # @inspect loss
    loss.backward()  # @inspect model._progress.num_launched
    model.finish_gradient_synchronization()  # @stepinto 1
    mine = [w.grad for w in model.parameters() if w.grad is not None]  # @inspect mine[0][0,:3]
    apart = furthest(mine, gradients_alone())  # @inspect apart
    leave()  # @hide
    return {"apart": apart, "buckets": buckets}  # @hide


def rows_of(rank: int, shares: list[int]) -> tuple[Tensor, Tensor]:
    """This rank's rows of the batch, where rank r gets `shares[r]` of them."""
    start = sum(shares[:rank])
    x, y = batch()
    return x[start : start + shares[rank]], y[start : start + shares[rank]]


def apart_from_true(rank: int, shares: list[int], *, weigh: bool = False) -> float:
    """Largest error of the averaged gradient; `weigh` each rank by its number of rows."""
    model = Stack(initial_weights())
    x, y = rows_of(rank, shares)
    mse_loss(model(x), y).backward()
    factor = shares[rank] / sum(shares) if weigh else 1 / len(shares)
    gradients = [factor * w.grad for w in model.weights if w.grad is not None]
    for gradient in gradients:
        dist.all_reduce(gradient)
    return furthest(gradients, gradients_alone())


def more_steps(
    model: Stack, optimizer: torch.optim.Optimizer, x: Tensor, y: Tensor, steps: int
) -> list[float]:
    """The same again, without a word. The losses are means over ranks."""
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = mse_loss(model(x), y)
        loss.backward()
        for weight in model.weights:
            dist.all_reduce(weight.grad)
            assert weight.grad is not None
            weight.grad /= dist.get_world_size()
        optimizer.step()
        losses.append(mean_over_ranks(loss))
    return losses


def mean_over_ranks(loss: Tensor) -> float:
    """The mean of all ranks' losses."""
    total = loss.detach().clone()
    dist.all_reduce(total)
    return total.item() / dist.get_world_size()


def spread_over_ranks(tensors: list[Tensor]) -> float:
    """Largest difference between any rank's tensors and rank 0's."""
    apart = torch.zeros(())
    for tensor in tensors:
        reference = tensor.detach().clone()
        dist.broadcast(reference, src=0)
        apart = torch.maximum(apart, (tensor.detach() - reference).abs().max())
    dist.all_reduce(apart, op=dist.ReduceOp.MAX)
    return apart.item()
