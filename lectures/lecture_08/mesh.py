"""Two ways at once: a mesh of 2 × 2 ranks, data parallel along one axis, tensor along the other."""

from typing import Any

import torch.distributed as dist
from torch.nn.functional import mse_loss

from lecture_tracer import ranks
from lectures.lecture_08.data_parallel import mean_over_ranks, rows_of
from lectures.lecture_08.model import (
    ROWS,
    STEPS,
    Stack,
    furthest,
    gloo,
    gradients_alone,
    initial_weights,
    optimizer_of,
)
from lectures.lecture_08.tensor_parallel import forward, over_ranks, shard


def train(rank: int, world_size: int) -> dict[str, float]:
    """Rank = 2 · replica + part. Loss after training, and the error of the first gradients."""
    with gloo(rank, world_size):
        replica, part = divmod(rank, 2)  # @inspect replica part
        tensor_group, data_group = groups(rank)
        pairs = [dist.get_process_group_ranks(g) for g in (tensor_group, data_group)]
        ranks("whom each rank talks to", tensor=pairs[0], data=pairs[1])  # @inspect pairs
        model = Stack(shard(initial_weights(), part, 2))
        optimizer = optimizer_of(list(model.parameters()))
        x, y = rows_of(replica, [ROWS // 2] * 2)  # @inspect x.shape
        losses, apart = [], 0.0
        for step in range(STEPS):
            optimizer.zero_grad()
            loss = mse_loss(forward(list(model.weights), x, tensor_group), y)
            loss.backward()
            for weight in model.weights:
                dist.all_reduce(weight.grad, group=data_group)
                assert weight.grad is not None
                weight.grad /= 2
            if step == 0:
                mine = [w.grad for w in model.weights if w.grad is not None]
                apart = over_ranks(furthest(mine, shard(gradients_alone(), part, 2)))
            optimizer.step()
            losses.append(mean_over_ranks(loss))
    return {"loss": losses[-1], "gradients": apart}


def groups(rank: int) -> tuple[Any, Any]:
    """This rank's group for activations and its group for gradients.

    Every rank has to create every group, its own or not, in the same order.
    """
    rows = [dist.new_group([0, 1]), dist.new_group([2, 3])]
    columns = [dist.new_group([0, 2]), dist.new_group([1, 3])]
    return rows[rank // 2], columns[rank % 2]
