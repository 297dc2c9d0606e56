"""Assignment 3's planner, stopped after every rung to ask what it believes."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cs336_scaling.config import CONTRACT_DOMAIN, RunConfig
from cs336_scaling.planner.ledger import Ledger
from cs336_scaling.planner.plan import (
    LADDER,
    Rung,
    affordable,
    climb,
    quick_fit,
    replicate,
    sweep_learning_rates,
)
from cs336_scaling.planner.posterior import Mixture
from cs336_scaling.planner.prediction import QUANTILE, Prediction, predict
from cs336_scaling.planner.response import Features
from cs336_scaling.planner.shapes import best_config
from cs336_scaling.record_file import read_records
from cs336_scaling.scoring.score import Score
from cs336_scaling.simulator import TARGET_FLOPS, make_surface
from cs336_scaling.surfaces import Optimum, Surface

BUDGET = 2 * 10**18


@dataclass(frozen=True)
class Belief:
    """What the runs so far say about the target.

    Attributes:
        stage: what was bought last, and at how many FLOPs a run.
        runs: bought so far. `spent` is the share of the budget that they cost.
        size, rate: of the configuration that is believed best at the target.
        regret: how far its exact loss is above the best one, as a fraction. Nobody who plans
            knows it.
    """

    stage: str
    runs: int
    spent: float
    size: int
    rate: float
    regret: float


class Walk:
    """A study in a hidden world, rung by rung."""

    def __init__(self, seed: int, family: int = 1) -> None:
        self.surface: Surface = make_surface(seed, family)
        self.domain = CONTRACT_DOMAIN
        self.ledger = Ledger(self.surface.observe, BUDGET)

    @cached_property
    def truth(self) -> Optimum:
        """The best configuration at the target, found by looking at every one."""
        return self.surface.optimum(TARGET_FLOPS)

    def best_guess(self) -> RunConfig:
        """The configuration that the runs so far favour at the target."""
        domain = self.domain.with_budget(TARGET_FLOPS)
        return best_config(quick_fit(self.ledger), domain, TARGET_FLOPS)

    def belief(self, stage: str) -> Belief:
        """What is believed now."""
        guess = self.best_guess()
        regret = self.surface.loss(guess) / self.truth.loss - 1
        return Belief(
            stage,
            len(self.ledger.runs),
            round(self.ledger.spent / BUDGET, 4),
            guess.parameters,
            guess.learning_rate,
            regret,
        )

    def sweep(self) -> Belief:
        """Buy the sweeps of the learning rate."""
        sweep_learning_rates(self.ledger, self.domain)
        return self.belief("learning rates")

    def climb(self, rung: Rung) -> Belief:
        """Buy one rung of the ladder."""
        climb(self.ledger, self.domain, rung, TARGET_FLOPS)
        return self.belief(f"{rung.runs} × {affordable(self.domain, BUDGET, rung.share):.0e}")

    def rest(self, after: int = 0) -> Iterator[Belief]:
        """Buy the rungs of the ladder from one on, and the replicates."""
        for rung in LADDER[after:]:
            yield self.climb(rung)
        replicate(self.ledger, self.domain)
        yield self.belief("replicates")

    def prediction(self) -> Prediction:
        """The answer, with an interval of its loss."""
        return predict(self.ledger.usable(), self.domain, TARGET_FLOPS)


def finished(seed: int, family: int = 1) -> Walk:
    """A study that has spent what it wants to."""
    walk = Walk(seed, family)
    walk.sweep()
    for _ in walk.rest():
        pass
    return walk


@dataclass(frozen=True)
class Extrapolation:
    """What a fitted model says about the best loss at a budget, over the truth.

    Attributes:
        error: predicted over true, minus 1.
        reach: half of the 95 % interval, as a fraction.
    """

    flops: int
    error: float
    reach: float


def extrapolations(walk: Walk, model: Mixture, budgets: Sequence[int]) -> list[Extrapolation]:
    """The errors of a finished study at budgets inside and outside of its runs."""
    found = []
    for flops in budgets:
        features = Features.of_configs([best_config(model, walk.domain.with_budget(flops), flops)])
        said = math.exp(float(model.predict(features)[0]))
        reach = QUANTILE * float(model.spread(features)[0])
        found.append(Extrapolation(flops, said / walk.surface.optimum(flops).loss - 1, reach))
    return found


SCORES = Path(__file__).resolve().parents[2] / "assignments/assignment3-scaling/results/scores"


def coverage() -> dict[int, tuple[float, int]]:
    """How often the frozen planner's 95 % interval held the truth, and in how many fresh worlds.

    By family, as assignment 3 recorded it.
    """
    found = {}
    for family in (1, 2, 4, 5):
        rows = read_records(SCORES / f"reported_family{family}_planner.jsonl")
        held = [Score(*row).covered for row in rows]
        found[family] = (sum(held) / len(held), len(held))
    return found
