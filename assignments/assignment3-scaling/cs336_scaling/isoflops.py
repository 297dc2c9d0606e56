"""IsoFLOP curves: at each compute budget find the best model size, then fit power laws to those.

Hoffmann et al. 2022 (arXiv:2203.15556), approach 2. Compute is C = 6ND throughout, N counts
non-embedding parameters, losses are in nats per token.
"""

from __future__ import annotations

import json
import math
import warnings
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Method = Literal["min", "quadratic"]
SMALLEST_CURVE = 3  # distinct sizes that determine a parabola


class FitWarning(UserWarning):
    """Some data could not be used for a fit; the message says which and why."""


@dataclass(frozen=True)
class TrainingRun:
    """A finished run: parameters N, compute budget C in FLOPs, final loss (NaN if it diverged)."""

    parameters: int
    compute_budget: float
    final_loss: float

    @property
    def tokens(self) -> float:
        """D = C / (6N)."""
        return self.compute_budget / (6 * self.parameters)


@dataclass(frozen=True)
class OptimalRun:
    """The best model at a budget: its size N, its tokens D = C/(6N) and its loss."""

    compute_budget: float
    parameters: float
    tokens: float
    loss: float


@dataclass(frozen=True)
class PowerLaw:
    """y = coefficient · x^exponent."""

    coefficient: float
    exponent: float

    def predict(self, x: float) -> float:
        """The y of an x > 0."""
        return float(self.coefficient * x**self.exponent)


@dataclass(frozen=True)
class IsoflopFit:
    """The best models by budget, and the power laws N(C) and D(C) through them."""

    points: list[OptimalRun]
    parameters_law: PowerLaw
    tokens_law: PowerLaw

    def predict(self, compute_budget: float) -> tuple[float, float]:
        """The best (N, D) at a budget."""
        return self.parameters_law.predict(compute_budget), self.tokens_law.predict(compute_budget)


def load_isoflops_runs(path: str | PathLike[str]) -> list[TrainingRun]:
    """Read a JSON array of objects with parameters, compute_budget and final_loss.

    Raises:
        ValueError: the file has another form; the message says which entry and what it lacks.
    """
    rows = json.loads(Path(path).read_text(encoding="utf-8"))
    if not isinstance(rows, list):
        raise ValueError(f"{path}: expected a JSON array of runs, found {type(rows).__name__}")
    return [_read_run(row, f"{path}: run {index}") for index, row in enumerate(rows)]


def _read_run(row: Any, where: str) -> TrainingRun:
    try:
        parameters, budget, loss = row["parameters"], row["compute_budget"], row["final_loss"]
        loss = math.nan if loss is None else float(loss)
        run = TrainingRun(int(parameters), float(budget), loss)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"{where}: expected numbers parameters, compute_budget and final_loss, found {row!r}"
        ) from error
    if run.parameters <= 0 or not 0 < run.compute_budget < math.inf:
        raise ValueError(f"{where}: parameters and compute_budget must be positive and finite")
    return run


def finite_runs(runs: Iterable[TrainingRun]) -> list[TrainingRun]:
    """The runs that did not diverge; warns about the others."""
    runs = list(runs)
    kept = [run for run in runs if math.isfinite(run.final_loss)]
    if len(kept) < len(runs):
        warnings.warn(
            f"{len(runs) - len(kept)} of {len(runs)} runs have no finite loss and are left out",
            FitWarning, stacklevel=2,
        )  # fmt: skip
    return kept


def by_budget(runs: Iterable[TrainingRun]) -> dict[float, list[TrainingRun]]:
    """Runs grouped by budget, ascending; 1e18 and 10**18 are one budget."""
    groups: dict[float, list[TrainingRun]] = defaultdict(list)
    for run in runs:
        groups[float(run.compute_budget)].append(run)
    return {budget: groups[budget] for budget in sorted(groups)}


def select_optimal_runs(runs: Sequence[TrainingRun], method: Method = "min") -> list[OptimalRun]:
    """The best model of each budget, ascending in compute.

    "min" takes the best run that was made. "quadratic" takes the vertex of the parabola of the
    loss in ln N; a budget whose parabola has no trustworthy vertex is left out with a warning.

    Raises:
        ValueError: an unknown method, or no budget is left.
    """
    if method not in ("min", "quadratic"):
        raise ValueError(f'method is {method!r}; it must be "min" or "quadratic"')
    points = []
    for budget, group in by_budget(finite_runs(runs)).items():
        if method == "min":
            best = min(group, key=lambda run: run.final_loss)
            points.append(_point(budget, best.parameters, best.final_loss))
            continue
        try:
            log_n, loss = parabola_vertex(
                [math.log(run.parameters) for run in group], [run.final_loss for run in group]
            )
        except ValueError as error:
            warnings.warn(f"budget {budget:g}: {error}; left out", FitWarning, stacklevel=2)
        else:
            points.append(_point(budget, math.exp(log_n), loss))
    if not points:
        raise ValueError("no budget has runs from which a best model could be found")
    return points


def parabola_vertex(x: Sequence[float], y: Sequence[float]) -> tuple[float, float]:
    """The lowest point of the least-squares parabola through (x, y).

    Raises:
        ValueError: fewer than three distinct x, a parabola that opens downward, or a vertex
            outside of the x that were tried: an extrapolation, not an optimum.
    """
    if len(set(x)) < SMALLEST_CURVE:
        raise ValueError(f"{len(set(x))} distinct sizes do not determine a parabola")
    middle = float(np.mean(x))
    a, b, c = np.polyfit(np.asarray(x) - middle, y, 2)
    if a <= 0:
        raise ValueError("the parabola opens downward")
    vertex = middle - b / (2 * a)
    if not min(x) <= vertex <= max(x):
        raise ValueError("the vertex lies outside of the sizes that were tried")
    return float(vertex), float(c - b**2 / (4 * a))


def fit_power_law(x: ArrayLike, y: ArrayLike) -> PowerLaw:
    """Least squares of ln y on ln x.

    >>> fit_power_law([1, 10, 100], [2, 20, 200])
    PowerLaw(coefficient=2.0000000000000004, exponent=1.0)

    Raises:
        ValueError: fewer than two distinct x, or a value that has no logarithm.
    """
    xs: NDArray[np.float64] = np.asarray(x, dtype=np.float64)
    ys: NDArray[np.float64] = np.asarray(y, dtype=np.float64)
    if xs.shape != ys.shape or len(np.unique(xs)) < 2:
        raise ValueError("a power law needs at least two points with different x")
    if not (np.isfinite(xs).all() and np.isfinite(ys).all() and (xs > 0).all() and (ys > 0).all()):
        raise ValueError("a power law needs positive, finite x and y")
    log_x, log_y = np.log(xs), np.log(ys)
    slope = float(
        (log_x - log_x.mean()) @ (log_y - log_y.mean()) / np.sum((log_x - log_x.mean()) ** 2)
    )
    return PowerLaw(float(np.exp(log_y.mean() - slope * log_x.mean())), slope)


def fit_isoflops(runs: Sequence[TrainingRun], method: Method = "quadratic") -> IsoflopFit:
    """Power laws N(C) and D(C) through the best models of each budget."""
    points = select_optimal_runs(runs, method)
    budgets = [point.compute_budget for point in points]
    return IsoflopFit(
        points,
        fit_power_law(budgets, [point.parameters for point in points]),
        fit_power_law(budgets, [point.tokens for point in points]),
    )


def _point(budget: float, parameters: float, loss: float) -> OptimalRun:
    return OptimalRun(budget, parameters, budget / (6 * parameters), loss)
