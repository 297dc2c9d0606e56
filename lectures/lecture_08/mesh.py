"""Two ways at once: a mesh of 2 × 2 ranks, data parallel along one axis, tensor along the other."""

# mypy: disable-error-code="no-untyped-call"

from typing import Any

import torch.distributed as dist
from torch.nn.functional import mse_loss

from lecture_tracer import ranks
from lectures.lecture_08.data_parallel import mean_over_ranks, rows_of
from lectures.lecture_08.model import (
    ROWS,
    STEPS,
    Stack,
    first_three,
    fresh,
    furthest,
    gradients_alone,
    initial_weights,
    join,
    leave,
)
from lectures.lecture_08.tensor_parallel import forward, over_ranks, shard


def train(rank: int, world_size: int) -> dict[str, float]:
    """Rank = 2 · replica + part. Loss after training, and the error of the first gradients."""
    join(rank, world_size)  # @hide
    replica, part = divmod(rank, 2)  # @inspect replica part
    tensor_group, data_group = groups(rank)  # @inspect members(tensor_group) members(data_group)
    ranks("whom each rank talks to", tensor=members(tensor_group), data=members(data_group))
    model, optimizer = fresh(shard(initial_weights(), part, 2))  # @inspect model.weights[0][0,:3]
    x, y = rows_of(replica, [ROWS // 2] * 2)  # @inspect x.shape
    loss = mse_loss(forward(list(model.weights), x, tensor_group), y)  # @inspect loss
    loss.backward()  # @inspect model.weights[0].grad[0,:3]
    average(model, data_group)  # @inspect model.weights[0].grad[0,:3]
    ranks("after both kinds of sums", gradient=first_three(model.weights[0].grad))
    mine = [w.grad for w in model.weights if w.grad is not None]  # @hide
    apart = over_ranks(furthest(mine, shard(gradients_alone(), part, 2)))  # @inspect apart
    optimizer.step()  # @inspect model.weights[0][0,:3]
    losses = [mean_over_ranks(loss)]  # @inspect losses
    for _ in range(STEPS - 1):  # @hide
        optimizer.zero_grad()
        loss = mse_loss(forward(list(model.weights), x, tensor_group), y)
        loss.backward()
        average(model, data_group)
        optimizer.step()
        losses.append(mean_over_ranks(loss))
    leave()  # @hide
    return {"loss": losses[-1], "gradients": apart}  # @hide


def average(model: Stack, group: Any) -> None:
    """Replace every gradient by its mean over a group."""
    for weight in model.weights:
        dist.all_reduce(weight.grad, group=group)
        assert weight.grad is not None
        weight.grad /= dist.get_world_size(group)


def groups(rank: int) -> tuple[Any, Any]:
    """This rank's group for activations and its group for gradients.

    Every rank has to create every group, its own or not, in the same order.
    """
    rows = [dist.new_group([0, 1]), dist.new_group([2, 3])]
    columns = [dist.new_group([0, 2]), dist.new_group([1, 3])]
    return rows[rank // 2], columns[rank % 2]


def members(group: Any) -> list[int]:
    """The ranks of a group."""
    return list(dist.get_process_group_ranks(group))
