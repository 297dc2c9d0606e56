"""Laws whose constants the judge knows, sets of runs on them, and how well a right fit can do."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass

import numpy as np
from judge.checks import Draw
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

Array = NDArray[np.float64]
Run = tuple[int, float, float]
"""Parameters N, compute budget C in FLOPs, final loss in nats."""


@dataclass(frozen=True)
class Law:
    """L = E + A/N^alpha + B/D^beta."""

    E: float
    A: float
    B: float
    alpha: float
    beta: float

    def loss(self, parameters: ArrayLike, tokens: ArrayLike) -> Array:
        """The loss of models of N parameters after D tokens."""
        n_part, d_part = np.log(parameters) * self.alpha, np.log(tokens) * self.beta
        return np.asarray(self.E + self.A * np.exp(-n_part) + self.B * np.exp(-d_part))

    def at(self, parameters: ArrayLike, budget: float) -> Array:
        """The loss of models that read all the tokens that a budget allows."""
        return self.loss(parameters, budget / 6 / np.asarray(parameters, dtype=float))

    def best(self, budget: float) -> float:
        """The N at which a little more of either term would change the loss alike."""

        def pull(log_n: float) -> float:
            log_d = math.log(budget / 6) - log_n
            mine = math.log(self.alpha * self.A) - self.alpha * log_n
            return mine - (math.log(self.beta * self.B) - self.beta * log_d)

        return math.exp(float(brentq(pull, -50.0, 120.0, xtol=1e-12)))

    @property
    def constants(self) -> tuple[float, ...]:
        """(E, A, B, alpha, beta)."""
        return astuple(self)


def drawn_law(draw: Draw) -> Law:
    """A law of the size of published ones; its two exponents always differ."""
    alpha = draw.random.uniform(0.26, 0.40)
    beta = alpha + draw.random.choice((-1, 1)) * draw.random.uniform(0.03, 0.08)
    ratio = draw.random.uniform(8, 60)  # tokens a parameter at 1e21 FLOPs
    n = math.sqrt(1e21 / 6 / ratio)
    d, reducible = ratio * n, draw.random.uniform(0.4, 0.8)
    A = reducible * beta / (alpha + beta) * n**alpha
    B = reducible * alpha / (alpha + beta) * d**beta
    return Law(draw.random.uniform(1.5, 2.3), A, B, alpha, beta)


def curves(
    law: Law,
    budgets: Sequence[float],
    *,
    sizes: int = 8,
    width: float = 24.0,
    noise: float = 0.0,
    seed: int = 0,
) -> list[Run]:
    """IsoFLOP runs around the best size of each budget; `noise` moves ln L."""
    rng = np.random.default_rng(seed)
    made = []
    for budget in budgets:
        for step in np.geomspace(1 / math.sqrt(width), math.sqrt(width), sizes):
            n = round(law.best(budget) * float(step))
            made.append((n, budget, float(law.at(n, budget) * math.exp(noise * rng.normal()))))
    rng.shuffle(made)
    return [(int(n), float(c), float(loss)) for n, c, loss in made]


def standard_error(law: Law, runs: Sequence[Run], budget: float, noise: float) -> float:
    """What chance alone does to ln N of the best model at a budget, in a fit without fault.

    The Cramér-Rao bound at the law's true constants; no fit of any kind is made here.
    """
    return noise * float(np.linalg.norm(influence(law, runs, budget)))


def influence(law: Law, runs: Sequence[Run], budget: float) -> Array:
    """By how much ln L of each run moves ln N of the best model, in least squares: (runs,)."""
    n = np.array([run[0] for run in runs], dtype=float)
    d = np.array([run[1] for run in runs]) / 6 / n
    start = np.array([*np.log(law.constants[:3]), *law.constants[3:]])

    def moved(index: int, by: float) -> Law:
        at = start + by * (np.arange(5) == index)
        return Law(*np.exp(at[:3]).tolist(), *at[3:].tolist())

    step = 1e-5
    slopes, answers = [], []
    for index in range(5):
        up, down = moved(index, step), moved(index, -step)
        slopes.append(np.log(up.loss(n, d) / down.loss(n, d)) / (2 * step))
        answers.append(math.log(up.best(budget) / down.best(budget)) / (2 * step))
    jacobian = np.array(slopes)
    return np.asarray(np.linalg.solve(jacobian @ jacobian.T, np.array(answers)) @ jacobian)
