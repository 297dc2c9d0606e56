"""The Transformer."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from cs336_basics.attention import causal_mask, scaled_dot_product_attention
from cs336_basics.layers import (
    Device,
    Dtype,
    Embedding,
    Linear,
    RMSNorm,
    RotaryPositionalEmbedding,
    SwiGLU,
    silu,
)


class MultiHeadSelfAttention(nn.Module):
    """Causal self-attention of several heads."""

    def __init__(
        self,
        d_model: int,
        num_heads: int,
        max_seq_len: int | None = None,
        theta: float | None = None,
        device: Device = None,
        dtype: Dtype = None,
    ) -> None:
        super().__init__()
        self.num_heads = num_heads
        for name in ("q", "k", "v", "output"):
            self.add_module(f"{name}_proj", Linear(d_model, d_model, device, dtype))
        self.rope = None
        if theta is not None and max_seq_len is not None:
            width = d_model // num_heads
            self.rope = RotaryPositionalEmbedding(theta, width, max_seq_len, device)

    def _heads(self, name: str, x: Tensor) -> Tensor:
        projected: Tensor = self.get_submodule(f"{name}_proj")(x)
        return projected.view(*x.shape[:-1], self.num_heads, -1).transpose(-3, -2)

    def forward(self, x: Tensor, token_positions: Tensor | None = None) -> Tensor:
        """(..., T, D) -> (..., T, D)."""
        q, k, v = (self._heads(name, x) for name in "qkv")
        length = x.shape[-2]
        if self.rope is not None:
            at = token_positions
            if at is None:
                at = torch.arange(length, device=x.device)
            q, k = self.rope(q, at), self.rope(k, at)
        mixed = scaled_dot_product_attention(q, k, v, causal_mask(length, length, x.device))
        output: Tensor = self.get_submodule("output_proj")(mixed.transpose(-3, -2).flatten(-2))
        return output


class TransformerBlock(nn.Module):
    """Pre-norm: attention and feed-forward with residuals."""

    def __init__(
        self,
        d_model: int,
        num_heads: int,
        d_ff: int,
        max_seq_len: int,
        theta: float | None,
        device: Device = None,
        dtype: Dtype = None,
    ) -> None:
        super().__init__()
        self.ln1 = RMSNorm(d_model, device=device, dtype=dtype)
        self.attn = MultiHeadSelfAttention(d_model, num_heads, max_seq_len, theta, device, dtype)
        self.ln2 = RMSNorm(d_model, device=device, dtype=dtype)
        self.ffn = SwiGLU(d_model, d_ff, device, dtype)

    def forward(self, x: Tensor, token_positions: Tensor | None = None) -> Tensor:
        """(..., T, D) -> (..., T, D)."""
        x = self.attn(self.ln1(x), token_positions) + x
        output: Tensor = self.ffn(self.ln2(x)) + x
        return output


class TransformerLM(nn.Module):
    """ids (B, T) -> logits (B, T, V)."""

    def __init__(
        self,
        vocab_size: int,
        context_length: int,
        d_model: int,
        num_layers: int,
        num_heads: int,
        d_ff: int,
        rope_theta: float | None = 10000.0,
        device: Device = None,
        dtype: Dtype = None,
    ) -> None:
        super().__init__()
        self.context_length = context_length
        self.token_embeddings = Embedding(vocab_size, d_model, device, dtype)
        one = (d_model, num_heads, d_ff, context_length, rope_theta, device, dtype)
        self.layers = nn.ModuleList(TransformerBlock(*one) for _ in range(num_layers))
        self.ln_final = RMSNorm(d_model, device=device, dtype=dtype)
        self.lm_head = Linear(d_model, vocab_size, device, dtype)

    def forward(self, ids: Tensor) -> Tensor:
        """Logits of the next token."""
        x = self.token_embeddings(ids)
        for layer in self.layers:
            x = layer(x)
        output: Tensor = self.lm_head(self.ln_final(x))
        return output


BasicsTransformerLM = TransformerLM

__all__ = [
    "BasicsTransformerLM",
    "Embedding",
    "Linear",
    "MultiHeadSelfAttention",
    "RMSNorm",
    "RotaryPositionalEmbedding",
    "SwiGLU",
    "TransformerBlock",
    "TransformerLM",
    "scaled_dot_product_attention",
    "silu",
]
