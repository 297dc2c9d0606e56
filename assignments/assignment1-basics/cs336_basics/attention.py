"""Scaled dot-product attention and the causal mask; `fast.attention` has a fused drop-in.

Shape letters: q queries, k keys, H heads, d_k width of a head, `...` any leading dimensions.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from cs336_basics.nn_utils import softmax


def scaled_dot_product_attention(
    Q: Float[Tensor, "... q d_k"],
    K: Float[Tensor, "... k d_k"],
    V: Float[Tensor, "... k d_v"],
    mask: Bool[Tensor, "... q k"] | None = None,
) -> Float[Tensor, "... q d_v"]:
    """softmax(Q K^T / sqrt(d_k)) V (Vaswani et al. 2017, eq. 1); True in `mask` means attend.

    Scores of bf16 and fp16 inputs are normalised in float32. A query that may attend to no key
    returns zeros.
    """
    scores = Q @ K.transpose(-2, -1) / math.sqrt(Q.shape[-1])
    if scores.dtype in (torch.float16, torch.bfloat16):
        scores = scores.float()
    if mask is None:
        return softmax(scores, dim=-1).to(V.dtype) @ V
    weights = softmax(scores.masked_fill(~mask, -math.inf), dim=-1)
    # Only a row without any key is NaN here, and such a row is masked throughout.
    return weights.masked_fill(~mask, 0.0).to(V.dtype) @ V


def causal_mask(
    query_length: int, key_length: int, device: torch.device | None = None
) -> Bool[Tensor, "q k"]:
    """True where key j <= query i, the last query being aligned with the last key."""
    queries = torch.arange(key_length - query_length, key_length, device=device)
    keys = torch.arange(key_length, device=device)
    return keys[None, :] <= queries[:, None]
