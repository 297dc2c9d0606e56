"""One small run for each method that lecture 1 only names: the equation, in numbers to look at."""

import math
from collections.abc import Sequence
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


def rms_norm(x: Vector, eps: float = 1e-5) -> Vector:
    """x / sqrt(mean(x^2) + eps) (Zhang & Sennrich 2019, equation 4, without its weight)."""
    return np.asarray(x / np.sqrt(np.mean(x**2) + eps))


def cached_numbers(tokens: int, heads: int = 32, head_width: int = 128) -> dict[str, int]:
    """Numbers that one layer keeps of `tokens` tokens, for five kinds of attention.

    Full attention keeps a key and a value of every head; grouped queries share them among four
    heads; a window keeps the last 4,096 tokens; a latent keeps 512 + 64 numbers a token from
    which all keys and values are made (DeepSeek-V2's sizes); linear attention keeps one matrix a
    head, however long the text.
    """
    full = 2 * heads * head_width
    return {
        "full": tokens * full,
        "grouped": tokens * full // 4,
        "window": min(tokens, 4096) * full,
        "latent": tokens * (512 + 64),
        "linear": heads * head_width**2,
    }


def linear_attention(q: Vector, k: Vector, v: Vector) -> tuple[Vector, Vector]:
    """Causal attention without softmax, twice: all pairs at once, and with a running state.

    (Q K^T, lower triangle) V against q_t S_t with S_t = S_{t-1} + k_t v_t^T (Katharopoulos et al.
    2020, equations 9 and 18, without the normalizer). Shapes (tokens, width).
    """
    by_pairs = np.tril(q @ k.T) @ v
    states = accumulate(np.outer(key, value) for key, value in zip(k, v, strict=True))
    by_state = np.stack([query @ state for query, state in zip(q, states, strict=True)])
    return by_pairs, by_state


def ring_all_reduce(values: Sequence[Sequence[float]]) -> tuple[list[list[float]], int]:
    """Sum over ranks by passing pieces around a ring; also how many numbers each rank sends.

    `values[r]` are the numbers of rank r, one piece a rank. First each piece travels round and
    collects the sum (reduce-scatter), then the sums travel round (all-gather): 2 (R - 1) sends.
    """
    held = [list(row) for row in values]
    ranks = len(held)
    for add in (True, False):
        for turn in range(ranks - 1):
            pieces = [(rank - turn + (not add)) % ranks for rank in range(ranks)]
            sent = [held[rank][piece] for rank, piece in enumerate(pieces)]
            for rank, (piece, value) in enumerate(zip(pieces, sent, strict=True)):
                there = held[(rank + 1) % ranks]
                there[piece] = there[piece] + value if add else value
    return held, 2 * (ranks - 1)


def group_advantages(rewards: Sequence[float]) -> list[float]:
    """(r - mean) / standard deviation over the answers to one prompt (Shao et al. 2024, GRPO).

    All equal: zeros, since nothing can be learned from them.
    """
    values = np.asarray(rewards, dtype=np.float64)
    deviation = float(values.std())
    if deviation == 0:
        return [0.0] * len(values)
    return [round(float(value), 2) for value in (values - values.mean()) / deviation]


def ppo_objective(ratio: float, advantage: float, epsilon: float = 0.2) -> float:
    """min(r A, clip(r, 1 - e, 1 + e) A) (Schulman et al. 2017, equation 7)."""
    clipped = min(max(ratio, 1 - epsilon), 1 + epsilon)
    return min(ratio * advantage, clipped * advantage)


def dpo_loss(chosen: float, rejected: float, beta: float = 0.1) -> float:
    """-log sigmoid(beta (chosen - rejected)) (Rafailov et al. 2023, equation 7).

    Both are log-probabilities of an answer under the model less those under the reference.
    """
    return math.log1p(math.exp(-beta * (chosen - rejected)))


def alignment_runs() -> list[list[str]]:
    """Method, case and value: each of the three where it works and where it fails."""
    return [
        ["GRPO advantages", "rewards 1, 0, 0, 0", str(group_advantages([1, 0, 0, 0]))],
        ["GRPO advantages", "rewards 1, 1, 1, 1", str(group_advantages([1, 1, 1, 1]))],
        ["PPO objective", "ratio 2, advantage 1", f"{ppo_objective(2, 1):.1f}"],
        ["PPO objective", "ratio 2, advantage -1", f"{ppo_objective(2, -1):.1f}"],
        ["DPO loss", "better answer not yet preferred", f"{dpo_loss(0, 0):.3f}"],
        ["DPO loss", "better answer 20 nats ahead", f"{dpo_loss(10, -10):.3f}"],
        ["DPO loss", "the same, both less probable", f"{dpo_loss(-10, -30):.3f}"],
    ]
