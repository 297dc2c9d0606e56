"""Predict the excess over a known entropy at ten times the compute, five ways.

A loss near its entropy is predicted well by anything that knows the entropy: what is hard, and
what is scored here, is the excess x = L - E of the best model at a budget.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import t as student

from cs336_scaling.chinchilla import FitError, ParametricLaw, fit_parametric
from cs336_scaling.isoflops import fit_power_law, parabola_vertex

EXCESS_DELTA = 0.1  # of ln x, for Huber's loss: seeds and the form are off by a few percent
VALLEY = 0.03


@dataclass(frozen=True)
class ExcessRun:
    """One size at one budget, its excess over seeds averaged in the logarithm."""

    parameters: int
    tokens: float
    compute_budget: float
    excess: float


@dataclass(frozen=True)
class Valley:
    """The bottom of the excess against N at a budget.

    Attributes:
        excess: at the vertex of the parabola of ln x in ln N, or of the best run without one.
        parameters: N there.
        low, high: sizes between which x is within 3 % of it.
    """

    compute_budget: float
    excess: float
    parameters: float
    low: float
    high: float


@dataclass(frozen=True)
class ExcessPrediction:
    """The excess that a method predicts at a budget, and the entropy that it found or was told."""

    method: str
    excess: float
    entropy: float


@dataclass(frozen=True)
class ExcessInterval:
    """A 95 % interval of the excess; spreads are standard deviations of its logarithm."""

    low: float
    high: float
    sampling_spread: float
    model_spread: float


def excess_runs(records: Sequence[dict[str, Any]]) -> list[ExcessRun]:
    """Average the records of a study over seeds; runs that diverged are left out."""
    groups: dict[tuple[float, int], list[dict[str, Any]]] = defaultdict(list)
    for record in records:
        if record["excess"] is not None and record["excess"] > 0:
            groups[record["train_flops"], record["parameters"]].append(record)
    runs = []
    for (budget, parameters), group in sorted(groups.items()):
        mean = float(np.mean([math.log(record["excess"]) for record in group]))
        runs.append(ExcessRun(parameters, group[0]["tokens"], budget, math.exp(mean)))
    return runs


def at_budgets(runs: Sequence[ExcessRun], budgets: Sequence[float]) -> list[ExcessRun]:
    """The runs of some budgets."""
    return [run for run in runs if run.compute_budget in budgets]


def valleys(runs: Sequence[ExcessRun]) -> list[Valley]:
    """The valley of each budget, ascending."""
    budgets = sorted({run.compute_budget for run in runs})
    return [_valley(c, [run for run in runs if run.compute_budget == c]) for c in budgets]


def _valley(budget: float, runs: Sequence[ExcessRun]) -> Valley:
    """Through the four runs nearest the lowest; far off, ln x is no parabola."""
    best = min(runs, key=lambda run: run.excess)
    near = sorted(runs, key=lambda run: abs(math.log(run.parameters / best.parameters)))[:4]
    x = [math.log(run.parameters) for run in near]
    y = [math.log(run.excess) for run in near]
    try:
        vertex, bottom = parabola_vertex(x, y)
    except ValueError:
        n = float(best.parameters)
        return Valley(budget, best.excess, n, n, n)
    reach = math.sqrt(VALLEY / max(np.polyfit(x, y, 2)[0], 1e-9))
    return Valley(budget, math.exp(bottom), math.exp(vertex), math.exp(vertex - reach),
                  math.exp(vertex + reach))  # fmt: skip


def parabolas_known(runs: Sequence[ExcessRun], entropy: float, target: float) -> ExcessPrediction:
    """A power law in C through the valleys of the excess."""
    points = valleys(runs)
    law = fit_power_law([p.compute_budget for p in points], [p.excess for p in points])
    return ExcessPrediction("parabolas, E known", law.predict(target), entropy)


def parametric_known(runs: Sequence[ExcessRun], entropy: float, target: float) -> ExcessPrediction:
    """x = A/N^alpha + B/D^beta, fitted to ln x."""
    law = fit_excess_law(runs)
    return ExcessPrediction("parametric, E known", law.optimal_loss(target), entropy)


def parabolas_free(runs: Sequence[ExcessRun], entropy: float, target: float) -> ExcessPrediction:
    """L = E + k C^-g through the valleys, E fitted with them."""
    points = valleys(runs)
    c = np.array([p.compute_budget for p in points])
    loss = np.array([p.excess + entropy for p in points])

    def misfit(found: float) -> float:
        return float(np.polyfit(np.log(c), np.log(loss - found), 1, full=True)[1].sum())

    tried = np.linspace(0, loss.min() * 0.999, 2000)
    found = float(min(tried, key=misfit))
    law = fit_power_law(c, loss - found)
    return ExcessPrediction("parabolas, E free", law.predict(target) + found - entropy, found)


def parametric_free(runs: Sequence[ExcessRun], entropy: float, target: float) -> ExcessPrediction:
    """L = E + A/N^alpha + B/D^beta, fitted to ln L with E unknown."""
    law = fit_parametric(
        [r.parameters for r in runs], [r.tokens for r in runs], [r.excess + entropy for r in runs],
        delta=EXCESS_DELTA,
    )  # fmt: skip
    found = law.optimal_loss(target) - entropy
    return ExcessPrediction("parametric, E free", found, law.entropy)


def parabolas_without(runs: Sequence[ExcessRun], entropy: float, target: float) -> ExcessPrediction:
    """A power law in C of the loss itself: no entropy at all."""
    points = valleys(runs)
    law = fit_power_law([p.compute_budget for p in points], [p.excess + entropy for p in points])
    return ExcessPrediction("parabolas, no E", law.predict(target) - entropy, 0.0)


Method = Callable[[Sequence[ExcessRun], float, float], ExcessPrediction]
METHODS: tuple[Method, ...] = (
    parametric_known, parabolas_known, parametric_free, parabolas_free, parabolas_without,
)  # fmt: skip


def predict_all(
    runs: Sequence[ExcessRun], entropy: float, target: float
) -> list[ExcessPrediction | FitError]:
    """Every method; one that the runs do not determine gives its error."""
    answers: list[ExcessPrediction | FitError] = []
    for method in METHODS:
        try:
            answers.append(method(runs, entropy, target))
        except FitError as error:
            answers.append(error)
    return answers


def fit_excess_law(runs: Sequence[ExcessRun]) -> ParametricLaw:
    """A/N^alpha + B/D^beta through the excess of runs."""
    return fit_parametric(
        [r.parameters for r in runs], [r.tokens for r in runs], [r.excess for r in runs],
        entropy=0.0, delta=EXCESS_DELTA,
    )  # fmt: skip


def excess_interval(
    runs: Sequence[ExcessRun], target: float, draws: int = 200, seed: int = 0
) -> ExcessInterval:
    """A 95 % interval around the parametric prediction with E known.

    Sampling: residuals of ln x are drawn anew and the law refitted. Model error: each budget in
    turn is held back and predicted from the others by a power law through their valleys; the root
    mean square of these errors, a decade of distance, grows in proportion to the distance from the
    middle of the runs. With so few budgets its own uncertainty is that of Student's t.
    """
    law = fit_excess_law(runs)
    middle = math.log(law.optimal_loss(target))
    sampling = float(np.std(bootstrap_excess(runs, law, target, draws, seed)))
    model, budgets = model_spread(runs, target)
    quantile = float(student.ppf(0.975, max(1, budgets - 1)))
    reach = math.hypot(1.96 * sampling, quantile * model)
    return ExcessInterval(math.exp(middle - reach), math.exp(middle + reach), sampling, model)


def bootstrap_excess(
    runs: Sequence[ExcessRun], law: ParametricLaw, target: float, draws: int, seed: int
) -> list[float]:
    """ln of the predicted excess for residuals drawn anew; with pairs a budget could get lost."""
    rng = np.random.default_rng(seed)
    fitted = np.log(law.predict([r.parameters for r in runs], [r.tokens for r in runs]))
    residuals = np.log([r.excess for r in runs]) - fitted
    # A fit is closer to its own runs than the truth is: by (runs - constants) / runs.
    residuals *= math.sqrt(len(runs) / max(1, len(runs) - 4))
    answers = []
    for _ in range(draws):
        noisy = np.exp(fitted + rng.choice(residuals, len(runs)))
        drawn = [
            ExcessRun(r.parameters, r.tokens, r.compute_budget, float(x))
            for r, x in zip(runs, noisy, strict=True)
        ]
        try:
            answers.append(math.log(fit_excess_law(drawn).optimal_loss(target)))
        except FitError:
            continue
    return answers


def model_spread(runs: Sequence[ExcessRun], target: float) -> tuple[float, int]:
    """Standard deviation of ln x at the target that the form may be wrong by; budgets held back."""
    points = valleys(runs)
    logs = np.array([math.log10(p.compute_budget) for p in points])
    values = np.array([math.log(p.excess) for p in points])
    errors = []
    for i in range(len(points)):
        others = np.arange(len(points)) != i
        if others.sum() >= 2:
            slope, level = np.polyfit(logs[others], values[others], 1)
            distance = abs(logs[i] - logs[others].mean())
            errors.append((values[i] - (slope * logs[i] + level)) / max(distance, 0.25))
    reach = math.log10(target) - float(logs.mean())
    return float(np.sqrt(np.mean(np.square(errors)))) * reach, len(errors)
