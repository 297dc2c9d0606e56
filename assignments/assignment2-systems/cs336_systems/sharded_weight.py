"""One weight of which each rank stores some rows: gather it, free it, reduce its gradient.

`full` is a leaf tensor that layers compute with. Its storage is resized to nothing between uses, so
tensors that autograd saved in forward stay valid objects and see the values again once the weight
has been gathered for backward. Writes go through `.data`, which has its own version counter: the
values that autograd sees are the same before and after, so its check has nothing to protect.
"""

from __future__ import annotations

from collections import deque

import torch
import torch.distributed as dist
from torch import Tensor, nn

from cs336_systems.collectives import all_gather, reduce_scatter_mean


class ShardedWeight:
    """Rows rank·n … (rank+1)·n − 1 of `parameter`, n = ceil(rows / world_size), padded at the end.

    `parameter` itself becomes the shard; it may have fewer than n rows, or none, on the last ranks.
    """

    def __init__(self, parameter: nn.Parameter, compute_dtype: torch.dtype | None) -> None:
        world_size = dist.get_world_size()
        rows, *rest = parameter.shape
        self.parameter = parameter
        self._rows = rows
        self._rows_per_rank = -(-rows // world_size)
        first = min(dist.get_rank() * self._rows_per_rank, rows)
        last = min(first + self._rows_per_rank, rows)
        self._buffer = torch.empty(
            (self._rows_per_rank * world_size, *rest),
            dtype=compute_dtype or parameter.dtype,
            device=parameter.device,
        )
        self._num_bytes = self._buffer.untyped_storage().nbytes()
        self.full = self._buffer[:rows].requires_grad_()
        self._gathering: dist.Work | None = None
        self._reducing: deque[tuple[dist.Work, Tensor, Tensor]] = deque()
        parameter.data = parameter.data[first:last].clone()
        parameter.grad = None
        self.release()

    def start_gather(self) -> None:
        """Begin to fill `full` from all ranks, unless it is filled or being filled."""
        if self.is_allocated:
            return
        self._buffer.untyped_storage().resize_(self._num_bytes)
        # A parameter may be frozen or unfrozen between steps.
        self.full.requires_grad_(self.parameter.requires_grad)
        shard = self._padded(self.parameter.data.to(self._buffer.dtype), self._rows_per_rank)
        self._gathering = all_gather(self._buffer.data, shard)

    def finish_gather(self) -> None:
        """Make `full` usable, gathering it first if nobody began to."""
        self.start_gather()
        if self._gathering is not None:
            self._gathering.wait()
            self._gathering = None

    def release(self) -> None:
        """Free the memory of `full`."""
        if self._gathering is not None:
            self._gathering.wait()
            self._gathering = None
        self._buffer.untyped_storage().resize_(0)

    @property
    def is_allocated(self) -> bool:
        """Whether `full` takes memory now: gathered, or being gathered."""
        return self._buffer.untyped_storage().nbytes() > 0

    def start_reduction(self) -> None:
        """Begin to average `full.grad` over ranks in the parameter's dtype, and clear it."""
        gradient = self.full.grad
        assert gradient is not None
        self.full.grad = None
        gradient = self._padded(
            gradient.to(self.parameter.dtype).contiguous(), self._buffer.shape[0]
        )
        shard = gradient.new_empty(self._rows_per_rank, *gradient.shape[1:])
        self._reducing.append((reduce_scatter_mean(shard, gradient), shard, gradient))

    def finish_reduction(self) -> None:
        """Add the oldest averaged gradient that is under way to `parameter.grad`."""
        work, shard, _ = self._reducing.popleft()
        work.wait()
        mine = shard[: self.parameter.shape[0]]
        if self.parameter.grad is None:
            self.parameter.grad = mine
        else:
            self.parameter.grad += mine

    def full_values(self) -> Tensor:
        """A new float32 tensor with all rows, the same on every rank."""
        shard = self._padded(self.parameter.data.float(), self._rows_per_rank)
        values = shard.new_empty(self._buffer.shape)
        all_gather(values, shard).wait()
        return values[: self._rows]

    @staticmethod
    def _padded(tensor: Tensor, rows: int) -> Tensor:
        """`tensor` itself if it has `rows` rows, else a copy with zero rows at the end."""
        if tensor.shape[0] == rows:
            return tensor
        padded = tensor.new_zeros(rows, *tensor.shape[1:])
        padded[: tensor.shape[0]] = tensor
        return padded
