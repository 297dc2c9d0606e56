"""The whole question in one call: an account at a training API in, an answer with an interval out.

    forecast(ScalingClient("http://127.0.0.1:8000", key), 10**19)

`study.py` does the same with files, progress and a report.
"""

from __future__ import annotations

from dataclasses import dataclass

from cs336_scaling.client import ScalingClient
from cs336_scaling.config import CONTRACT_DOMAIN, RunConfig
from cs336_scaling.planner.ledger import Ledger
from cs336_scaling.planner.plan import follow_plan
from cs336_scaling.planner.prediction import predict


@dataclass(frozen=True)
class Forecast:
    """The best configuration at a budget, its loss in nats, and a 95 % interval of that loss."""

    config: RunConfig
    loss: float
    low: float
    high: float


def forecast(client: ScalingClient, target: int) -> Forecast:
    """Spend the account's budget on runs, and say what to train with `target` FLOPs.

    Runs that the account has already are not paid for again, so that a forecast which was
    interrupted goes on where it stopped. Runs that diverged are left out.

    Raises:
        ScalingAPIError: the API refuses the key or cannot be reached.
        ValueError: too few runs ended well to predict anything.
    """
    known = {run.config: run.loss for run in client.previous_runs()}
    ledger = Ledger(client.loss, client.budget()["budget"], known, client.total_flops_used())
    follow_plan(ledger, CONTRACT_DOMAIN, target)
    found = predict(ledger.usable(), CONTRACT_DOMAIN, target)
    return Forecast(found.config, found.loss, found.low, found.high)
