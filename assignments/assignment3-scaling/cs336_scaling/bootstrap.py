"""Intervals of an extrapolated optimum: chance in the runs, and error of the form.

Sampling. Residuals of ln L are drawn anew around the fit (a residual bootstrap). Drawing runs in
pairs, as is often done, can lose all runs of a budget, and with them the fit; it is here to be
compared.

Form. A bootstrap only knows the noise: where the law is wrong, its interval misses. So each of the
larger budgets is held back and its optimum predicted from the smaller ones; the errors, for each
decade of distance, are carried to the target.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from cs336_scaling.chinchilla import FitError, ParametricLaw, approach_3
from cs336_scaling.isoflops import TrainingRun, by_budget, finite_runs, select_optimal_runs

CONSTANTS = 5
FEWEST_BUDGETS = 3


@dataclass(frozen=True)
class Interval:
    """A 95 % interval; `sampling` and `model` are standard deviations of the logarithm."""

    estimate: float
    low: float
    high: float
    sampling: float
    model: float


def optimum_interval(
    runs: Sequence[TrainingRun], budget: float, draws: int = 200, seed: int = 0
) -> Interval:
    """The best N at a budget by the parametric law, with an interval that includes model error."""
    runs = finite_runs(runs)
    law = approach_3(runs)
    estimate = law.optimum(budget)[0]
    drawn = residual_bootstrap(runs, law, lambda fit: fit.optimum(budget)[0], draws, seed)
    sampling = float(np.std(np.log(drawn))) if len(drawn) > 1 else 0.0
    model = held_back_error(runs, budget)
    reach = 1.96 * math.hypot(sampling, model)
    return Interval(estimate, estimate * math.exp(-reach), estimate * math.exp(reach),
                    sampling, model)  # fmt: skip


def residual_bootstrap(
    runs: Sequence[TrainingRun],
    law: ParametricLaw,
    quantity: Callable[[ParametricLaw], float],
    draws: int,
    seed: int = 0,
) -> list[float]:
    """The quantity of laws fitted to new residuals around `law`; draws without a fit drop out."""
    rng = np.random.default_rng(seed)
    fitted = np.log(law.predict([r.parameters for r in runs], [r.tokens for r in runs]))
    residuals = np.log([r.final_loss for r in runs]) - fitted
    residuals *= math.sqrt(len(runs) / max(1, len(runs) - CONSTANTS))
    answers = []
    for _ in range(draws):
        losses = np.exp(fitted + rng.choice(residuals, len(runs)))
        drawn = [
            TrainingRun(run.parameters, run.compute_budget, float(loss))
            for run, loss in zip(runs, losses, strict=True)
        ]
        try:
            answers.append(quantity(approach_3(drawn)))
        except FitError:
            continue
    return answers


def pair_bootstrap(
    runs: Sequence[TrainingRun],
    quantity: Callable[[ParametricLaw], float],
    draws: int,
    seed: int = 0,
) -> tuple[list[float], int]:
    """The quantity of laws fitted to drawn runs, and how many draws lost a whole budget."""
    rng = np.random.default_rng(seed)
    budgets = len(by_budget(runs))
    answers, lost = [], 0
    for _ in range(draws):
        drawn = [runs[i] for i in rng.integers(len(runs), size=len(runs))]
        lost += len(by_budget(drawn)) < budgets
        try:
            answers.append(quantity(approach_3(drawn)))
        except FitError:
            continue
    return answers, lost


def held_back_error(runs: Sequence[TrainingRun], budget: float) -> float:
    """How far ln N is off when larger budgets are predicted from smaller, carried to `budget`."""
    groups = by_budget(runs)
    budgets = list(groups)
    errors = []
    for i in range(FEWEST_BUDGETS, len(budgets)):
        known = [run for c in budgets[:i] for run in groups[c]]
        try:
            law = approach_3(known)
            best = select_optimal_runs(groups[budgets[i]], "quadratic")[0].parameters
        except ValueError:  # no fit, or no vertex to compare with
            continue
        distance = math.log10(budgets[i]) - float(np.mean(np.log10(budgets[:i])))
        errors.append(math.log(law.optimum(budgets[i])[0] / best) / distance)
    if not errors:
        return math.inf
    reach = math.log10(budget) - float(np.mean(np.log10(budgets)))
    return float(np.sqrt(np.mean(np.square(errors)))) * reach
