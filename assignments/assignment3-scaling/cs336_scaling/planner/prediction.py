"""What the runs say about the target: a configuration, its loss and an interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

from cs336_scaling.config import Domain, RunConfig
from cs336_scaling.planner.ledger import Observation
from cs336_scaling.planner.posterior import Mixture, fit_response
from cs336_scaling.planner.response import Features
from cs336_scaling.planner.shapes import best_config

QUANTILE = 1.96
FEWEST_RUNS = 6


class MissingRunsError(ValueError):
    """Too few runs ended well to predict anything."""


@dataclass(frozen=True)
class Prediction:
    """The best configuration at a budget, its loss and a 95 % interval of that loss."""

    config: RunConfig
    loss: float
    low: float
    high: float
    model: Mixture


def predict(runs: Sequence[Observation], domain: Domain, target: int) -> Prediction:
    """Fit the runs and look for the best configuration at the target.

    The interval is that of the exact loss of the configuration: it holds the uncertainty of all
    constants, of the form of the law and of the noise, but not the noise of the one run at the
    target.
    """
    if len(runs) < FEWEST_RUNS:
        raise MissingRunsError(
            f"{len(runs)} runs ended with a usable loss; a prediction needs {FEWEST_RUNS}: "
            "raise the budget, or look into why runs diverge"
        )
    model = fit_response([run.config for run in runs], [run.loss for run in runs])
    config = best_config(model, domain.with_budget(target), target)
    features = Features.of_configs([config])
    mean, spread = float(model.predict(features)[0]), float(model.spread(features)[0])
    reach = QUANTILE * spread
    return Prediction(config, exp(mean), exp(mean - reach), exp(mean + reach), model)
