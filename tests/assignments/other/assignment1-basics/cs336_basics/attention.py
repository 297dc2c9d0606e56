"""Attention."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from cs336_basics.nn_utils import softmax


def scaled_dot_product_attention(
    Q: Tensor, K: Tensor, V: Tensor, mask: Tensor | None = None
) -> Tensor:
    """softmax(Q K^T / sqrt(d_k)) V; True means attend."""
    scores = torch.einsum("...qd,...kd->...qk", Q, K) / math.sqrt(Q.shape[-1])
    if mask is not None:
        scores = scores.masked_fill(~mask, float("-inf"))
    return torch.einsum("...qk,...kd->...qd", softmax(scores, -1), V)


def causal_mask(query_length: int, key_length: int, device: torch.device | None = None) -> Tensor:
    """True where a query may look, the last query being at the last key."""
    query = torch.arange(key_length - query_length, key_length, device=device)
    return query[:, None] >= torch.arange(key_length, device=device)
