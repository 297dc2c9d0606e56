"""Scaling laws that statistics explains: the mean of a sample, and a nearest neighbour."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from cs336_scaling.isoflops import PowerLaw, fit_power_law
from numpy.typing import NDArray
from scipy.spatial import cKDTree

Array = NDArray[np.float64]
QUERIES = 500


def mean_errors(sizes: Sequence[int], repeats: int, seed: int = 0) -> list[float]:
    """Mean squared error of the mean of n standard normal numbers, over many samples of each n."""
    rng = np.random.default_rng(seed)
    return [float((rng.standard_normal((repeats, n)).mean(1) ** 2).mean()) for n in sizes]


def target(points: Array) -> Array:
    """The function to learn, (points,): one sine a coordinate, of variance 1/2 in any dimension."""
    return np.asarray(np.sin(2 * np.pi * points).sum(1) / np.sqrt(points.shape[1]))


def nearest_errors(
    dimension: int, sizes: Sequence[int], noise: float = 0.0, repeats: int = 4, seed: int = 0
) -> list[float]:
    """Mean squared error of answering with the label of the nearest of n examples.

    Examples and queries are uniform in the unit cube, whose opposite faces are joined so that it
    has no edge. `noise` is the standard deviation of the labels.
    """
    rng = np.random.default_rng((seed, dimension))
    errors = []
    for n in sizes:
        squares = []
        for _ in range(repeats):
            examples, queries = rng.random((n, dimension)), rng.random((QUERIES, dimension))
            labels = target(examples) + noise * rng.standard_normal(n)
            nearest = cKDTree(examples, boxsize=1.0).query(queries)[1]
            squares.append(float(((labels[nearest] - target(queries)) ** 2).mean()))
        errors.append(float(np.mean(squares)))
    return errors


@dataclass(frozen=True)
class FlooredLaw:
    """error = floor + coefficient · n^exponent."""

    floor: float
    law: PowerLaw

    def predict(self, n: float) -> float:
        """The error with n examples."""
        return self.floor + self.law.predict(n)


def fit_with_floor(sizes: Sequence[int], errors: Sequence[float]) -> FlooredLaw:
    """The floor that leaves the straightest line in the logarithms, and that line."""
    log_n, values = np.log(sizes), np.asarray(errors)

    def bend(floor: float) -> float:
        return float(np.polyfit(log_n, np.log(values - floor), 1, full=True)[1].sum())

    # Steps that get finer towards the least error, where a floor matters most.
    tried = values.min() * (1 - np.geomspace(1, 1e-4, 1000))
    floor = min((float(f) for f in tried), key=bend)
    return FlooredLaw(floor, fit_power_law(sizes, values - floor))
