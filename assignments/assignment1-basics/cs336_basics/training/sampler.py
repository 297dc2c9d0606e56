"""Which windows of the data each iteration reads: a pure function of the seed and the iteration."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int64
from numpy.typing import NDArray
from torch import Tensor

from cs336_basics.data import TokenArray, cut_windows, sample_starts


class WindowSampler:
    """Random windows per iteration, for one rank of `world_size` and `micro_batches` steps.

    The starts of the whole batch come from a generator seeded with (seed, iteration); ranks and
    accumulation steps take consecutive parts. So the position in the data is the iteration itself,
    a resumed run continues with the same windows, and the data do not depend on how the batch is
    divided.
    """

    def __init__(
        self,
        tokens: TokenArray,
        batch_size: int,
        context_length: int,
        seed: int,
        *,
        rank: int = 0,
        world_size: int = 1,
        micro_batches: int = 1,
    ) -> None:
        if batch_size % (world_size * micro_batches):
            raise ValueError(
                f"batch_size {batch_size} cannot be divided among {world_size} processes "
                f"and {micro_batches} accumulation steps"
            )
        self.tokens = tokens
        self.context_length = context_length
        self.micro_batches = micro_batches
        self.micro_batch_size = batch_size // (world_size * micro_batches)
        self._batch_size = batch_size
        self._seed = seed
        self._rank = rank
        sample_starts(len(tokens), 1, context_length, np.random.default_rng(0))  # long enough?

    def starts(self, iteration: int) -> NDArray[np.int64]:
        """(micro_batches, micro_batch_size) window starts of this rank."""
        rng = np.random.default_rng((self._seed, iteration))
        starts = sample_starts(len(self.tokens), self._batch_size, self.context_length, rng)
        shape = (self.micro_batches, self.micro_batch_size)
        world_size = len(starts) // (shape[0] * shape[1])
        part: NDArray[np.int64] = starts.reshape(world_size, *shape)[self._rank]
        return part

    def batches(
        self, iteration: int
    ) -> list[tuple[Int64[Tensor, "batch seq"], Int64[Tensor, "batch seq"]]]:
        """The (x, y) of every accumulation step, on the CPU."""
        return [
            cut_windows(self.tokens, starts, self.context_length)
            for starts in self.starts(iteration)
        ]
