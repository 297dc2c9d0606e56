"""The functions that outside tests of this assignment call, each a thin way to the implementation.

Weights come in by the names of the state dictionaries; sizes are given once and not guessed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import IO, Any, BinaryIO

import numpy as np
import torch
from cs336_basics import (
    bpe,
    data,
    generation,
    model,
    nn_utils,
    optimizer,
    serialization,
    tokenizer,
)
from numpy.typing import NDArray
from torch import Tensor, nn

Weights = Mapping[str, Tensor]


def _with(module: nn.Module, weights: Weights) -> nn.Module:
    module.load_state_dict(dict(weights))
    return module


def run_linear(d_in: int, d_out: int, weights: Tensor, in_features: Tensor) -> Tensor:
    """`model.Linear` with `weights` (d_out, d_in)."""
    output: Tensor = _with(model.Linear(d_in, d_out), {"weight": weights})(in_features)
    return output


def run_embedding(vocab_size: int, d_model: int, weights: Tensor, token_ids: Tensor) -> Tensor:
    """`model.Embedding` with `weights` (V, D)."""
    output: Tensor = _with(model.Embedding(vocab_size, d_model), {"weight": weights})(token_ids)
    return output


def run_rmsnorm(d_model: int, eps: float, weights: Tensor, in_features: Tensor) -> Tensor:
    """`model.RMSNorm` with `weights` (D,)."""
    output: Tensor = _with(model.RMSNorm(d_model, eps), {"weight": weights})(in_features)
    return output


def run_silu(in_features: Tensor) -> Tensor:
    """`model.silu`."""
    return model.silu(in_features)


def run_swiglu(
    d_model: int,
    d_ff: int,
    w1_weight: Tensor,
    w2_weight: Tensor,
    w3_weight: Tensor,
    in_features: Tensor,
) -> Tensor:
    """`model.SwiGLU` with its three matrices."""
    weights = {"w1.weight": w1_weight, "w2.weight": w2_weight, "w3.weight": w3_weight}
    output: Tensor = _with(model.SwiGLU(d_model, d_ff), weights)(in_features)
    return output


def run_rope(
    d_k: int, theta: float, max_seq_len: int, in_query_or_key: Tensor, token_positions: Tensor
) -> Tensor:
    """`model.RotaryPositionalEmbedding`."""
    rope = model.RotaryPositionalEmbedding(theta, d_k, max_seq_len)
    output: Tensor = rope(in_query_or_key, token_positions)
    return output


def run_scaled_dot_product_attention(
    Q: Tensor, K: Tensor, V: Tensor, mask: Tensor | None = None
) -> Tensor:
    """`model.scaled_dot_product_attention`."""
    return model.scaled_dot_product_attention(Q, K, V, mask)


def run_multihead_self_attention(
    d_model: int,
    num_heads: int,
    q_proj_weight: Tensor,
    k_proj_weight: Tensor,
    v_proj_weight: Tensor,
    o_proj_weight: Tensor,
    in_features: Tensor,
) -> Tensor:
    """`model.MultiHeadSelfAttention` without positions."""
    layer = model.MultiHeadSelfAttention(d_model, num_heads)
    weights = {
        "q_proj.weight": q_proj_weight,
        "k_proj.weight": k_proj_weight,
        "v_proj.weight": v_proj_weight,
        "output_proj.weight": o_proj_weight,
    }
    output: Tensor = _with(layer, weights)(in_features)
    return output


def run_multihead_self_attention_with_rope(
    d_model: int,
    num_heads: int,
    max_seq_len: int,
    theta: float,
    q_proj_weight: Tensor,
    k_proj_weight: Tensor,
    v_proj_weight: Tensor,
    o_proj_weight: Tensor,
    in_features: Tensor,
    token_positions: Tensor | None = None,
) -> Tensor:
    """`model.MultiHeadSelfAttention` with rotary positions."""
    layer = model.MultiHeadSelfAttention(d_model, num_heads, max_seq_len, theta)
    weights = {
        "q_proj.weight": q_proj_weight,
        "k_proj.weight": k_proj_weight,
        "v_proj.weight": v_proj_weight,
        "output_proj.weight": o_proj_weight,
    }
    output: Tensor = _with(layer, weights)(in_features, token_positions)
    return output


def run_transformer_block(
    d_model: int,
    num_heads: int,
    d_ff: int,
    max_seq_len: int,
    theta: float,
    weights: Weights,
    in_features: Tensor,
) -> Tensor:
    """`model.TransformerBlock`, pre-norm."""
    block = model.TransformerBlock(d_model, num_heads, d_ff, max_seq_len, theta)
    output: Tensor = _with(block, weights)(in_features)
    return output


def run_transformer_lm(
    vocab_size: int,
    context_length: int,
    d_model: int,
    num_layers: int,
    num_heads: int,
    d_ff: int,
    rope_theta: float,
    weights: Weights,
    in_indices: Tensor,
) -> Tensor:
    """`model.TransformerLM`."""
    lm = model.TransformerLM(
        vocab_size, context_length, d_model, num_layers, num_heads, d_ff, rope_theta
    )
    output: Tensor = _with(lm, weights)(in_indices)
    return output


def run_softmax(in_features: Tensor, dim: int) -> Tensor:
    """`nn_utils.softmax`."""
    return nn_utils.softmax(in_features, dim)


def run_cross_entropy(inputs: Tensor, targets: Tensor) -> Tensor:
    """`nn_utils.cross_entropy`."""
    return nn_utils.cross_entropy(inputs, targets)


def run_gradient_clipping(parameters: Iterable[nn.Parameter], max_l2_norm: float) -> None:
    """`nn_utils.clip_gradient_norm`, in place."""
    nn_utils.clip_gradient_norm(parameters, max_l2_norm)


def get_adamw_cls() -> type[optimizer.AdamW]:
    """`optimizer.AdamW`."""
    return optimizer.AdamW


def run_get_lr_cosine_schedule(
    it: int,
    max_learning_rate: float,
    min_learning_rate: float,
    warmup_iters: int,
    cosine_cycle_iters: int,
) -> float:
    """`optimizer.get_lr_cosine_schedule`."""
    return optimizer.get_lr_cosine_schedule(
        it, max_learning_rate, min_learning_rate, warmup_iters, cosine_cycle_iters
    )


def run_get_batch(
    dataset: NDArray[np.integer[Any]], batch_size: int, context_length: int, device: str
) -> tuple[Tensor, Tensor]:
    """`data.get_batch`."""
    return data.get_batch(dataset, batch_size, context_length, device)


def run_save_checkpoint(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    iteration: int,
    out: str | os.PathLike[str] | BinaryIO | IO[bytes],
) -> None:
    """`serialization.save_checkpoint`."""
    serialization.save_checkpoint(model, optimizer, iteration, out)


def run_load_checkpoint(
    src: str | os.PathLike[str] | BinaryIO | IO[bytes],
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
) -> int:
    """`serialization.load_checkpoint`."""
    return serialization.load_checkpoint(src, model, optimizer)


def get_tokenizer(
    vocab: dict[int, bytes],
    merges: list[tuple[bytes, bytes]],
    special_tokens: list[str] | None = None,
) -> tokenizer.Tokenizer:
    """`tokenizer.Tokenizer`."""
    return tokenizer.Tokenizer(vocab, merges, special_tokens)


def run_train_bpe(
    input_path: str | os.PathLike[str], vocab_size: int, special_tokens: list[str], **kwargs: Any
) -> tuple[dict[int, bytes], list[tuple[bytes, bytes]]]:
    """`bpe.train_bpe`."""
    return bpe.train_bpe(input_path, vocab_size, special_tokens, **kwargs)


def get_transformer_lm(sizes: Mapping[str, Any]) -> model.TransformerLM:
    """`model.TransformerLM` of `sizes` (its arguments by name), with its own first weights."""
    return model.TransformerLM(**sizes)


def run_generate(
    sizes: Mapping[str, Any],
    weights: Weights,
    prompt_ids: list[int],
    max_new_tokens: int,
    temperature: float,
    top_p: float,
    eos_id: int | None = None,
) -> list[int]:
    """`generation.generate` with a `model.TransformerLM` of `sizes` (its arguments by name)."""
    lm = _with(model.TransformerLM(**sizes), weights)
    assert isinstance(lm, model.TransformerLM)
    return generation.generate(lm, prompt_ids, max_new_tokens, temperature, top_p, eos_id)


def run_count_pairs(words: Mapping[tuple[bytes, ...], int]) -> dict[tuple[bytes, bytes], int]:
    """`bpe.count_pairs`."""
    return dict(bpe.count_pairs(words))


def run_merge_pair(word: tuple[bytes, ...], pair: tuple[bytes, bytes]) -> tuple[bytes, ...]:
    """`bpe.merge_pair`."""
    return bpe.merge_pair(word, pair)
