"""The decoder-only Transformer language model: attention layer, block, stack of blocks, head.

Shape letters: B batch, T sequence, D d_model, F d_ff, V vocabulary, H heads, `...` any leading
dimensions. Every layer named in the assignment can be imported from here. The attention layer looks
`scaled_dot_product_attention` up in this module at each call, so replacing that name (see
`attention_backend`) changes the kernel of every model; `packed_attention`, if set, takes the whole
way from the joint projection to the heads' outputs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal, get_args

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from cs336_basics.attention import (
    causal_mask,
    fused_causal_attention,
    scaled_dot_product_attention,
)
from cs336_basics.kernels import PackedAttention, ResidualNorm, rotary_attention_kernel
from cs336_basics.kv_cache import KVCache, LayerCache
from cs336_basics.layers import (
    Embedding,
    Linear,
    RMSNorm,
    RotaryPositionalEmbedding,
    SiLUFeedForward,
    SwiGLU,
    joint_projection,
    project_jointly,
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
    "attention_backend",
    "scaled_dot_product_attention",
    "silu",
]

NormPlacement = Literal["pre", "post", "none"]
FeedForward = Literal["swiglu", "silu"]
AttentionBackend = Literal["reference", "fused", "rotary"]
_reference_attention = scaled_dot_product_attention
packed_attention: PackedAttention | None = None


@contextmanager
def attention_backend(name: AttentionBackend) -> Iterator[None]:
    """Within the context every model computes attention with the named backend.

    "reference" is plain PyTorch, "fused" its own kernels. "rotary" is assignment 2's kernel, which
    rotates inside; with a cache or with positions given it is "fused", too.

    Raises:
        MissingKernelError: "rotary" without assignment 2.
    """
    global scaled_dot_product_attention, packed_attention
    backends: dict[str, Callable[..., Tensor]] = {
        "reference": _reference_attention,
        "fused": fused_causal_attention,
        "rotary": fused_causal_attention,
    }
    if name not in backends:
        raise ValueError(f"unknown attention backend {name!r}; choose from {sorted(backends)}")
    packed = rotary_attention_kernel() if name == "rotary" else None
    previous = scaled_dot_product_attention, packed_attention
    scaled_dot_product_attention, packed_attention = backends[name], packed
    try:
        yield
    finally:
        scaled_dot_product_attention, packed_attention = previous


class MultiHeadSelfAttention(nn.Module):
    """Causal multi-head self-attention, (..., T, D) -> (..., T, D) (Vaswani et al. 2017, 3.2.2).

    The four projections are (D, D) with the rows of q, k and v ordered head by head. With `theta`
    queries and keys are rotated (RoPE), which needs `max_seq_len`; `theta=None` leaves positions
    out.
    """

    stacked_weight: Tensor | None

    def __init__(
        self,
        d_model: int,
        num_heads: int,
        max_seq_len: int | None = None,
        theta: float | None = None,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        if num_heads < 1 or d_model % num_heads:
            raise ValueError(f"d_model {d_model} must be a multiple of num_heads {num_heads}")
        self.num_heads = num_heads
        self.q_proj = Linear(d_model, d_model, device, dtype)
        self.k_proj = Linear(d_model, d_model, device, dtype)
        self.v_proj = Linear(d_model, d_model, device, dtype)
        self.output_proj = Linear(d_model, d_model, device, dtype)
        self.joint_projections = False
        # None, unless functional_call puts the stacked weights here.
        self.register_buffer("stacked_weight", None, persistent=False)
        self.rope: RotaryPositionalEmbedding | None = None
        if theta is not None:
            if max_seq_len is None:
                raise ValueError("RoPE (theta) needs max_seq_len, the longest sequence to expect")
            self.rope = RotaryPositionalEmbedding(theta, d_model // num_heads, max_seq_len, device)

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
        projections = (self.q_proj, self.k_proj, self.v_proj)
        output: Tensor
        if packed_attention is not None and token_positions is None and cache is None:
            output = self.output_proj(self._attend_packed(packed_attention, x))
            return output
        if self.joint_projections:
            projected = project_jointly(x, projections, self.stacked_weight)
        else:
            projected = tuple(projection(x) for projection in projections)
        Q, K, V = (self._split_heads(part) for part in projected)  # (..., H, T, d_k)
        if self.rope is not None:
            if token_positions is None:
                start = 0 if cache is None else cache.length
                token_positions = torch.arange(start, start + length, device=x.device)
            if token_positions.ndim > 1:
                token_positions = token_positions.unsqueeze(-2)  # the same for every head
            Q, K = self.rope(Q, token_positions), self.rope(K, token_positions)
        if cache is not None:
            K, V = cache.append(K, V)
        mask = causal_mask(length, K.shape[-2], x.device)
        heads = scaled_dot_product_attention(Q, K, V, mask)
        output = self.output_proj(heads.transpose(-3, -2).flatten(-2))
        return output

    def _attend_packed(
        self, attend: PackedAttention, x: Float[Tensor, "... seq d_model"]
    ) -> Float[Tensor, "... seq d_model"]:
        """The heads' outputs side by side, at positions 0, 1, ..., T-1."""
        projections = (self.q_proj, self.k_proj, self.v_proj)
        packed = joint_projection(x, projections, self.stacked_weight)
        cos = sin = None
        if self.rope is not None:
            cos, sin = self.rope.cos[: x.shape[-2]], self.rope.sin[: x.shape[-2]]
        heads = attend(packed.reshape(-1, *packed.shape[-2:]), self.num_heads, cos, sin)
        return heads.view(*x.shape[:-1], heads.shape[-1])

    def _split_heads(self, x: Float[Tensor, "... seq d_model"]) -> Float[Tensor, "... h seq d_k"]:
        heads = x.reshape(*x.shape[:-1], self.num_heads, -1)
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
        self.attn = MultiHeadSelfAttention(d_model, num_heads, max_seq_len, theta, device, dtype)
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
        residual, normed = _branch(self.ln1, x)
        x = residual + self.attn(normed, token_positions, cache)
        residual, normed = _branch(self.ln2, x)
        output = residual + self.ffn(normed)
        return output


class TransformerLM(nn.Module):
    """ids (B, T <= context_length) -> logits (B, T, V) of the next token at every position.

    rope_theta=None leaves positions out (NoPE); `norm` and `feed_forward` choose the ablations of
    TransformerBlock; `tie_embeddings` uses the embedding matrix as the head (Press & Wolf 2017).
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
        *,
        norm: NormPlacement = "pre",
        feed_forward: FeedForward = "swiglu",
        tie_embeddings: bool = False,
    ) -> None:
        super().__init__()
        self.vocab_size = vocab_size
        self.context_length = context_length
        self.residual_dtype: torch.dtype | None = None  # under autocast; None: the embedding's
        # A tied matrix also makes the logits: unit rows would start them at a deviation of sqrt(D).
        std = d_model**-0.5 if tie_embeddings else 1.0
        self.token_embeddings = Embedding(vocab_size, d_model, device, dtype, std=std)
        self.layers = nn.ModuleList(
            TransformerBlock(
                d_model, num_heads, d_ff, context_length, rope_theta, device, dtype,
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
        if self.residual_dtype is not None and torch.is_autocast_enabled(x.device.type):
            x = x.to(self.residual_dtype)
        for index, layer in enumerate(self.layers):
            x = layer(x, None, None if cache is None else cache.layers[index])
        logits: Tensor = self.lm_head(self.ln_final(x))
        return logits

    def set_joint_projections(self, enabled: bool) -> None:
        """Compute q, k, v (and w1, w3) by one matrix product each; the result is the same."""
        for module in self.modules():
            if isinstance(module, MultiHeadSelfAttention | SwiGLU):
                module.joint_projections = enabled

    def stacked_weights(self) -> dict[str, list[str]]:
        """Where stacked weights may be put, and the parameters that they are made of, in order."""
        parts = {MultiHeadSelfAttention: ("q_proj", "k_proj", "v_proj"), SwiGLU: ("w1", "w3")}
        return {
            f"{name}.stacked_weight": [f"{name}.{part}.weight" for part in parts[type(module)]]
            for name, module in self.named_modules()
            if isinstance(module, MultiHeadSelfAttention | SwiGLU) and module.joint_projections
        }

    def set_residual_norm_kernel(self, kernel: ResidualNorm | None) -> None:
        """Compute the norms of the residual branches by `kernel`; None: by PyTorch."""
        for module in self.layers.modules():
            if isinstance(module, RMSNorm):
                module.residual_kernel = kernel

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


def _branch(norm: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    """x for the residual connection and norm(x) for the branch beside it."""
    return norm.branch(x) if isinstance(norm, RMSNorm) else (x, norm(x))


def _check_choice(field: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ValueError(f"unknown {field} {value!r}; choose from {list(choices)}")
