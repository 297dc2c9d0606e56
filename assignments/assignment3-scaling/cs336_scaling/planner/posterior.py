"""What runs say about the model's constants, and how sure one can be of the form itself.

Seeds move L in proportion, with the tails of Student's t. Every constant has a prior. The posterior
is Gaussian around its mode (Laplace), so a prediction has a standard deviation that grows with the
distance from the runs. That is the uncertainty within one form of the law; `Mixture` weighs several
forms by their evidence and adds how much they disagree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

import numpy as np

from cs336_scaling.config import RunConfig
from cs336_scaling.planner.response import (
    CONSTANTS,
    CROSSINGS,
    D_DRIFTS,
    N_DRIFTS,
    POWER,
    Array,
    Features,
    bowls,
    log_loss,
    log_loss_and_slopes,
)

PRIOR: dict[str, tuple[float, float]] = {
    "ln E": (log(1.8), 0.2),
    "ln A": (log(1.0), 0.8),
    "ln B": (log(1.0), 0.8),
    "ln alpha": (log(0.35), 0.2),
    "ln beta": (log(0.35), 0.2),
    "ln k": (log(0.02), 0.8),
    "l0": (log(4e-4) / log(2), 1.0),
    "l1": (-0.17, 0.15),
    "l2": (0.4, 0.3),
    "ln s": (log(0.012), 0.7),
    "a": (log(50.0), 0.3),
    "b0": (0.0, 0.01),
    "b1": (0.0, 0.003),
    "r": (0.0, 0.15),
}
"""Mean and standard deviation of each constant: what published studies report, widened."""

MEANS = np.array([*(mean for mean, _ in PRIOR.values()), *np.zeros(CONSTANTS - len(PRIOR))])
BOWL_ERROR = 0.1  # share of a bowl that a parabola may be wrong by
DEGREES = 5.0  # of Student's t: tails of real runs


@dataclass(frozen=True)
class Form:
    """How far the law may depart from Hoffmann's: prior standard deviations, and the odds of it.

    Attributes:
        drift: of the change of an exponent at a corner.
        crossing: of the change of an exponent per factor e of the other variable.
        power: of ln g.
        odds: how plausible the form is before any run, to the others' odds.
    """

    drift: float
    crossing: float
    power: float
    odds: float = 1.0

    @property
    def spreads(self) -> Array:
        """Standard deviations of the prior, (constants,)."""
        spreads = np.empty(CONSTANTS)
        spreads[: len(PRIOR)] = [spread for _, spread in PRIOR.values()]
        spreads[N_DRIFTS], spreads[D_DRIFTS] = self.drift, self.drift
        spreads[CROSSINGS], spreads[POWER] = self.crossing, self.power
        return spreads


HOFFMANN = Form(drift=0.001, crossing=0.0003, power=0.003, odds=1.0)
BENT = Form(drift=0.03, crossing=0.0003, power=0.003, odds=150.0)
COUPLED = Form(drift=0.03, crossing=0.0003, power=0.25, odds=150.0)
CROSSED = Form(drift=0.03, crossing=0.01, power=0.25, odds=150.0)
FORMS = (HOFFMANN, BENT, COUPLED, CROSSED)
"""Hoffmann's law; one that may bend; one whose terms need not add, too; and one whose exponents may
also depend on the other variable. Noisy runs cannot tell a small bend from none and then favour
none, so departures get long odds: chosen on the hidden worlds of seeds 0 to 139."""
NOISES = (0.0015, 0.0025, 0.004, 0.006, 0.009, 0.0135, 0.02, 0.03, 0.045)
"""Scales of the noise of ln L that are tried."""


@dataclass(frozen=True)
class Posterior:
    """The fitted model: mode and covariance of the constants, noise and evidence.

    Attributes:
        theta: (constants,) the mode.
        covariance: (constants, constants).
        noise: scale of ln L over seeds.
        form: what it was allowed to do.
        log_evidence: how well this noise and drift explain the runs.
    """

    theta: Array
    covariance: Array
    noise: float
    form: Form
    log_evidence: float

    def predict(self, f: Features) -> Array:
        """ln L (runs,)."""
        return log_loss(self.theta, f)

    def spread(self, f: Features) -> Array:
        """Standard deviation of the exact ln L (runs,), without the noise of a run."""
        slopes = log_loss_and_slopes(self.theta, f)[1]
        return np.asarray(np.sqrt(np.einsum("ij,jk,ik->i", slopes, self.covariance, slopes)))


@dataclass(frozen=True)
class _Problem:
    """Runs, the scale of the noise of each, and the prior: what a mode is sought for."""

    f: Features
    log_losses: Array
    scales: Array
    spreads: Array

    def cost(self, theta: Array) -> float:
        """-2 ln of the posterior, up to a constant."""
        r = (self.log_losses - log_loss(theta, self.f)) / self.scales
        prior = (theta - MEANS) / self.spreads
        return float((DEGREES + 1) * np.log1p(r**2 / DEGREES).sum() + (prior**2).sum())

    def newton(self, theta: Array) -> tuple[Array, Array]:
        """Gradient and Gauss-Newton matrix of half the cost, residuals reweighted."""
        value, slopes = log_loss_and_slopes(theta, self.f)
        residual = (self.log_losses - value) / self.scales
        weights = (DEGREES + 1) / (DEGREES + residual**2)
        scaled = slopes / self.scales[:, None]
        matrix = scaled.T @ (scaled * weights[:, None]) + np.diag(self.spreads**-2.0)
        gradient = (theta - MEANS) / self.spreads**2 - scaled.T @ (weights * residual)
        return gradient, matrix

    def mode(self, theta: Array, steps: int) -> Array:
        """Go downhill from `theta` by damped steps (Levenberg-Marquardt)."""
        current, damping = self.cost(theta), 1e-3
        gradient, matrix = self.newton(theta)
        for _ in range(steps):
            step = np.linalg.solve(matrix + damping * np.diag(np.diag(matrix)), gradient)
            after = self.cost(theta - step)
            if not after <= current:
                damping *= 6
                continue
            gain, theta, current, damping = current - after, theta - step, after, damping / 5
            if gain < 1e-5:
                break
            gradient, matrix = self.newton(theta)
        return theta

    def covariance(self, theta: Array) -> Array:
        """Of the posterior. Student's t tells (n + 1)/(n + 3) of what a normal does."""
        scaled = log_loss_and_slopes(theta, self.f)[1] / self.scales[:, None]
        known = (DEGREES + 1) / (DEGREES + 3) * scaled.T @ scaled
        return np.asarray(np.linalg.inv(known + np.diag(self.spreads**-2.0)))


def fit_with(
    f: Features, log_losses: Array, noise: float, form: Form, start: Array | None = None
) -> Posterior:
    """The posterior for a given noise and form."""
    spreads = form.spreads
    theta = MEANS if start is None else start
    for steps in (12, 12, 25):  # the scales depend on the constants: settle them first
        problem = _Problem(f, log_losses, noise_scales(theta, f, noise), spreads)
        theta = problem.mode(theta, steps)
    covariance = problem.covariance(theta)
    evidence = (
        -0.5 * problem.cost(theta)
        - float(np.log(problem.scales).sum())
        - float(np.log(spreads).sum())
        + 0.5 * float(np.linalg.slogdet(covariance)[1])
    )
    return Posterior(theta, covariance, noise, form, evidence)


def noise_scales(theta: Array, f: Features, noise: float) -> Array:
    """Scale of each residual of ln L, (runs,): seeds move the loss, bowls may be misshapen."""
    return np.asarray(np.hypot(noise, BOWL_ERROR * bowls(theta, f)))


def fit_form(
    f: Features, log_losses: Array, form: Form, start: Posterior | None = None
) -> Posterior:
    """The posterior for a form, at the noise with the most evidence: climbs a ladder of noises."""
    best = start.noise if start is not None else 0.009
    theta = start.theta if start is not None else None
    i, tried = NOISES.index(best), dict[int, Posterior]()
    while True:
        for j in (i - 1, i, i + 1):
            if 0 <= j < len(NOISES) and j not in tried:
                tried[j] = fit_with(f, log_losses, NOISES[j], form, theta)
        top = max(tried, key=lambda j: tried[j].log_evidence)
        if top == i:
            return tried[i]
        i = top


@dataclass(frozen=True)
class Mixture:
    """Posteriors for several forms with their probabilities: one cannot be sure of the form.

    Attributes:
        posteriors: one a form.
        weights: their probabilities, which sum to 1.
    """

    posteriors: list[Posterior]
    weights: Array

    @property
    def likeliest(self) -> Posterior:
        """The posterior with the largest weight."""
        return self.posteriors[int(np.argmax(self.weights))]

    @property
    def theta(self) -> Array:
        """The constants of the likeliest posterior."""
        return self.likeliest.theta

    def predict(self, f: Features) -> Array:
        """Mean of ln L, (runs,)."""
        return np.asarray(self.weights @ np.stack([p.predict(f) for p in self.posteriors]))

    def spread(self, f: Features) -> Array:
        """Standard deviation of ln L, (runs,): within the posteriors and between them."""
        means = np.stack([p.predict(f) for p in self.posteriors])
        spreads = np.stack([p.spread(f) for p in self.posteriors])
        between = means - self.weights @ means
        return np.asarray(np.sqrt(self.weights @ (spreads**2 + between**2)))


def fit_response(configs: Sequence[RunConfig], losses: Sequence[float]) -> Mixture:
    """Fit runs that did not diverge, with every form."""
    f, y = Features.of_configs(configs), np.log(np.asarray(losses, dtype=np.float64))
    posteriors: list[Posterior] = []
    for form in FORMS:
        posteriors.append(fit_form(f, y, form, posteriors[-1] if posteriors else None))
    logs = np.array([p.log_evidence + log(p.form.odds) for p in posteriors])
    weights = np.exp(logs - logs.max())
    return Mixture(posteriors, weights / weights.sum())
