"""When to save: a long run that fails at random, simulated and in closed form."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import sympy as sp

CAUSES = {  # of 419 unexpected interruptions in 54 days (Grattafiori et al. 2024, table 5)
    "faulty GPU": 148,
    "GPU memory (HBM3)": 72,
    "software bug": 54,
    "network switch or cable": 35,
}
UNEXPECTED, PLANNED, DAYS = 419, 47, 54
GPUS = 16_384


def mean_hours_between_failures(gpus: int = GPUS) -> float:
    """Of a cluster of so many, if each GPU brings its share of the failures."""
    return DAYS * 24 / UNEXPECTED * GPUS / gpus


def lost_share(interval: float, cost: float, mtbf: float, restart: float = 0.0) -> float:
    """Share of the time that is lost, to first order: saving, repeating, starting again.

    All in one unit of time; a failure comes on average in the middle of an interval.
    """
    return cost / interval + (interval / 2 + restart) / mtbf


def best_interval() -> Any:
    """The interval with the least loss, as an expression in the cost c and the mean time M."""
    tau, c, m, r = sp.symbols("tau c M r", positive=True)
    loss = c / tau + (tau / 2 + r) / m
    slope = sp.diff(loss, tau)
    return sp.solve(slope, tau)[0]


def lost_by_interval(
    intervals: Sequence[float], cost: float, mtbf: float, restart: float
) -> dict[str, dict[float, float]]:
    """Share of the time lost by interval, from the formula and from the simulation."""
    return {
        "formula": {t: lost_share(t, cost, mtbf, restart) for t in intervals},
        "simulated": {t: simulate(t, cost, mtbf, restart) for t in intervals},
    }


def simulate(
    interval: float, cost: float, mtbf: float, restart: float, failures: int = 4000, seed: int = 0
) -> float:
    """Share of the time lost in a run with so many failures, at exponential distances.

    What was done since the last save is lost, saves are not free, and failures also come while
    saving. The model of `lost_share` knows neither that nor a second failure in one interval.
    """
    generator = np.random.default_rng(seed)
    period = interval + cost
    gaps = generator.exponential(mtbf, failures)
    useful = np.floor(gaps / period) * interval
    return float(1 - useful.sum() / (gaps + restart).sum())
