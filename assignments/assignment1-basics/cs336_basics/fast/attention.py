"""Attention through PyTorch's fused kernels, and the switch that puts it into every model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional as F

from cs336_basics import model
from cs336_basics.attention import scaled_dot_product_attention

AttentionBackend = Literal["reference", "fused", "rotary"]


def fused_causal_attention(
    Q: Float[Tensor, "... q d_k"],
    K: Float[Tensor, "... k d_k"],
    V: Float[Tensor, "... k d_v"],
    mask: Bool[Tensor, "... q k"] | None = None,
) -> Float[Tensor, "... q d_v"]:
    """`scaled_dot_product_attention` through PyTorch's fused kernels, for causal layers.

    As many queries as keys: a given mask is taken to be the causal one and not read, because the
    FlashAttention kernel accepts the flag but no mask (Dao 2023). Otherwise (decoding with a
    cache) the mask is passed on.
    """
    if mask is not None and Q.shape[-2] == K.shape[-2]:
        return F.scaled_dot_product_attention(Q, K, V, is_causal=True)
    return F.scaled_dot_product_attention(Q, K, V, attn_mask=mask)


@contextmanager
def attention_backend(name: AttentionBackend) -> Iterator[None]:
    """Within the context every model computes attention with the named backend.

    "reference" is plain PyTorch, "fused" its own kernels. "rotary" is what is left to do for models
    whose layers hold a provider's kernel (`fast.layers`): with a cache, or with positions given,
    they take the fused one.
    """
    backends: dict[str, Callable[..., Tensor]] = {
        "reference": scaled_dot_product_attention,
        "fused": fused_causal_attention,
        "rotary": fused_causal_attention,
    }
    if name not in backends:
        raise ValueError(f"unknown attention backend {name!r}; choose from {sorted(backends)}")
    previous = model.scaled_dot_product_attention
    model.scaled_dot_product_attention = backends[name]
    try:
        yield
    finally:
        model.scaled_dot_product_attention = previous
