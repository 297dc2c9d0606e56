"""Attention over a sequence that no rank has whole, and experts that no rank has all."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor


def ring_attention(q: Tensor, k: Tensor, v: Tensor, ranks: int) -> Tensor:
    """Causal attention (T, d) of `ranks` blocks; keys and values go round (Liu et al. 2023).

    Rank r keeps its queries and, with the online softmax, a maximum, a sum and an output each.
    """
    qs, places = q.chunk(ranks), torch.arange(len(q)).chunk(ranks)
    held = list(zip(k.chunk(ranks), v.chunk(ranks), places, strict=True))
    top = [torch.full((len(x), 1), -torch.inf) for x in qs]
    norm = [torch.zeros(len(x), 1) for x in qs]
    out = [torch.zeros_like(x) for x in qs]
    for _ in range(ranks):
        for r in range(ranks):
            keys, values, at = held[r]
            scores = qs[r] @ keys.T / q.shape[-1] ** 0.5
            scores = scores.masked_fill(places[r][:, None] < at, -torch.inf)
            higher = torch.maximum(top[r], scores.amax(-1, keepdim=True))
            weights = torch.where(scores.isinf(), 0.0, torch.exp(scores - higher))
            decay = torch.where(top[r].isinf(), 0.0, torch.exp(top[r] - higher))
            norm[r] = decay * norm[r] + weights.sum(-1, keepdim=True)
            out[r] = decay * out[r] + weights @ values
            top[r] = higher
        held = [held[r - 1] for r in range(ranks)]
    return torch.cat([o / n for o, n in zip(out, norm, strict=True)])


def apart_from_exact(ranks: int, tokens: int = 32, width: int = 8) -> float:
    """Largest difference between the ring and PyTorch's causal attention, on random tensors."""
    generator = torch.Generator().manual_seed(0)
    q, k, v = (torch.randn(tokens, width, generator=generator) for _ in range(3))
    exact = F.scaled_dot_product_attention(q[None], k[None], v[None], is_causal=True)[0]
    return float((ring_attention(q, k, v, ranks) - exact).abs().max())


def contiguous(ranks: int) -> list[list[int]]:
    """Blocks of rank r when 2 n blocks are dealt in order."""
    return [[2 * r, 2 * r + 1] for r in range(ranks)]


def zigzag(ranks: int) -> list[list[int]]:
    """Blocks of rank r when an early one always goes with a late one."""
    return [[r, 2 * ranks - 1 - r] for r in range(ranks)]


def work_by_step(blocks: Sequence[Sequence[int]]) -> list[list[float]]:
    """For each step of the ring and rank: pairs of blocks to attend, halves on the diagonal."""
    n = len(blocks)
    return [
        [
            sum(
                1.0 if q > k else 0.5 if q == k else 0.0
                for q in blocks[rank]
                for k in blocks[(rank - step) % n]
            )
            for rank in range(n)
        ]
        for step in range(n)
    ]


def ring_time(blocks: Sequence[Sequence[int]]) -> float:
    """Each step lasts as long as its busiest rank."""
    return sum(max(step) for step in work_by_step(blocks))


def expert_loads(tokens: int, experts: int, top_k: int, skew: float, seed: int = 0) -> Tensor:
    """Tokens that a router sends to each expert; `skew` 0 is a fair one (scores are Gumbel)."""
    generator = torch.Generator().manual_seed(seed)
    favour = skew * torch.randn(experts, generator=generator)
    noise = -torch.log(-torch.log(torch.rand(tokens, experts, generator=generator)))
    chosen = (favour + noise).topk(top_k, dim=1).indices
    return torch.bincount(chosen.flatten(), minlength=experts)


def busiest_over_mean(skew: float) -> float:
    """Load of the busiest of 64 experts over the mean, for 8,192 tokens with 8 experts each."""
    loads = expert_loads(8192, 64, 8, skew)
    return float(loads.max() / loads.float().mean())


def all_to_all_bytes(tokens: int, width: int, top_k: int, ranks: int, bytes_each: int = 2) -> float:
    """What a rank with `tokens` tokens sends in the forward pass: there and back."""
    return 2 * tokens * top_k * width * bytes_each * (ranks - 1) / ranks


def tensor_parallel_bytes(tokens: int, width: int, ranks: int, bytes_each: int = 2) -> float:
    """The layer cut by width instead: all ranks' tokens are gathered, and their sums scattered."""
    return 2 * tokens * ranks * width * bytes_each * (ranks - 1) / ranks
