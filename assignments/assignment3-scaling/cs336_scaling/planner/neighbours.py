"""What runs of about the same size and length end with: the yardstick for one that blew up."""

from __future__ import annotations

from collections.abc import Sequence
from math import log

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from cs336_scaling.config import RunConfig

Array = NDArray[np.float64]

NEIGHBOURS = 5
FARTHEST = log(4.0)  # distance in the plane of ln N and ln D


def usual_losses(configs: Sequence[RunConfig], losses: Sequence[float]) -> Array:
    """For each run the median loss of the nearest others, (runs,); NaN for one without any."""
    if not configs:
        return np.empty(0)
    at = _places(configs)
    nearest = cKDTree(at).query(at, k=NEIGHBOURS + 1, distance_upper_bound=FARTHEST)[1]
    itself = nearest == np.arange(len(configs))[:, None]
    itself[~itself.any(axis=1), -1] = True  # at one place with many others it may not see itself
    others = nearest[~itself].reshape(-1, NEIGHBOURS)
    return _medians(losses, others)


def usual_loss(configs: Sequence[RunConfig], losses: Sequence[float], at: RunConfig) -> float:
    """The median loss of the runs nearest to a configuration; NaN where there is none."""
    if not configs:
        return float("nan")
    tree = cKDTree(_places(configs))
    nearest = tree.query(_places([at]), k=NEIGHBOURS, distance_upper_bound=FARTHEST)[1]
    return float(_medians(losses, nearest)[0])


def _places(configs: Sequence[RunConfig]) -> Array:
    return np.log([(config.parameters, config.tokens) for config in configs])


def _medians(losses: Sequence[float], rows: NDArray[np.intp]) -> Array:
    """Medians of rows of indices; the index after the last stands for nobody."""
    values = np.array([*losses, np.nan])[rows]
    found = np.full(len(rows), np.nan)
    some = ~np.isnan(values).all(axis=1)
    found[some] = np.nanmedian(values[some], axis=1)
    return found
