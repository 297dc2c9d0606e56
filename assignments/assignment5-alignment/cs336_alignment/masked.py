"""Sums and means over the positions that a mask selects."""

from __future__ import annotations

from jaxtyping import Bool, Float
from torch import Tensor


def masked_normalize(
    tensor: Float[Tensor, "*shape"],
    mask: Bool[Tensor, "*shape"],
    normalize_constant: float = 1.0,
    dim: int | None = None,
) -> Float[Tensor, "*reduced"]:
    """Sum of `tensor` where `mask` is true, divided by the constant; over all elements or `dim`.

    What lies under a false mask does not enter, not even a NaN.
    """
    kept = tensor.masked_fill(~mask.bool(), 0.0)
    return (kept.sum() if dim is None else kept.sum(dim=dim)) / normalize_constant


def masked_mean(
    tensor: Float[Tensor, "*shape"], mask: Bool[Tensor, "*shape"], dim: int | None = None
) -> Float[Tensor, "*reduced"]:
    """Mean of `tensor` where `mask` is true, over all elements or `dim`; NaN where it is empty."""
    kept = tensor.masked_fill(~mask.bool(), 0.0)
    if dim is None:
        return kept.sum() / mask.sum()
    return kept.sum(dim=dim) / mask.sum(dim=dim)
