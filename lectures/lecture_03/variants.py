"""Assignment 1's model with one part exchanged: what lecture 3 compares.

Shape letters: B batch, T sequence, D d_model, F d_ff, H heads, d_k width of a head.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from cs336_basics.attention import causal_mask, scaled_dot_product_attention
from cs336_basics.kv_cache import LayerCache
from cs336_basics.layers import Linear, RMSNorm, silu
from cs336_basics.model import MultiHeadSelfAttention, NormPlacement, TransformerLM
from torch import Tensor, nn

FeedForward = Literal["relu", "silu", "reglu", "swiglu"]
Positions = Literal["rope", "none", "interleaved"]
FUNCTIONS: dict[FeedForward, Callable[[Tensor], Tensor]] = {
    "relu": F.relu,
    "silu": silu,
    "reglu": F.relu,
    "swiglu": silu,
}


@dataclass(frozen=True)
class Shape:
    """A model: its sizes, and the one choice or two in which it differs from the default.

    `positions="interleaved"`: layers are local (a window of `window` tokens) with RoPE, except that
    every `global_every`-th attends to everything, without positions.
    """

    d_model: int = 64
    layers: int = 2
    heads: int = 4
    context: int = 256
    norm: NormPlacement = "pre"
    norm_kind: Literal["rms", "layer"] = "rms"
    feed_forward: FeedForward = "swiglu"
    positions: Positions = "rope"
    qk_norm: bool = False
    window: int = 16
    global_every: int = 4

    @property
    def gated(self) -> bool:
        """Whether the feed-forward has three matrices."""
        return self.feed_forward.endswith("glu")

    @property
    def d_ff(self) -> int:
        """4 D for two matrices and 8/3 D for three: the same number of parameters."""
        return 8 * self.d_model // 3 if self.gated else 4 * self.d_model


class PlainFeedForward(nn.Module):
    """w2(f(w1 x)): (..., D) -> (..., D), two matrices and any function between them."""

    def __init__(self, d_model: int, d_ff: int, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.w1, self.w2 = Linear(d_model, d_ff), Linear(d_ff, d_model)
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        """(..., D) -> (..., D)."""
        output: Tensor = self.w2(self.function(self.w1(x)))
        return output


class GatedFeedForward(PlainFeedForward):
    """w2(f(w1 x) * w3 x): (..., D) -> (..., D) (Shazeer 2020)."""

    def __init__(self, d_model: int, d_ff: int, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__(d_model, d_ff, function)
        self.w3 = Linear(d_model, d_ff)

    def forward(self, x: Tensor) -> Tensor:
        """(..., D) -> (..., D)."""
        output: Tensor = self.w2(self.function(self.w1(x)) * self.w3(x))
        return output


class QKNormAttention(MultiHeadSelfAttention):
    """Attention whose queries and keys are normalized, head by head, before they are rotated.

    Each has a gain of d_k numbers that all heads share (Dehghani et al. 2023, section 2.2).
    """

    def __init__(self, d_model: int, num_heads: int, max_seq_len: int, theta: float | None) -> None:
        super().__init__(d_model, num_heads, max_seq_len, theta)
        self.q_norm, self.k_norm = RMSNorm(self.d_k), RMSNorm(self.d_k)

    def project(self, x: Tensor) -> tuple[Tensor, ...]:
        """Queries, keys and values, each (..., T, H d_k)."""
        q, k, v = super().project(x)
        by_head = (*q.shape[:-1], -1, self.d_k)
        q = self.q_norm(q.reshape(by_head)).flatten(-2)
        k = self.k_norm(k.reshape(by_head)).flatten(-2)
        return q, k, v


class LocalAttention(MultiHeadSelfAttention):
    """Attention to the last `window` tokens only, the query's own included."""

    window: int = 16

    def forward(
        self, x: Tensor, token_positions: Tensor | None = None, cache: LayerCache | None = None
    ) -> Tensor:
        """(..., T, D) -> (..., T, D), from position 0 on; without a cache."""
        assert cache is None
        assert self.rope is not None
        length = x.shape[-2]
        Q, K, V = (self._split_heads(part) for part in self.project(x))
        positions = torch.arange(length, device=x.device)
        Q, K = self.rope(Q, positions), self.rope(K, positions)
        heads = scaled_dot_product_attention(Q, K, V, local_mask(length, self.window, x.device))
        output: Tensor = self.output_proj(heads.transpose(-3, -2).flatten(-2))
        return output


def local_mask(length: int, window: int, device: torch.device | None = None) -> Tensor:
    """(length, length) bool: True where the key is one of the `window` last up to the query."""
    near = causal_mask(length, length, device).tril(0)
    return near & ~near.tril(-window)


def build(shape: Shape, vocabulary: int) -> TransformerLM:
    """Assignment 1's model of this shape, with the parts that it does not have itself put in."""
    theta = 1e4 if shape.positions == "rope" else None
    model = TransformerLM(
        vocabulary, shape.context, shape.d_model, shape.layers, shape.heads, shape.d_ff, theta,
        norm=shape.norm,
    )  # fmt: skip
    for index, layer in enumerate(model.layers):
        if shape.feed_forward != "swiglu":
            kind = GatedFeedForward if shape.gated else PlainFeedForward
            layer.ffn = kind(shape.d_model, shape.d_ff, FUNCTIONS[shape.feed_forward])
        if shape.qk_norm:
            layer.attn = QKNormAttention(shape.d_model, shape.heads, shape.context, theta)
        if shape.positions == "interleaved" and (index + 1) % shape.global_every:
            layer.attn = LocalAttention(shape.d_model, shape.heads, shape.context, theta=1e4)
            layer.attn.window = shape.window
        if shape.norm_kind == "layer":
            layer.ln1, layer.ln2 = nn.LayerNorm(shape.d_model), nn.LayerNorm(shape.d_model)
    if shape.norm_kind == "layer":
        model.ln_final = nn.LayerNorm(shape.d_model)
    return model
