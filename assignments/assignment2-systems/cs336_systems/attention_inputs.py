"""Checks that every attention entry point makes before it computes anything.

A kernel that is handed a wrong shape or a pointer of another device answers with garbage or
crashes the process; these checks turn that into one line that names the argument.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

SUPPORTED_DTYPES = (torch.float32, torch.float16, torch.bfloat16)
MAX_HEAD_DIM = 256
MIN_HEAD_DIM = 1


class AttentionInputError(ValueError):
    """Queries, keys and values that no attention kernel here can take."""


def _check_each(name: str, tensor: Tensor, rank: int, dtypes: tuple[torch.dtype, ...]) -> None:
    if not isinstance(tensor, Tensor):
        raise AttentionInputError(f"{name}: expected a tensor, got {type(tensor).__name__}")
    if tensor.dim() != rank:
        axes = "(batch, tokens, d)" if rank == 3 else "(batch, heads, tokens, d)"
        raise AttentionInputError(f"{name}: expected {axes}, got shape {tuple(tensor.shape)}")
    if tensor.dtype not in dtypes:
        allowed = ", ".join(str(dtype).removeprefix("torch.") for dtype in dtypes)
        raise AttentionInputError(f"{name}: dtype {tensor.dtype} is not one of {allowed}")
    if tensor.numel() == 0:
        raise AttentionInputError(f"{name}: empty, shape {tuple(tensor.shape)}")


def check_attention_inputs(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    *,
    rank: int = 4,
    dtypes: tuple[torch.dtype, ...] = SUPPORTED_DTYPES,
    head_dims: range = range(MIN_HEAD_DIM, MAX_HEAD_DIM + 1),
) -> None:
    """Raise `AttentionInputError` unless q, k and v fit each other.

    rank 3: q (B, Tq, d), k and v (B, Tk, d). rank 4: q (B, Hq, Tq, d), k and v (B, Hkv, Tk, d)
    with Hkv dividing Hq (grouped-query attention, https://arxiv.org/abs/2305.13245).
    Strides are free except that the last dimension is read as it is laid out.
    """
    for name, tensor in (("q", q), ("k", k), ("v", v)):
        _check_each(name, tensor, rank, dtypes)
    for name, tensor in (("k", k), ("v", v)):
        if tensor.dtype != q.dtype:
            raise AttentionInputError(f"{name}: dtype {tensor.dtype} differs from q's {q.dtype}")
        if tensor.device != q.device:
            raise AttentionInputError(f"{name}: on {tensor.device}, but q is on {q.device}")
        if tensor.shape[0] != q.shape[0]:
            raise AttentionInputError(f"{name}: batch {tensor.shape[0]}, but q has {q.shape[0]}")
        if tensor.shape[-1] != q.shape[-1]:
            raise AttentionInputError(
                f"{name}: head dimension {tensor.shape[-1]}, but q has {q.shape[-1]}"
            )
    if k.shape != v.shape:
        raise AttentionInputError(
            f"v: shape {tuple(v.shape)} differs from k's {tuple(k.shape)}; they pair up row by row"
        )
    if rank == 4 and q.shape[1] % k.shape[1]:
        raise AttentionInputError(
            f"k: {k.shape[1]} heads do not divide q's {q.shape[1]} heads (grouped-query attention)"
        )
    if q.shape[-1] not in head_dims:
        raise AttentionInputError(
            f"q: head dimension {q.shape[-1]} is outside {head_dims.start}..{head_dims.stop - 1}"
        )


def default_scale(head_dim: int, scale: float | None) -> float:
    """1/sqrt(d) unless the caller gives a finite positive factor."""
    if scale is None:
        return 1.0 / math.sqrt(head_dim)
    if not math.isfinite(scale) or scale <= 0:
        raise AttentionInputError(f"scale: {scale!r} is not a finite positive number")
    return float(scale)
