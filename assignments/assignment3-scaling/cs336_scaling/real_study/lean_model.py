"""The model of assignment 1 with as few kernels as PyTorch allows, for models of a few thousand
parameters, where the time of a step is the number of its kernels.

Same architecture (pre-norm, RoPE, SwiGLU, untied head) and the same numbers as
`cs336_basics.model.TransformerLM`, from which the weights come; a test compares the two.
"""

from __future__ import annotations

from typing import cast

import torch
from cs336_basics.model import RMSNorm, SwiGLU, TransformerBlock, TransformerLM
from torch import Tensor, nn
from torch.nn import functional as F

EPS = 1e-5


def feed_forward_width(d_model: int) -> int:
    """8/3 of the width, to the nearest multiple of 8."""
    return 8 * round(d_model / 3)


def matrix_parameters(d_model: int, num_layers: int, vocab_size: int) -> int:
    """N of the study: weights of all matrix products, the head included, embeddings not."""
    block = 4 * d_model**2 + 3 * d_model * feed_forward_width(d_model)
    return num_layers * block + vocab_size * d_model


class LeanBlock(nn.Module):
    """Weights of one Transformer block, with q, k, v and both SwiGLU inputs stacked."""

    def __init__(self, block: TransformerBlock) -> None:
        super().__init__()
        attention, ffn = block.attn, cast(SwiGLU, block.ffn)
        projections = (attention.q_proj, attention.k_proj, attention.v_proj)
        self.norm1 = _parameter(cast(RMSNorm, block.ln1).weight)
        self.qkv = _parameter(torch.cat([projection.weight for projection in projections]))
        self.output = _parameter(attention.output_proj.weight)
        self.norm2 = _parameter(cast(RMSNorm, block.ln2).weight)
        self.gates = _parameter(torch.cat([ffn.w1.weight, ffn.w3.weight]))
        self.down = _parameter(ffn.w2.weight)


class LeanTransformer(nn.Module):
    """ids (B, T) -> logits (B, T, V) for one fixed T, which is the context length."""

    cosine_sine: Tensor

    def __init__(self, model: TransformerLM, num_heads: int) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.embedding = _parameter(model.token_embeddings.weight)
        self.head = _parameter(model.lm_head.weight)
        self.final_norm = _parameter(cast(RMSNorm, model.ln_final).weight)
        layers = [cast(TransformerBlock, layer) for layer in model.layers]
        self.blocks = nn.ModuleList(LeanBlock(layer) for layer in layers)
        rope = layers[0].attn.rope
        if rope is None:
            raise ValueError("the lean model rotates; give it a model with rope_theta")
        pairs = torch.stack((rope.cos, rope.sin), dim=-1)  # (T, d_k/2, 2)
        self.register_buffer("cosine_sine", pairs[:, None], persistent=False)

    def forward(self, ids: Tensor) -> Tensor:
        """Logits of the next token at every position."""
        x = F.embedding(ids, self.embedding)
        width = (x.shape[-1],)
        rotation = torch.view_as_complex(self.cosine_sine)
        for module in self.blocks:
            block = cast(LeanBlock, module)
            y = F.rms_norm(x, width, block.norm1, EPS)
            x = x + F.linear(self._attend(F.linear(y, block.qkv), rotation), block.output)
            y = F.rms_norm(x, width, block.norm2, EPS)
            gate, value = F.linear(y, block.gates).chunk(2, dim=-1)
            x = x + F.linear(F.silu(gate) * value, block.down)
        return F.linear(F.rms_norm(x, width, self.final_norm, EPS), self.head)

    def _attend(self, qkv: Tensor, rotation: Tensor) -> Tensor:
        """Causal attention of (B, T, 3D) projections, queries and keys rotated together."""
        batch, length, _ = qkv.shape
        heads = qkv.view(batch, length, 3 * self.num_heads, -1)
        query_key, value = torch.split(heads, [2 * self.num_heads, self.num_heads], dim=2)
        pairs = torch.view_as_complex(query_key.reshape(*query_key.shape[:-1], -1, 2))
        turned = torch.view_as_real(pairs * rotation).flatten(-2)
        query, key = torch.split(turned, self.num_heads, dim=2)
        mixed = F.scaled_dot_product_attention(
            query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2), is_causal=True
        )
        return mixed.transpose(1, 2).flatten(-2)


def build_lean_model(
    vocab_size: int, context_length: int, d_model: int, num_layers: int, head_width: int, seed: int
) -> LeanTransformer:
    """Assignment 1's initialisation from a seed, in the lean arrangement."""
    heads = max(1, d_model // head_width)
    torch.manual_seed(seed)
    model = TransformerLM(
        vocab_size, context_length, d_model, num_layers, heads, feed_forward_width(d_model)
    )
    return LeanTransformer(model, heads)


def _parameter(tensor: Tensor) -> nn.Parameter:
    return nn.Parameter(tensor.detach().clone())
