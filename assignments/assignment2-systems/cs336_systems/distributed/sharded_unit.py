"""Weights that are gathered, freed and reduced together, each rank storing some rows of each.

A layer computes with `full`, a leaf tensor. Its storage is resized to nothing between uses, so
tensors that autograd saved in forward stay valid objects and see the values again once the weight
has been gathered for backward. Writes go through `.data`, which has its own version counter: the
values that autograd sees are the same before and after, so its check has nothing to protect.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor, nn

from cs336_systems.distributed.collectives import all_gather, reduce_scatter_mean


class ShardedWeight:
    """One weight of a unit: rank r has rows r·n … (r + 1)·n − 1, n = ceil(rows / world_size).

    `parameter` becomes the shard; it may have fewer than n rows, or none, on the last ranks.
    """

    def __init__(
        self, parameter: nn.Parameter, compute_dtype: torch.dtype | None, offset: int
    ) -> None:
        self.parameter = parameter
        self.rows, *rest = parameter.shape
        self.rows_per_rank = -(-self.rows // dist.get_world_size())
        self.shard_shape = (self.rows_per_rank, *rest)
        self.shard_slice = slice(offset, offset + self.rows_per_rank * parameter[0].numel())
        """Where this weight's shard lies in the unit's flat shard."""
        first = min(dist.get_rank() * self.rows_per_rank, self.rows)
        self.full = torch.empty_like(parameter, dtype=compute_dtype or parameter.dtype)
        self._num_bytes = self.full.untyped_storage().nbytes()
        parameter.data = parameter.data[first : first + self.rows_per_rank].clone()
        parameter.grad = None
        self.free()
        self.full.requires_grad_()

    def take_rows(self, whole: Tensor) -> None:
        """Let the shard be this rank's rows of `whole`, cast to its dtype."""
        first = min(dist.get_rank() * self.rows_per_rank, self.rows)
        self.parameter.data.copy_(whole[first : first + self.parameter.shape[0]])

    def allocate(self) -> None:
        """Give `full` memory, with arbitrary content."""
        self.full.untyped_storage().resize_(self._num_bytes)
        # A parameter may be frozen or unfrozen between steps.
        self.full.requires_grad_(self.parameter.requires_grad)

    def free(self) -> None:
        """Take the memory of `full` away."""
        self.full.untyped_storage().resize_(0)

    def pieces(self, whole: Tensor, gathered: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
        """Matching views of `whole` (rows, …) and of `gathered` (world, elements of flat shards).

        One pair, and a second one if the last rank with rows has fewer than the others.
        """
        by_rank = gathered[:, self.shard_slice].view(-1, *self.shard_shape)
        complete, rest = divmod(self.rows, self.rows_per_rank)
        split = complete * self.rows_per_rank
        yield whole[:split].view(complete, *self.shard_shape), by_rank[:complete]
        if rest:
            yield whole[split:], by_rank[complete, :rest]


@dataclass(frozen=True)
class _Reduction:
    """A reduce-scatter under way; holds its input, which must live until it is done."""

    work: dist.Work
    weights: Sequence[ShardedWeight]
    shards: Tensor
    gradients: Tensor


class ShardedUnit:
    """Weights of one dtype and device that travel in one collective, such as those of one block."""

    def __init__(
        self, parameters: Sequence[nn.Parameter], compute_dtype: torch.dtype | None
    ) -> None:
        self.weights: list[ShardedWeight] = []
        offset = 0
        for parameter in parameters:
            weight = ShardedWeight(parameter, compute_dtype, offset)
            self.weights.append(weight)
            offset = weight.shard_slice.stop
        self._shard_elements = offset
        self._world_size = dist.get_world_size()
        self._gathering: tuple[dist.Work, Tensor] | None = None
        self._is_gathered = False
        self._reductions: deque[_Reduction] = deque()

    @property
    def is_allocated(self) -> bool:
        """Whether full weights take memory now: gathered, or being gathered."""
        return self._is_gathered or self._gathering is not None

    def start_gather(self) -> None:
        """Begin to gather all weights from all ranks, unless that is done or under way."""
        if self.is_allocated:
            return
        example = self.weights[0].full
        shards = example.new_empty(self._shard_elements, requires_grad=False)
        for weight in self.weights:
            mine = weight.parameter.data
            target = shards[weight.shard_slice].view(weight.shard_shape)
            target[: mine.shape[0]].copy_(mine)
        gathered = shards.new_empty(self._world_size, self._shard_elements)
        self._gathering = all_gather(gathered.view(-1), shards), gathered

    def finish_gather(self) -> None:
        """Make every `full` usable, gathering first if nobody began to."""
        self.start_gather()
        if self._gathering is None:
            return
        work, gathered = self._gathering
        work.wait()
        for weight in self.weights:
            weight.allocate()
            for whole, piece in weight.pieces(weight.full.data, gathered):
                whole.copy_(piece)
        self._gathering = None
        self._is_gathered = True

    def release(self) -> None:
        """Free the full weights, also half gathered ones."""
        if self._gathering is not None:
            self._gathering[0].wait()  # the memory is written to until then
            self._gathering = None
        if self._is_gathered:
            for weight in self.weights:
                weight.free()
            self._is_gathered = False

    def start_reduction(self) -> None:
        """Begin to average the `full.grad` that exist, in the parameters' dtype; clears them."""
        weights = [weight for weight in self.weights if weight.full.grad is not None]
        gradients = weights[0].parameter.data.new_empty(self._world_size, self._shard_elements)
        for weight in weights:
            assert weight.full.grad is not None
            for whole, piece in weight.pieces(weight.full.grad, gradients):
                piece.copy_(whole)
            weight.full.grad = None
        shards = gradients.new_empty(self._shard_elements)
        work = reduce_scatter_mean(shards, gradients.view(-1))
        self._reductions.append(_Reduction(work, weights, shards, gradients))

    def finish_reduction(self) -> None:
        """Add the oldest averaged gradients that are under way to the parameters' `grad`."""
        reduction = self._reductions.popleft()
        reduction.work.wait()
        for weight in reduction.weights:
            shard = reduction.shards[weight.shard_slice].view(weight.shard_shape)
            mine = shard[: weight.parameter.shape[0]]
            if weight.parameter.grad is None:
                weight.parameter.grad = mine
            else:
                weight.parameter.grad += mine

    def full_values(self) -> list[Tensor]:
        """All rows of every weight in float32, the same on every rank, in new memory."""
        shards = torch.zeros(self._shard_elements, device=self.weights[0].full.device)
        for weight in self.weights:
            mine = weight.parameter.data
            shards[weight.shard_slice].view(weight.shard_shape)[: mine.shape[0]].copy_(mine)
        gathered = shards.new_empty(self._world_size, self._shard_elements)
        all_gather(gathered.view(-1), shards).wait()
        values = []
        for weight in self.weights:
            whole = shards.new_empty(weight.full.shape)
            for target, piece in weight.pieces(whole, gathered):
                target.copy_(piece)
            values.append(whole)
        return values
