"""Which runs are not worth their second half, on a back end that trains while one watches.

A run that ends far above the best of its budget is left out of the fit (`ledger.converged`). One
that is half done and still further above it will hardly be used: it is stopped, and charged for
what ran. (The median rule of Google Vizier, Golovin et al. 2017, with a fixed distance instead of
the median: a plan asks few runs at a budget, and bad ones on purpose.)
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from cs336_scaling.config import RunConfig
from cs336_scaling.planner.ledger import DIVERGED_FACTOR

LEAST_DONE = 0.5
"""Share of the training before which nothing is stopped."""
STILL_TO_COME = 1.25
"""Factor that the second half, in which the learning rate falls, may still win."""


class EarlyStopping:
    """Remembers the best loss of each budget and judges runs by it."""

    def __init__(self, known: Mapping[RunConfig, float]) -> None:
        self._best: dict[int, float] = {}
        for config, loss in known.items():
            self.file(config, loss)

    def file(self, config: RunConfig, loss: float) -> float:
        """Remember how a run ended; returns its loss."""
        if math.isfinite(loss):
            best = self._best.get(config.train_flops, math.inf)
            self._best[config.train_flops] = min(loss, best)
        return loss

    def hopeless(self, config: RunConfig, run: Mapping[str, Any]) -> bool:
        """Whether a run, as the server tells it, should be stopped."""
        latest = run.get("latest")
        if latest is None or run.get("done", 0.0) < LEAST_DONE:
            return False
        best = self._best.get(config.train_flops, math.inf)
        return bool(latest > DIVERGED_FACTOR * STILL_TO_COME * best)
