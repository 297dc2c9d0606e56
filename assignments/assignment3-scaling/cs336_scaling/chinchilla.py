"""The three approaches of Hoffmann et al. 2022 (arXiv:2203.15556) to the best N and D.

1. The envelope of training curves: at each compute, which model is lowest on its way?
2. IsoFLOP parabolas (`isoflops.py`).
3. The parametric law L(N, D) = E + A/N^alpha + B/D^beta, fitted to all runs at once.

Approach 3 is solved by variable projection: for fixed exponents the law is linear in E, A and B,
which non-negative least squares gives exactly, so that only two numbers remain to be searched for.
Residuals are those of ln L under Huber's loss; the sum is minimised to a tolerance relative to its
own scale, so that scaling the objective (a sum or a mean) cannot end the search early, which is
what went wrong in the published fit (Besiroglu et al. 2024, arXiv:2404.10102v2).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import least_squares, minimize, nnls
from scipy.special import logsumexp

from cs336_scaling.isoflops import IsoflopFit, TrainingRun, finite_runs, fit_isoflops

Array = NDArray[np.float64]

EXPONENT_RANGE = (0.02, 2.0)
GRID_STEPS = 24
HUBER_DELTA = 1e-3
SMALLEST_TERM = 1e-9
"""A term that is nowhere more than this share of the loss is rounding, whatever its exponent."""


class FitError(ValueError):
    """The data do not determine the law."""


@dataclass(frozen=True)
class ParametricLaw:
    """L(N, D) = E + A/N^alpha + B/D^beta, in nats per token."""

    entropy: float
    n_factor: float
    d_factor: float
    n_exponent: float
    d_exponent: float

    def predict(self, parameters: ArrayLike, tokens: ArrayLike) -> Array:
        """The loss of models of N parameters trained on D tokens."""
        n_term = self.n_factor * np.asarray(parameters, dtype=np.float64) ** -self.n_exponent
        d_term = self.d_factor * np.asarray(tokens, dtype=np.float64) ** -self.d_exponent
        return np.asarray(self.entropy + n_term + d_term)

    def optimum(self, compute_budget: float) -> tuple[float, float]:
        """The (N, D) with 6ND = C and the least loss (Hoffmann et al., equation 4)."""
        a, b = self.n_exponent, self.d_exponent
        balance = (a * self.n_factor / (b * self.d_factor)) ** (1 / (a + b))
        n = balance * (compute_budget / 6) ** (b / (a + b))
        return float(n), float(compute_budget / (6 * n))

    def optimal_loss(self, compute_budget: float) -> float:
        """The loss of the best model at a budget."""
        return float(self.predict(*self.optimum(compute_budget)))


@dataclass(frozen=True)
class TrainingCurve:
    """A run on its way: losses after D tokens, with the learning rate brought down at each."""

    parameters: int
    tokens: Sequence[float]
    losses: Sequence[float]


def approach_1(curves: Sequence[TrainingCurve], budgets: Sequence[float]) -> IsoflopFit:
    """The lower envelope: at each budget C the model lowest after C/(6N) tokens.

    Losses between two points of a curve are interpolated in ln D; a curve counts only where it
    was measured. Budgets at which the best model is the smallest or largest that was measured
    there say nothing about the optimum and are left out.
    """
    winners: list[TrainingRun] = []
    for budget in budgets:
        runs = [run for curve in curves if (run := _on_curve(curve, budget)) is not None]
        sizes = sorted(run.parameters for run in runs)
        best = min(runs, key=lambda run: run.final_loss, default=None)
        if best is not None and sizes[0] < best.parameters < sizes[-1]:
            winners.append(best)
    if len({run.compute_budget for run in winners}) < 2:
        raise FitError("fewer than two budgets have their best model inside of the sizes tried")
    return fit_isoflops(winners, "min")


def approach_2(runs: Sequence[TrainingRun]) -> IsoflopFit:
    """IsoFLOP parabolas."""
    return fit_isoflops(runs, "quadratic")


def approach_3(runs: Sequence[TrainingRun], entropy: float | None = None) -> ParametricLaw:
    """The parametric law through all runs; see `fit_parametric`."""
    runs = finite_runs(runs)
    return fit_parametric(
        [run.parameters for run in runs],
        [run.tokens for run in runs],
        [run.final_loss for run in runs],
        entropy=entropy,
    )


def fit_parametric(
    parameters: ArrayLike,
    tokens: ArrayLike,
    losses: ArrayLike,
    *,
    entropy: float | None = None,
    delta: float = HUBER_DELTA,
) -> ParametricLaw:
    """Fit E + A/N^alpha + B/D^beta from a cold start.

    Args:
        parameters, tokens, losses: (runs,) N, D and the loss of each run.
        entropy: E, if it is known; otherwise it is fitted, too.
        delta: residuals of ln L beyond it count linearly (Hoffmann et al.: 1e-3).

    Raises:
        FitError: too few runs, or exponents or terms that end on a bound of the search.
    """
    n, d, loss = (np.asarray(v, dtype=np.float64) for v in (parameters, tokens, losses))
    unknowns = 5 if entropy is None else 4
    if len(np.unique(np.stack([n, d]), axis=1).T) < unknowns:
        raise FitError(f"{unknowns} constants need at least {unknowns} different runs")
    if entropy is not None and loss.min() <= entropy:
        raise FitError(f"a loss of {loss.min():g} is not above the entropy {entropy:g}")
    problem = _Problem(n, d, loss, entropy)
    steps = np.geomspace(*EXPONENT_RANGE, GRID_STEPS)
    start = min(product(steps, steps), key=lambda pair: problem.squares(np.log(pair)))
    found = minimize(
        problem.squares, np.log(start), method="Nelder-Mead",
        options={"xatol": 1e-9, "fatol": 0.0, "maxiter": 2000},
    )  # fmt: skip
    law = _polish(problem.law(found.x), problem, delta)
    _check_inside(law, problem)
    return law


@dataclass(frozen=True)
class _Problem:
    """Runs, and what is left of the fit when E, A and B are projected out."""

    n: Array
    d: Array
    loss: Array
    entropy: float | None

    def columns(self, exponents: Array) -> Array:
        """(runs, 2 or 3): N^-alpha and D^-beta relative to their means, and ones for E."""
        alpha, beta = exponents
        terms = [(self.n / _middle(self.n)) ** -alpha, (self.d / _middle(self.d)) ** -beta]
        return np.stack(terms + ([np.ones_like(self.n)] if self.entropy is None else []), axis=1)

    def solve(self, exponents: Array) -> tuple[Array, float]:
        """Non-negative factors of the columns, and the norm of the relative residuals."""
        target = self.loss - (self.entropy or 0.0)
        weights = 1 / self.loss  # so that residuals are those of ln L to first order
        factors, norm = nnls(self.columns(exponents) * weights[:, None], target * weights)
        return factors, float(norm)

    def squares(self, log_exponents: Array) -> float:
        """Sum of squared relative residuals of the best law with these exponents."""
        return self.solve(np.exp(log_exponents))[1] ** 2

    def law(self, log_exponents: Array) -> ParametricLaw:
        """The best law with these exponents."""
        alpha, beta = np.exp(log_exponents)
        factors, _ = self.solve(np.exp(log_exponents))
        return ParametricLaw(
            float(factors[2]) if self.entropy is None else self.entropy,
            float(factors[0] * _middle(self.n) ** alpha),
            float(factors[1] * _middle(self.d) ** beta),
            float(alpha),
            float(beta),
        )


def _polish(law: ParametricLaw, problem: _Problem, delta: float) -> ParametricLaw:
    """Go from least squares to Huber's loss of ln L, with logsumexp against overflow."""
    _check_inside(law, problem)
    log_n, log_d, log_loss = np.log(problem.n), np.log(problem.d), np.log(problem.loss)
    fixed = problem.entropy
    if law.entropy == 0.0:  # the best law has no floor, and zero has no logarithm to search in
        fixed = 0.0
    start = [np.log(law.n_factor), np.log(law.d_factor), law.n_exponent, law.d_exponent]
    if fixed is None:
        start.append(np.log(law.entropy))

    def residuals(x: Array) -> Array:
        e = x[4] if fixed is None else (np.log(fixed) if fixed > 0 else -np.inf)
        terms = np.stack([x[0] - x[2] * log_n, x[1] - x[3] * log_d, np.full_like(log_n, e)])
        return np.asarray((logsumexp(terms, axis=0) - log_loss) / delta)

    fit = least_squares(
        residuals, start, loss="huber", x_scale="jac", xtol=1e-14, ftol=1e-14, gtol=None
    )
    a, b, alpha, beta = (float(v) for v in fit.x[:4])
    e = float(np.exp(fit.x[4])) if fixed is None else fixed
    return ParametricLaw(e, float(np.exp(a)), float(np.exp(b)), alpha, beta)


def _check_inside(law: ParametricLaw, problem: _Problem) -> None:
    low, high = EXPONENT_RANGE
    for name, value in (("alpha", law.n_exponent), ("beta", law.d_exponent)):
        if not low * 1.01 < value < high / 1.01:
            raise FitError(f"{name} = {value:.3g} is on the bound of the search; add runs")
    for name, term in (
        ("A", law.n_factor * problem.n.min() ** -law.n_exponent),
        ("B", law.d_factor * problem.d.min() ** -law.d_exponent),
    ):
        if term <= SMALLEST_TERM * problem.loss.min():
            raise FitError(f"{name} is zero: the runs do not show this term; add runs")


def _on_curve(curve: TrainingCurve, budget: float) -> TrainingRun | None:
    """What a curve says at the tokens that a budget allows, if it was measured there."""
    tokens = budget / (6 * curve.parameters)
    if not min(curve.tokens) <= tokens <= max(curve.tokens):
        return None
    loss = np.interp(np.log(tokens), np.log(curve.tokens), curve.losses)
    return TrainingRun(curve.parameters, budget, float(loss))


def _middle(values: Array) -> float:
    return float(np.exp(np.log(values).mean()))
