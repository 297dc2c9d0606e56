"""A decoding step of assignment 1's Transformer over memory kept for it, for timing on a GPU.

The cache is one tensor of fixed addresses, so that a step can be captured as a CUDA graph;
attention reads it once, whatever the number of queries' heads.

Shape letters: B batch, n tokens a sequence and pass, S slots, N heads, K heads of keys, d_k width.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from cs336_basics.kv_cache import KVCache
from cs336_basics.model import MultiHeadSelfAttention, TransformerLM
from torch import Tensor

from lectures.lecture_10.pruning import blocks


@dataclass(frozen=True)
class ModelSizes:
    """What decides bytes and operations of a Llama-like Transformer with its own head."""

    d_model: int = 5120
    d_ff: int = 13824
    layers: int = 40
    heads: int = 40
    kv_heads: int = 40
    d_k: int = 128
    vocabulary: int = 32_000

    @property
    def parameters(self) -> int:
        """Matrices only, embedding and head included."""
        attention = 2 * self.d_model * self.d_k * (self.heads + self.kv_heads)
        block = attention + 3 * self.d_model * self.d_ff
        return 2 * self.vocabulary * self.d_model + self.layers * block

    def cache_bytes(self, tokens: int, bytes_each: int = 2) -> int:
        """Keys and values of one sequence."""
        return 2 * self.layers * self.kv_heads * self.d_k * tokens * bytes_each

    def build(self, context: int, device: str, dtype: torch.dtype) -> TransformerLM:
        """Assignment 1's Transformer of these sizes, with random weights."""
        assert self.heads * self.d_k == self.d_model
        return TransformerLM(
            self.vocabulary, context, self.d_model, self.layers, self.heads, self.d_ff,
            device=device, dtype=dtype, num_kv_heads=self.kv_heads,
        ).eval()  # fmt: skip


class FixedDecoder:
    """Decode at one place of a cache that is full of random numbers up to there."""

    def __init__(self, model: TransformerLM, batch: int, context: int) -> None:
        attention = blocks(model)[0].attn
        weight = attention.k_proj.weight
        shape = (2, len(model.layers), batch, attention.num_kv_heads, context, attention.d_k)
        self.cache = torch.empty(shape, dtype=weight.dtype, device=weight.device).normal_()
        self.place = torch.full((1,), context - 1, device=weight.device)
        self.tokens = torch.zeros(batch, 1, dtype=torch.int64, device=weight.device)
        self.model = model

    @torch.no_grad()
    def step(self) -> Tensor:
        """Write the last slot, attend to all: logits (B, 1, V)."""
        x = self.model.token_embeddings(self.tokens)
        for index, layer in enumerate(blocks(self.model)):
            x = x + self._attended(layer.attn, layer.ln1(x), index)
            x = x + layer.ffn(layer.ln2(x))
        logits: Tensor = self.model.lm_head(self.model.ln_final(x))
        return logits

    def _attended(self, attention: MultiHeadSelfAttention, x: Tensor, index: int) -> Tensor:
        assert attention.rope is not None
        q, k, v = (
            part.view(len(x), 1, -1, attention.d_k).transpose(1, 2) for part in attention.project(x)
        )
        keys, values = self.cache[0, index], self.cache[1, index]
        keys.index_copy_(2, self.place, attention.rope(k, self.place))
        values.index_copy_(2, self.place, v)
        # The queries that share a head stand where positions do: all may see all keys.
        grouped = attention.rope(q, self.place).reshape(len(x), keys.shape[1], -1, attention.d_k)
        heads = F.scaled_dot_product_attention(grouped, keys, values)
        output: Tensor = attention.output_proj(heads.reshape(len(x), 1, -1))
        return output


def filled_cache(model: TransformerLM, batch: int, tokens: int, capacity: int) -> KVCache:
    """Assignment 1's cache with random keys and values of `tokens` tokens."""
    attention = blocks(model)[0].attn
    weight = attention.k_proj.weight
    shape = (batch, attention.num_kv_heads, tokens, attention.d_k)
    cache = KVCache(len(model.layers), capacity)
    for layer in cache.layers:
        keys, values = (torch.empty(shape, dtype=weight.dtype, device=weight.device) for _ in "kv")
        layer.append(keys.normal_(), values.normal_())
    return cache


def rewind(cache: KVCache, tokens: int) -> None:
    """Forget all but the first `tokens` tokens, as before a step that is to be repeated."""
    for layer in cache.layers:
        layer.length = tokens
