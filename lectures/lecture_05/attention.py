"""What attention moves, counted, and its gradients by autograd to compare with."""

from collections.abc import Sequence
from typing import Any

import torch
from cs336_basics.attention import scaled_dot_product_attention
from torch import Tensor


def traffic(tokens: int, width: int, rows: int) -> dict[str, int]:
    """Numbers that one head moves between device memory and the chip, forward.

    Plain: Q, K in, scores out; scores in, probabilities out; both in again with V; O out. Tiled:
    `rows` queries stay on the chip while all keys and values pass by, from device memory each time
    or, with L2, only once.
    """
    passes = -(-tokens // rows)
    return {
        "plain": 4 * tokens * width + 4 * tokens**2,
        "tiled": 2 * tokens * width * (1 + passes),
        "tiled, L2": 4 * tokens * width,
    }


def traffic_rows(lengths: Sequence[int], width: int, rows: int) -> list[dict[str, Any]]:
    """`traffic` in megabytes of bfloat16, for the figure."""
    return [
        {"tokens": tokens, "MB": 2 * count / 1e6, "way": way}
        for tokens in lengths
        for way, count in traffic(tokens, width, rows).items()
    ]


def gradients(q: Tensor, k: Tensor, v: Tensor, d_output: Tensor) -> tuple[Tensor, ...]:
    """Gradients of q, k and v by autograd through the definition."""
    leaves = [t.detach().clone().requires_grad_() for t in (q, k, v)]
    output = scaled_dot_product_attention(*leaves)
    return torch.autograd.grad(output, leaves, d_output)
