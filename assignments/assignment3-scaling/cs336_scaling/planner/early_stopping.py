"""Which runs are not worth their second half, on a back end that trains while one watches.

A run that ends far above those of about its size and length is left out of the fit
(`ledger.converged`). One that is half done and still further above them will hardly be used: it is
stopped, and charged for what ran. (The median rule of Google Vizier, Golovin et al. 2017, with a
distance on top, since a plan asks bad learning rates on purpose.)
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from cs336_scaling.config import RunConfig
from cs336_scaling.planner.ledger import DIVERGED_FACTOR
from cs336_scaling.planner.neighbours import usual_loss

LEAST_DONE = 0.5
"""Share of the training before which nothing is stopped."""
STILL_TO_COME = 1.25
"""Factor that the second half, in which the learning rate falls, may still win."""


class EarlyStopping:
    """Remembers how runs ended and judges others by those of about their size and length."""

    def __init__(self, known: Mapping[RunConfig, float]) -> None:
        self._ended = {config: loss for config, loss in known.items() if math.isfinite(loss)}

    def file(self, config: RunConfig, loss: float) -> float:
        """Remember how a run ended; returns its loss."""
        if math.isfinite(loss):
            self._ended[config] = loss
        return loss

    def hopeless(self, config: RunConfig, run: Mapping[str, Any]) -> bool:
        """Whether a run, as the server tells it, should be stopped."""
        latest = run.get("latest")
        if latest is None or run.get("done", 0.0) < LEAST_DONE:
            return False
        usual = usual_loss(list(self._ended), list(self._ended.values()), config)
        return bool(latest > DIVERGED_FACTOR * STILL_TO_COME * usual)
