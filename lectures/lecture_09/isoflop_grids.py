"""IsoFLOP sets whose sizes a hasty person would choose, and curves for approach 1."""

from collections.abc import Sequence

import numpy as np
from cs336_scaling.chinchilla import ParametricLaw, TrainingCurve, approach_1
from cs336_scaling.isoflop_sets import (
    DEFAULT_BUDGETS,
    DEFAULT_LAW,
    GridShape,
    make_isoflop_set,
)
from cs336_scaling.isoflops import TrainingRun, fit_isoflops

SMALL_TOKENS, LARGE_TOKENS = (2e10 / 24, 2e10), (5e9, 2e11)
CHANGE = 3e20  # FLOPs from which on the larger amounts of data are used
SIZES = 8


def runs_by_tokens(
    law: ParametricLaw = DEFAULT_LAW, budgets: Sequence[float] = DEFAULT_BUDGETS
) -> list[TrainingRun]:
    """Noise-free runs at the same eight amounts of data for many budgets.

    That is convenient, since data sets come in sizes, but the middle of the models that it implies
    drifts away from the best one until the larger amounts set in.
    """
    runs = []
    for budget in budgets:
        low, high = LARGE_TOKENS if budget >= CHANGE else SMALL_TOKENS
        for tokens in np.geomspace(high, low, SIZES):
            n = round(budget / 6 / float(tokens))
            runs.append(TrainingRun(n, budget, float(law.predict(n, budget / (6 * n)))))
    return runs


def training_curves(law: ParametricLaw = DEFAULT_LAW, sizes: int = 16) -> list[TrainingCurve]:
    """Losses on the way of models from 50 million to 100 billion parameters, on a law."""
    tokens = np.geomspace(1e8, 1e12, 100)
    return [
        TrainingCurve(round(float(n)), list(tokens), list(law.predict(round(float(n)), tokens)))
        for n in np.geomspace(5e7, 1e11, sizes)
    ]


def readings(runs: Sequence[TrainingRun], budget: float) -> dict[str, float]:
    """The best N at a budget by the two readings that go through the best model of each curve."""
    return {
        "best run": fit_isoflops(runs, "min").predict(budget)[0],
        "parabola": fit_isoflops(runs, "quadratic").predict(budget)[0],
    }


def sizes_by_reading(
    runs: Sequence[TrainingRun], fitted: ParametricLaw
) -> dict[str, dict[float, float]]:
    """Best N against compute, from 6e18 to 1e24 FLOPs, by the two readings and a fitted law."""
    budgets = [float(budget) for budget in np.geomspace(6e18, 1e24, 7)]
    by_budget = {budget: readings(runs, budget) for budget in budgets}
    sizes = {name: {c: by_budget[c][name] for c in budgets} for name in ("best run", "parabola")}
    return sizes | {"parametric": {c: fitted.optimum(c)[0] for c in budgets}}


def parabola_errors(
    widths: Sequence[float], offsets: Sequence[float], budget: float
) -> dict[float, dict[float, float]]:
    """Relative error of N at a budget by parabolas, for grids of several widths and middles."""
    truth = DEFAULT_LAW.optimum(budget)[0]
    return {
        width: {
            offset: readings(make_isoflop_set(grid=GridShape(SIZES, width, offset)), budget)[
                "parabola"
            ]
            / truth
            - 1
            for offset in offsets
        }
        for width in widths
    }


def envelope_errors(sizes: Sequence[int], budget: float) -> dict[int, float]:
    """Relative error of N at a budget by the envelope of so many training curves."""
    truth = DEFAULT_LAW.optimum(budget)[0]
    fits = {n: approach_1(training_curves(sizes=n), DEFAULT_BUDGETS) for n in sizes}
    return {n: fit.predict(budget)[0] / truth - 1 for n, fit in fits.items()}
