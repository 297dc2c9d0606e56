"""The decoder-only Transformer language model: attention layer, block, stack of blocks, head.

Shape letters: B batch, T sequence, D d_model, F d_ff, V vocabulary, H heads, `...` any leading
dimensions. Every layer named in the assignment can be imported from here. The attention layer looks
`scaled_dot_product_attention` up in this module at each call, so replacing that name changes the
attention of every model: profilers do, and `fast.attention`. What is faster and longer to read
stands beside this page, in `fast.layers`.
"""

from __future__ import annotations

from typing import Literal, get_args

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from cs336_basics.attention import causal_mask, scaled_dot_product_attention
from cs336_basics.kv_cache import KVCache, LayerCache
from cs336_basics.layers import (
    Embedding,
    Linear,
    RMSNorm,
    RotaryPositionalEmbedding,
    SiLUFeedForward,
    SwiGLU,
    silu,
)

__all__ = [
    "BasicsTransformerLM",
    "Embedding",
    "Linear",
    "MultiHeadSelfAttention",
    "RMSNorm",
    "RotaryPositionalEmbedding",
    "SiLUFeedForward",
    "SwiGLU",
    "TransformerBlock",
    "TransformerLM",
    "scaled_dot_product_attention",
    "silu",
]

NormPlacement = Literal["pre", "post", "none"]
FeedForward = Literal["swiglu", "silu"]


class MultiHeadSelfAttention(nn.Module):
    """Causal multi-head self-attention, (..., T, D) -> (..., T, D) (Vaswani et al. 2017, 3.2.2).

    Projections of queries and output are (D, D), those of keys and values (num_kv_heads * d_k, D),
    with the rows of q, k and v ordered head by head. `num_kv_heads=None` means as many as there are
    queries' heads; with fewer, H / num_kv_heads neighbouring queries' heads share one head of keys
    and values (grouped queries, Ainslie et al. 2023), and a cache holds only those. With `theta`
    queries and keys are rotated (RoPE), which needs `max_seq_len`; `theta=None` leaves positions
    out.
    """

    def __init__(
        self,
        d_model: int,
        num_heads: int,
        max_seq_len: int | None = None,
        theta: float | None = None,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
        num_kv_heads: int | None = None,
    ) -> None:
        super().__init__()
        num_kv_heads = num_heads if num_kv_heads is None else num_kv_heads
        if num_heads < 1 or d_model % num_heads:
            raise ValueError(f"d_model {d_model} must be a multiple of num_heads {num_heads}")
        if num_kv_heads < 1 or num_heads % num_kv_heads:
            raise ValueError(
                f"num_heads {num_heads} must be a multiple of num_kv_heads {num_kv_heads}"
            )
        self.d_k = d_k = d_model // num_heads
        self.num_heads = num_heads
        self.num_kv_heads = num_kv_heads
        self.q_proj = Linear(d_model, d_model, device, dtype)
        self.k_proj = Linear(d_model, num_kv_heads * d_k, device, dtype)
        self.v_proj = Linear(d_model, num_kv_heads * d_k, device, dtype)
        self.output_proj = Linear(d_model, d_model, device, dtype)
        self.rope: RotaryPositionalEmbedding | None = None
        if theta is not None:
            if max_seq_len is None:
                raise ValueError("RoPE (theta) needs max_seq_len, the longest sequence to expect")
            self.rope = RotaryPositionalEmbedding(theta, d_k, max_seq_len, device)

    def forward(
        self,
        x: Float[Tensor, "... seq d_model"],
        token_positions: Int[Tensor, "*shape"] | None = None,
        cache: LayerCache | None = None,
    ) -> Float[Tensor, "... seq d_model"]:
        """Attend from each position of `x` to itself and earlier ones.

        `token_positions` (T,), (1, T) or (..., T) default to 0, 1, ..., T-1, counted on from the
        positions in `cache` when one is given.
        """
        length = x.shape[-2]
        projected = self.project(x)
        # Q (..., H, T, d_k), K and V (..., num_kv_heads, T, d_k)
        Q, K, V = (self._split_heads(part) for part in projected)
        if self.rope is not None:
            if token_positions is None:
                start = 0 if cache is None else cache.length
                token_positions = torch.arange(start, start + length, device=x.device)
            if token_positions.ndim > 1:
                token_positions = token_positions.unsqueeze(-2)  # the same for every head
            Q, K = self.rope(Q, token_positions), self.rope(K, token_positions)
        if cache is not None:
            K, V = cache.append(K, V)
        if self.num_kv_heads < self.num_heads:
            group = self.num_heads // self.num_kv_heads
            K, V = K.repeat_interleave(group, dim=-3), V.repeat_interleave(group, dim=-3)
        mask = causal_mask(length, K.shape[-2], x.device)
        heads = scaled_dot_product_attention(Q, K, V, mask)
        output: Tensor = self.output_proj(heads.transpose(-3, -2).flatten(-2))
        return output

    def project(self, x: Float[Tensor, "... seq d_model"]) -> tuple[Tensor, ...]:
        """Queries, keys and values, each (..., T, heads * d_k), the heads side by side."""
        return self.q_proj(x), self.k_proj(x), self.v_proj(x)

    def _split_heads(self, x: Float[Tensor, "... seq width"]) -> Float[Tensor, "... h seq d_k"]:
        heads = x.reshape(*x.shape[:-1], -1, self.d_k)
        return heads.transpose(-3, -2)


class TransformerBlock(nn.Module):
    """Attention and feed-forward, each with a residual connection: (..., T, D) -> (..., T, D).

    norm="pre" (the default): x + f(norm(x)) (Xiong et al. 2020); "post": norm(x + f(x)), the
    original order; "none": x + f(x).
    """

    def __init__(
        self,
        d_model: int,
        num_heads: int,
        d_ff: int,
        max_seq_len: int,
        theta: float | None,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
        num_kv_heads: int | None = None,
        *,
        norm: NormPlacement = "pre",
        feed_forward: FeedForward = "swiglu",
    ) -> None:
        super().__init__()
        _check_choice("norm", norm, get_args(NormPlacement))
        _check_choice("feed_forward", feed_forward, get_args(FeedForward))
        self.norm_placement = norm
        self.ln1 = _norm(norm, d_model, device, dtype)
        self.ln2 = _norm(norm, d_model, device, dtype)
        self.attn = MultiHeadSelfAttention(
            d_model, num_heads, max_seq_len, theta, device, dtype, num_kv_heads
        )
        ffn_class = SwiGLU if feed_forward == "swiglu" else SiLUFeedForward
        self.ffn = ffn_class(d_model, d_ff, device, dtype)

    def forward(
        self,
        x: Float[Tensor, "... seq d_model"],
        token_positions: Int[Tensor, "*shape"] | None = None,
        cache: LayerCache | None = None,
    ) -> Float[Tensor, "... seq d_model"]:
        output: Tensor
        if self.norm_placement == "post":
            x = self.ln1(x + self.attn(x, token_positions, cache))
            output = self.ln2(x + self.ffn(x))
            return output
        normed = self.ln1(x)
        x = x + self.attn(normed, token_positions, cache)
        normed = self.ln2(x)
        output = x + self.ffn(normed)
        return output


class TransformerLM(nn.Module):
    """ids (B, T <= context_length) -> logits (B, T, V) of the next token at every position.

    rope_theta=None leaves positions out (NoPE); `num_kv_heads` below `num_heads` groups queries
    (MultiHeadSelfAttention); `norm` and `feed_forward` choose the ablations of TransformerBlock;
    `tie_embeddings` uses the embedding matrix as the head (Press & Wolf 2017).
    """

    def __init__(
        self,
        vocab_size: int,
        context_length: int,
        d_model: int,
        num_layers: int,
        num_heads: int,
        d_ff: int,
        rope_theta: float | None = 1e4,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
        num_kv_heads: int | None = None,
        *,
        norm: NormPlacement = "pre",
        feed_forward: FeedForward = "swiglu",
        tie_embeddings: bool = False,
    ) -> None:
        super().__init__()
        self.vocab_size = vocab_size
        self.context_length = context_length
        # A tied matrix also makes the logits: unit rows would start them at a deviation of sqrt(D).
        std = d_model**-0.5 if tie_embeddings else 1.0
        self.token_embeddings = Embedding(vocab_size, d_model, device, dtype, std=std)
        self.layers = nn.ModuleList(
            TransformerBlock(
                d_model, num_heads, d_ff, context_length, rope_theta, device, dtype, num_kv_heads,
                norm=norm, feed_forward=feed_forward,
            )
            for _ in range(num_layers)
        )  # fmt: skip
        self.ln_final = _norm(norm, d_model, device, dtype)
        self.lm_head = Linear(d_model, vocab_size, device, dtype)
        if tie_embeddings:
            self.lm_head.weight = self.token_embeddings.weight

    def forward(
        self, ids: Int[Tensor, "batch seq"], cache: KVCache | None = None
    ) -> Float[Tensor, "batch seq vocab"]:
        """Logits of `ids`; with `cache` the ids continue the sequence already in it."""
        past = 0 if cache is None else cache.length
        if past + ids.shape[-1] > self.context_length:
            raise ValueError(
                f"{past + ids.shape[-1]} tokens exceed the model's context length "
                f"{self.context_length}; pass fewer tokens or build the model with a longer context"
            )
        x = self.token_embeddings(ids)
        for index, layer in enumerate(self.layers):
            x = layer(x, None, None if cache is None else cache.layers[index])
        logits: Tensor = self.lm_head(self.ln_final(x))
        return logits

    def new_cache(self) -> KVCache:
        """An empty key/value cache for this model's layers and context length."""
        return KVCache(len(self.layers), self.context_length)


BasicsTransformerLM = TransformerLM


def _norm(
    placement: NormPlacement,
    d_model: int,
    device: torch.device | str | None,
    dtype: torch.dtype | None,
) -> nn.Module:
    if placement == "none":
        return nn.Identity()
    return RMSNorm(d_model, device=device, dtype=dtype)


def _check_choice(field: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ValueError(f"unknown {field} {value!r}; choose from {list(choices)}")
