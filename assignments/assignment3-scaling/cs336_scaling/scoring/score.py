"""One world, one strategy: plan, predict, and compare with the truth."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from cs336_scaling.config import CONTRACT_DOMAIN
from cs336_scaling.fifth_family import make_fifth_surface
from cs336_scaling.fourth_family import make_fourth_surface
from cs336_scaling.planner.ledger import Ledger
from cs336_scaling.planner.prediction import predict
from cs336_scaling.scoring.baselines import STRATEGIES
from cs336_scaling.simulator import TARGET_FLOPS, make_surface
from cs336_scaling.surfaces import Surface
from cs336_scaling.third_family import make_third_surface

BUDGET = 2 * 10**18


@dataclass(frozen=True)
class Score:
    """What a strategy reached in one world. Fractions: 0.01 is one percent.

    Attributes:
        seed: of the world.
        loss_error: predicted over true best loss at the target, minus 1.
        size_error: predicted over true best N, minus 1.
        regret: true loss of the proposed configuration over the best, minus 1.
        covered: whether the 95 % interval holds the true best loss.
        width: of the interval, over the predicted loss.
    """

    seed: int
    loss_error: float
    size_error: float
    regret: float
    covered: bool
    width: float


WORLDS: dict[str, Callable[[int], Surface]] = {
    "1": lambda seed: make_surface(seed, 1),
    "2": lambda seed: make_surface(seed, 2),
    "3": make_third_surface,
    "4": make_fourth_surface,
    "5": make_fifth_surface,
    "1-excess": lambda seed: make_surface(seed, 1, noise_of="excess"),
    "2-excess": lambda seed: make_surface(seed, 2, noise_of="excess"),
}
"""Worlds by the name of their family."""


def score_world(family: str, seed: int, strategy: str = "planner") -> Score:
    """Spend the course's budget in one world and judge the answer."""
    surface = WORLDS[family](seed)
    ledger = Ledger(surface.observe, BUDGET)
    STRATEGIES[strategy](ledger, CONTRACT_DOMAIN, TARGET_FLOPS, seed)
    answer = predict(ledger.usable(), CONTRACT_DOMAIN, TARGET_FLOPS)
    best = surface.optimum(TARGET_FLOPS)
    return Score(
        seed,
        answer.loss / best.loss - 1,
        answer.config.parameters / best.config.parameters - 1,
        surface.loss(answer.config) / best.loss - 1,
        answer.low <= best.loss <= answer.high,
        (answer.high - answer.low) / answer.loss,
    )


def score_task(task: tuple[str, int, str]) -> Score:
    """`score_world` of one tuple, for a pool of processes."""
    return score_world(*task)


@dataclass(frozen=True)
class Summary:
    """Scores of many worlds; pairs are median and 90 % quantile of the size of an error."""

    worlds: int
    loss_error: tuple[float, float]
    size_error: tuple[float, float]
    regret: tuple[float, float]
    coverage: float
    width: float


def summarise(scores: Sequence[Score]) -> Summary:
    """The row of the table for some worlds."""
    return Summary(
        len(scores),
        _quantiles(score.loss_error for score in scores),
        _quantiles(score.size_error for score in scores),
        _quantiles(score.regret for score in scores),
        float(np.mean([score.covered for score in scores])),
        float(np.median([score.width for score in scores])),
    )


def coverage_error(coverage: float, worlds: int) -> float:
    """Half of the 95 % interval of a coverage seen in some worlds (normal approximation)."""
    return float(1.96 * (coverage * (1 - coverage) / worlds) ** 0.5)


def _quantiles(values: Iterable[float]) -> tuple[float, float]:
    median, p90 = np.quantile(np.abs(list(values)), [0.5, 0.9])
    return float(median), float(p90)
