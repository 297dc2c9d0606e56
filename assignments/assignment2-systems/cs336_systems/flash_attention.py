"""FlashAttention-2 as PyTorch tiles: the loops of the Triton kernels, readable and on any device.

Tri Dao, "FlashAttention-2: Faster Attention with Better Parallelism and Work Partitioning",
https://arxiv.org/abs/2307.08691: Algorithm 1 (forward) and Algorithm 2 (backward). The backward
here recomputes the probabilities from the saved log-sum-exp, tile by tile, like the kernels.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from cs336_systems.attention_inputs import check_attention_inputs, default_scale
from cs336_systems.flash_attention_reference import causal_mask

Q_TILE = 64
K_TILE = 64


def _scores(q: Tensor, k: Tensor, row: int, col: int, scale: float, is_causal: bool) -> Tensor:
    """Scaled scores of one tile, float32, (B, Bq, Bk); masked entries are -inf."""
    scores = torch.einsum("bqd,bkd->bqk", q.float(), k.float()) * scale
    if is_causal and col + k.shape[1] - 1 > row:
        mask = causal_mask(row + q.shape[1], col + k.shape[1], q.device)[row:, col:]
        scores = scores.masked_fill(~mask, float("-inf"))
    return scores


def _key_tiles(row_end: int, keys: int, is_causal: bool) -> range:
    """First columns of the key tiles that any query before `row_end` attends to."""
    return range(0, min(keys, row_end) if is_causal else keys, K_TILE)


def tiled_forward(
    q: Tensor, k: Tensor, v: Tensor, scale: float, is_causal: bool
) -> tuple[Tensor, Tensor]:
    """Algorithm 1: output (B, Tq, d) in q's dtype, log-sum-exp (B, Tq) in float32."""
    batch, queries, head_dim = q.shape
    output = torch.empty_like(q)
    logsumexp = torch.empty(batch, queries, dtype=torch.float32, device=q.device)
    for row in range(0, queries, Q_TILE):
        q_tile = q[:, row : row + Q_TILE]
        rows = q_tile.shape[1]
        acc = torch.zeros(batch, rows, head_dim, dtype=torch.float32, device=q.device)
        row_sum = torch.zeros(batch, rows, dtype=torch.float32, device=q.device)
        row_max = torch.full_like(row_sum, float("-inf"))
        for col in _key_tiles(row + rows, k.shape[1], is_causal):
            k_tile, v_tile = k[:, col : col + K_TILE], v[:, col : col + K_TILE]
            scores = _scores(q_tile, k_tile, row, col, scale, is_causal)
            new_max = torch.maximum(row_max, scores.amax(-1))
            probs = torch.exp(scores - new_max[..., None])
            decay = torch.exp(row_max - new_max)
            row_sum = decay * row_sum + probs.sum(-1)
            acc = decay[..., None] * acc + probs.to(v.dtype).float() @ v_tile.float()
            row_max = new_max
        output[:, row : row + rows] = (acc / row_sum[..., None]).to(q.dtype)
        logsumexp[:, row : row + rows] = row_max + torch.log(row_sum)
    return output, logsumexp


def tiled_backward(
    q: Tensor, k: Tensor, v: Tensor, output: Tensor, logsumexp: Tensor, d_output: Tensor,
    scale: float, is_causal: bool,
) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
    """Algorithm 2: dQ (B, Tq, d), dK and dV (B, Tk, d) in the inputs' dtypes.

    With P the probabilities and D = rowsum(dO * O):
    dV = P^T dO,  dS = P * (dO V^T - D),  dQ = scale dS K,  dK = scale dS^T Q.
    """
    delta = (d_output.float() * output.float()).sum(-1)
    d_q, d_k, d_v = (torch.zeros_like(t, dtype=torch.float32) for t in (q, k, v))
    for row in range(0, q.shape[1], Q_TILE):
        rows = slice(row, row + Q_TILE)
        q_tile, d_out = q[:, rows], d_output[:, rows].float()
        for col in _key_tiles(row + q_tile.shape[1], k.shape[1], is_causal):
            cols = slice(col, col + K_TILE)
            scores = _scores(q_tile, k[:, cols], row, col, scale, is_causal)
            probs = torch.exp(scores - logsumexp[:, rows, None])
            d_v[:, cols] += probs.transpose(1, 2) @ d_out
            d_probs = d_out @ v[:, cols].float().transpose(1, 2)
            d_scores = probs * (d_probs - delta[:, rows, None]) * scale
            d_q[:, rows] += d_scores @ k[:, cols].float()
            d_k[:, cols] += d_scores.transpose(1, 2) @ q_tile.float()
    return d_q.to(q.dtype), d_k.to(k.dtype), d_v.to(v.dtype)


class FlashAttention2PyTorch(torch.autograd.Function):
    """Tiled attention: `.apply(Q, K, V, is_causal=False)`.

    Q (B, q, d), K and V (B, k, d), float32, float16 or bfloat16 -> (B, q, d). Saves the inputs,
    the output and one tensor of shape (B, q): the row log-sum-exp. `AttentionInputError` names
    an input that does not fit.
    """

    @staticmethod
    def forward(ctx: Any, Q: Tensor, K: Tensor, V: Tensor, is_causal: bool = False) -> Tensor:
        """Algorithm 1 of the paper over 64x64 tiles."""
        check_attention_inputs(Q, K, V, rank=3)
        scale = default_scale(Q.shape[-1], None)
        output, logsumexp = tiled_forward(Q, K, V, scale, is_causal)
        ctx.save_for_backward(Q, K, V, output, logsumexp)
        ctx.scale, ctx.is_causal = scale, is_causal
        return output

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        """Algorithm 2 of the paper; no gradient for `is_causal`."""
        q, k, v, output, logsumexp = ctx.saved_tensors
        grads = tiled_backward(
            q, k, v, output, logsumexp, grad_outputs[0], ctx.scale, ctx.is_causal
        )
        return (*grads, None)
