"""The attention problems that the benchmarks time, and random inputs for them."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


class Shape(NamedTuple):
    """One benchmark case; q, k and v are all (batch, heads, tokens, head_dim)."""

    batch: int
    heads: int
    tokens: int
    head_dim: int
    is_causal: bool

    @property
    def forward_flop(self) -> float:
        """Operations of the two products of the forward pass."""
        full = 4.0 * self.batch * self.heads * self.tokens**2 * self.head_dim
        return full / 2 if self.is_causal else full

    @property
    def label(self) -> str:
        """B,H,T,d and the mask, as in the tables."""
        sizes = ",".join(map(str, self[:4]))
        return f"{sizes} {'causal' if self.is_causal else 'full'}"


LISTED_SHAPES = (
    Shape(1, 16, 16384, 64, True),
    Shape(4, 16, 4096, 128, True),
    Shape(2, 16, 8192, 128, True),
    Shape(4, 16, 4096, 128, False),
)


def random_inputs(shape: Shape, dtype: torch.dtype, count: int) -> list[tuple[Tensor, ...]]:
    """`count` sets of q, k, v (requiring gradients) and dO, standard normal."""
    size = shape[:4]
    return [
        (
            *(torch.randn(size, device="cuda", dtype=dtype, requires_grad=True) for _ in range(3)),
            torch.randn(size, device="cuda", dtype=dtype),
        )
        for _ in range(count)
    ]
