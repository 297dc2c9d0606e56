"""Attention written straight from its definition: the oracle of every faster version.

It materialises the (Tq, Tk) score matrix, so its memory grows with the square of the sequence:
exactly what FlashAttention avoids. Run it in float64 to judge the kernels.
"""

from __future__ import annotations

import torch
from torch import Tensor

from cs336_systems.attention_inputs import check_attention_inputs, default_scale

_ORACLE_DTYPES = (torch.float64, torch.float32, torch.float16, torch.bfloat16)


def causal_mask(queries: int, keys: int, device: torch.device) -> Tensor:
    """(Tq, Tk) bool, True where query i may attend to key j: j <= i, aligned at the top left."""
    rows = torch.arange(queries, device=device)
    return rows[:, None] >= torch.arange(keys, device=device)[None, :]


def attention_with_logsumexp(
    q: Tensor, k: Tensor, v: Tensor, is_causal: bool = False, scale: float | None = None
) -> tuple[Tensor, Tensor]:
    """Softmax attention and its row log-sum-exp, in the dtype of the inputs.

    q (B, Hq, Tq, d); k, v (B, Hkv, Tk, d) with Hkv dividing Hq -> output (B, Hq, Tq, d) and
    log-sum-exp (B, Hq, Tq). Differentiable by autograd. Any head dimension.
    """
    check_attention_inputs(q, k, v, dtypes=_ORACLE_DTYPES, head_dims=range(1, 1 << 16))
    group = q.shape[1] // k.shape[1]
    k, v = k.repeat_interleave(group, dim=1), v.repeat_interleave(group, dim=1)
    scores = q @ k.transpose(-1, -2) * default_scale(q.shape[-1], scale)
    if is_causal:
        mask = causal_mask(q.shape[-2], k.shape[-2], q.device)
        scores = scores.masked_fill(~mask, float("-inf"))
    return torch.softmax(scores, dim=-1) @ v, torch.logsumexp(scores, dim=-1)


def attention_reference(
    q: Tensor, k: Tensor, v: Tensor, is_causal: bool = False, scale: float | None = None
) -> Tensor:
    """The output of `attention_with_logsumexp` alone."""
    return attention_with_logsumexp(q, k, v, is_causal, scale)[0]
