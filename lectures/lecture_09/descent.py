"""Gradient descent on a linear model with a power-law spectrum: warm-up, and repeated data."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

DIRECTIONS = 20_000
FEATURES, SEEDS, NOISE, RATE = 100, 24, 0.5, 0.5
UNIQUE = 200
EPOCHS = (1, 2, 4, 8, 16, 32, 64)


def loss_after(steps: int, warm_up: int = 0, exponent: float = 1.5) -> float:
    """Loss after full gradient steps on directions of curvature i^-exponent.

    The learning rate rises linearly from 1/warm_up to 1 and stays there; each direction then
    shrinks by its own factor, so nothing has to be simulated.
    """
    curvature = np.arange(1, DIRECTIONS + 1) ** -exponent
    rates = np.concatenate([np.arange(1, warm_up + 1) / max(warm_up, 1), np.ones(steps - warm_up)])
    values, counts = np.unique(rates, return_counts=True)
    left = np.zeros(DIRECTIONS)
    for rate, count in zip(values, counts, strict=True):
        left += count * np.log1p(-np.minimum(rate * curvature, 1 - 1e-12))
    return float((curvature * np.exp(2 * left)).sum())


def error_after(epochs: int, fresh: bool, seed: int = 0) -> float:
    """Excess error of stochastic gradient descent over 200 examples an epoch, mean of 24 seeds.

    Every epoch brings new examples if `fresh`, otherwise the same in another order. The learning
    rate falls linearly to zero, whatever the number of steps.
    """
    rng = np.random.default_rng(seed)
    spectrum = np.arange(1, FEATURES + 1) ** -1.2
    truth, found = np.ones(FEATURES), np.zeros((SEEDS, FEATURES))
    rate = RATE / spectrum.sum()
    steps = UNIQUE * epochs
    for epoch in range(epochs):
        if fresh or epoch == 0:
            x = rng.standard_normal((UNIQUE, SEEDS, FEATURES)) * np.sqrt(spectrum)
            y = x @ truth + NOISE * rng.standard_normal((UNIQUE, SEEDS))
        for turn, i in enumerate(rng.permutation(UNIQUE)):
            miss = y[i] - (x[i] * found).sum(1)
            found += rate * (1 - (epoch * UNIQUE + turn) / steps) * miss[:, None] * x[i]
    return float(((found - truth) ** 2 @ spectrum).mean())


def effective_epochs(repeated: float, fresh: dict[int, float]) -> float:
    """How many epochs of fresh data end with the same error, interpolated in the logarithms."""
    epochs = sorted(fresh, reverse=True)
    errors = np.log([fresh[e] for e in epochs])
    return float(np.exp(np.interp(np.log(repeated), errors, np.log(epochs))))


def saturating(epochs: float, constant: float) -> float:
    """Effective epochs by Muennighoff et al. 2023: 1 + R* (1 - e^(-R/R*)), R repeats."""
    repeats = epochs - 1
    return float(1 + constant * (1 - np.exp(-repeats / constant)))


def fitted_constant(effective: dict[int, float], up_to: int) -> float:
    """The R* that comes nearest to measured effective epochs, by least squares of the logarithm."""
    tried = np.geomspace(0.5, 100, 800)
    used = {e: value for e, value in effective.items() if 1 < e <= up_to}

    def misfit(constant: float) -> float:
        return sum(float(np.log(saturating(e, constant) / v)) ** 2 for e, v in used.items())

    return float(min(tried, key=misfit))
