"""How far a score can be trusted: intervals by resampling, alone and paired, and what they hold."""

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Interval = tuple[float, float]


def standard_error(share: float, items: int) -> float:
    """Of a share among independent items: sqrt(p (1 - p) / n)."""
    return math.sqrt(share * (1 - share) / items)


def bootstrap(scores: ArrayLike, draws: int = 2000, seed: int = 0) -> Interval:
    """The 95 % interval of a mean: draw the items again with replacement, many times over."""
    values = np.asarray(scores, dtype=float)
    rng = np.random.default_rng(seed)
    picked = rng.integers(len(values), size=(draws, len(values)))
    means = values[picked].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def paired(ours: ArrayLike, theirs: ArrayLike, draws: int = 2000, seed: int = 0) -> Interval:
    """The interval of a difference of means over the same items: resample the differences."""
    return bootstrap(np.subtract(ours, theirs, dtype=float), draws, seed)


def unpaired(ours: ArrayLike, theirs: ArrayLike) -> Interval:
    """The same as if the two had sat different exams: variances add."""
    a, b = np.asarray(ours, dtype=float), np.asarray(theirs, dtype=float)
    middle = a.mean() - b.mean()
    spread = 1.96 * math.sqrt(a.var() / len(a) + b.var() / len(b))
    return float(middle - spread), float(middle + spread)


def two_models(items: int, gap: float, seed: int = 0) -> tuple[Array, Array]:
    """Right (1) or wrong (0) of two models on the same items, some of which are hard for both.

    A model is right with probability 1 / (1 + exp(d - ability)); difficulties d are normal with
    standard deviation 2, and the first model's ability is `gap` above the second's.
    """
    rng = np.random.default_rng(seed)
    difficulty = 2 * rng.standard_normal(items)
    chance = [1 / (1 + np.exp(difficulty - ability)) for ability in (0.5 + gap, 0.5)]
    first, second = ((rng.random(items) < p).astype(float) for p in chance)
    return first, second


def wald(right: int, total: int) -> Interval:
    """p ± 1.96 sqrt(p (1 - p) / n), which everybody learns first."""
    share = right / total
    spread = 1.96 * standard_error(share, total)
    return share - spread, share + spread


def coverage(interval: Callable[[int, int], Interval], share: float, items: int) -> float:
    """How often `interval` holds the true `share`: exact, over all counts of right answers."""
    held = 0.0
    for right in range(items + 1):
        low, high = interval(right, items)
        if low <= share <= high:
            held += math.comb(items, right) * share**right * (1 - share) ** (items - right)
    return held


def clustered_error(scores: ArrayLike, clusters: Sequence[int]) -> float:
    """Standard error of a mean whose items come in groups (Miller 2024, section 2.2).

    Deviations from the mean are summed within a group before they are squared.
    """
    values = np.asarray(scores, dtype=float)
    deviations = values - values.mean()
    sums = np.bincount(clusters, weights=deviations)
    return float(np.sqrt((sums**2).sum()) / len(deviations))


def passages(groups: int, size: int, seed: int = 0) -> tuple[Array, list[int]]:
    """Questions about texts: a text that is understood makes all its questions easy."""
    rng = np.random.default_rng(seed)
    chance = np.repeat(np.where(rng.random(groups) < 0.5, 0.9, 0.3), size)
    return (rng.random(groups * size) < chance).astype(float), [
        group for group in range(groups) for _ in range(size)
    ]


def best_of(variants: int, repeats: int = 20_000, seed: int = 0) -> float:
    """Expected largest of so many standard normal errors."""
    rng = np.random.default_rng(seed)
    return float(rng.standard_normal((repeats, variants)).max(axis=1).mean())


def naive_pass_at_k(samples: int, right: int, k: int) -> float:
    """1 - (1 - c/n)^k: put the estimated share where the true one belongs."""
    return 1 - (1 - right / samples) ** k


def expected(
    estimate: Callable[[int, int, int], float], chance: float, samples: int, k: int
) -> float:
    """Mean of an estimate of pass@k over all counts c of right samples, exactly."""
    weights = [
        math.comb(samples, c) * chance**c * (1 - chance) ** (samples - c)
        for c in range(samples + 1)
    ]
    return math.fsum(w * estimate(samples, c, k) for c, w in enumerate(weights))
