"""Optimise a proxy and watch the target: best of n by a reward that was learned from votes.

A reply has a quality and a length. What people want grows with quality, and with length up to a
point: target = q - (l - 1)^2 / 4. The proxy is linear and was fitted to votes about ordinary
replies, among which longer ones are indeed better.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def target(replies: Array) -> Array:
    """What people want, (..., 2) -> (...); the two columns are quality and length."""
    return np.asarray(replies[..., 0] - 0.25 * (replies[..., 1] - 1) ** 2)


def ordinary(count: int, rng: np.random.Generator) -> Array:
    """Replies of the model as it is: normal quality, lengths with a heavier tail (t, 4)."""
    return np.stack([rng.standard_normal(count), 0.7 * rng.standard_t(4, count)], axis=-1)


def learn_proxy(votes: int, seed: int = 0, steps: int = 8) -> Array:
    """Weights of quality and length, by logistic regression on votes that follow the target."""
    rng = np.random.default_rng(seed)
    a, b = ordinary(votes, rng), ordinary(votes, rng)
    won = rng.random(votes) < 1 / (1 + np.exp(target(b) - target(a)))
    rows, weights = a - b, np.zeros(2)
    for _ in range(steps):
        chance = 1 / (1 + np.exp(-rows @ weights))
        curve = (rows * (chance * (1 - chance))[:, None]).T @ rows
        weights = weights + np.linalg.solve(curve, rows.T @ (won - chance))
    return weights


def agreement(weights: Array, pairs: int = 4000, seed: int = 1) -> float:
    """How often the proxy orders two ordinary replies as the target does."""
    rng = np.random.default_rng(seed)
    a, b = ordinary(pairs, rng), ordinary(pairs, rng)
    return float(np.mean(((a - b) @ weights > 0) == (target(a) > target(b))))


@dataclass(frozen=True)
class Chosen:
    """Means over the replies that were best of n by the proxy."""

    n: int
    proxy: float
    target: float
    length: float


def best_of_n(weights: Array, sizes: list[int], repeats: int = 400, seed: int = 2) -> list[Chosen]:
    """Draw n replies, keep the one that the proxy likes best; many times for each n."""
    rng = np.random.default_rng(seed)
    found = []
    for n in sizes:
        replies = ordinary(n * repeats, rng).reshape(repeats, n, 2)
        best = (replies @ weights).argmax(axis=1)
        kept = replies[np.arange(repeats), best]
        score = float((kept @ weights).mean())
        found.append(Chosen(n, score, float(target(kept).mean()), float(kept[:, 1].mean())))
    return found
