"""Approach 3 by a general optimiser, as it was published: five numbers, many starts, L-BFGS-B.

Whether the residuals are summed or averaged should not matter, since the best point is the same.
But L-BFGS-B stops when the slope of what it minimises is below an absolute 1e-5, or when its value
has changed by less than 2e-9 of max(|value|, 1). A mean of Huber terms at delta = 1e-3 is about
1e-6 everywhere near the optimum.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from cs336_scaling.chinchilla import HUBER_DELTA, ParametricLaw
from cs336_scaling.isoflops import TrainingRun
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import logsumexp

from lectures.lecture_09.published import CHINCHILLA_FLOPS

Array = NDArray[np.float64]
STARTS = [np.array(x) for x in product((5.0, 15.0), (5.0, 15.0), (0.0,), (0.3, 0.8), (0.3, 0.8))]
"""ln A, ln B, ln E, alpha and beta at the start."""

FITS = {
    "projected": "ours, variable projection",
    "sum": "ours, L-BFGS-B on the sum",
    "mean": "ours, L-BFGS-B on the mean",
    "printed": "Hoffmann et al. 2022, as printed",
    "corrected": "Besiroglu et al. 2024 (the truth of our runs)",
}
CONSTANT_COLUMNS = ["fit", "E", "A", "B", "α", "β", "N at 5.76e23, billions"]


@dataclass(frozen=True)
class Stopped:
    """Where the search ended: the law, its sum of Huber terms, iterations of all starts."""

    law: ParametricLaw
    total: float
    iterations: int


def huber(residuals: Array, delta: float = HUBER_DELTA) -> Array:
    """Half the square up to delta, then a straight line; (runs,)."""
    size = np.abs(residuals)
    return np.where(size <= delta, size**2 / 2, delta * (size - delta / 2))


def log_residuals(x: Array, runs: Sequence[TrainingRun]) -> Array:
    """ln of the predicted loss minus ln of the loss, (runs,)."""
    a, b, e, alpha, beta = x
    n, d = (np.log([getattr(run, name) for run in runs]) for name in ("parameters", "tokens"))
    terms = np.stack([a - alpha * n, b - beta * d, np.full_like(n, e)])
    return np.asarray(logsumexp(terms, axis=0) - np.log([run.final_loss for run in runs]))


def fit_by_lbfgs(runs: Sequence[TrainingRun], reduce: Callable[[Array], float]) -> Stopped:
    """The best end of all starts; `reduce` is `np.sum` or `np.mean`."""

    def objective(x: Array) -> float:
        return float(reduce(huber(log_residuals(x, runs))))

    ends = [minimize(objective, start, method="L-BFGS-B") for start in STARTS]
    best = min(ends, key=lambda end: float(end.fun)).x
    a, b, e = (float(v) for v in np.exp(best[:3]))
    law = ParametricLaw(e, a, b, float(best[3]), float(best[4]))
    total = float(huber(log_residuals(best, runs)).sum())
    return Stopped(law, total, sum(int(end.nit) for end in ends))


def with_rounded_exponents(law: ParametricLaw) -> ParametricLaw:
    """The law as it would be printed: alpha and beta to two decimals."""
    alpha, beta = round(law.n_exponent, 2), round(law.d_exponent, 2)
    return replace(law, n_exponent=alpha, d_exponent=beta)


def constants_table(laws: Mapping[str, ParametricLaw]) -> list[list[str | float]]:
    """A row of constants for each law in `FITS`, and its best N at Chinchilla's budget."""
    rows: list[list[str | float]] = []
    for key, name in FITS.items():
        law = laws[key]
        values = (law.entropy, law.n_factor, law.d_factor, law.n_exponent, law.d_exponent)
        size = law.optimum(CHINCHILLA_FLOPS)[0] / 1e9
        rows.append([name, *(float(f"{value:.4g}") for value in values), round(size, 1)])
    return rows
