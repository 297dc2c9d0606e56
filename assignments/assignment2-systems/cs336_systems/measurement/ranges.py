"""Named ranges for profilers, and an attention that shows its parts in them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from cs336_basics import model as basics_model
from cs336_basics.nn_utils import softmax
from torch import Tensor
from torch.profiler import record_function

ATTENTION_RANGES = ("attention scores", "attention softmax", "attention output")


@contextmanager
def named_range(name: str) -> Iterator[None]:
    """Label the enclosed work in `torch.profiler` and, on a GPU, in Nsight Systems (NVTX)."""
    if torch.cuda.is_available():
        torch.cuda.nvtx.range_push(name)  # type: ignore[no-untyped-call]
    try:
        with record_function(name):
            yield
    finally:
        if torch.cuda.is_available():
            torch.cuda.nvtx.range_pop()  # type: ignore[no-untyped-call]


def labelled_attention(Q: Tensor, K: Tensor, V: Tensor, mask: Tensor | None = None) -> Tensor:
    """`scaled_dot_product_attention` of `cs336_basics.model`, each part in a range of its own.

    Shapes (…, q, d_k), (…, k, d_k), (…, k, d_v) → (…, q, d_v); in bool `mask` True means attend,
    and every query must attend to some key, as in causal attention.
    """
    with named_range("attention scores"):
        scores = Q @ K.transpose(-2, -1) / math.sqrt(Q.shape[-1])
        if mask is not None:
            scores = scores.masked_fill(~mask, -math.inf)
    with named_range("attention softmax"):
        weights = softmax(scores.float() if scores.dtype != torch.float64 else scores, dim=-1)
    with named_range("attention output"):
        return weights.to(V.dtype) @ V


@contextmanager
def attention_ranges() -> Iterator[None]:
    """Within the context every model of `cs336_basics` runs `labelled_attention`."""
    plain = basics_model.scaled_dot_product_attention
    basics_model.scaled_dot_product_attention = labelled_attention
    try:
        yield
    finally:
        basics_model.scaled_dot_product_attention = plain
