"""The contests of assignment 3: what a planner gets out of equal FLOPs in hidden worlds."""

from __future__ import annotations

import math
from typing import Any

from judge.contest import Settings, contest
from judge.training_api import KEY, TrainingApi
from judge.world import TARGET, World, drawn_world

WORLDS = 8
FIRST = 500_000
"""Worlds of the contest are none that the judge draws for the problems."""
NEEDED = ["client", "planner_account", "planner_configuration", "planner_loss",
          "planner_interval"]  # fmt: skip


def forecasts(adapters: Any, settings: Settings) -> list[tuple[World, dict[str, Any], float]]:
    """(world, configuration proposed, loss promised) of each hidden world."""
    found = []
    for number in range(WORLDS):
        world = drawn_world(FIRST + 1000 * settings.seed + number)
        with TrainingApi(world.report) as api:
            config, loss, _, _ = adapters.run_forecast(api.url, KEY, TARGET)
        found.append((world, dict(config), float(loss)))
    return found


@contest("regret", unit="% of the best loss", better="lower", seconds=0, needs=NEEDED)
def regret(adapters: Any, settings: Settings) -> float:
    """How much worse than the best the proposed configurations are, over eight hidden worlds."""
    found = forecasts(adapters, settings)
    return 100 * sum(w.loss(c) / w.best().loss - 1 for w, c, _ in found) / len(found)


@contest("error", unit="% of the loss", better="lower", seconds=0, needs=NEEDED)
def error(adapters: Any, settings: Settings) -> float:
    """How far the losses promised are from the true ones, over eight hidden worlds."""
    found = forecasts(adapters, settings)
    return 100 * sum(abs(math.log(loss / w.loss(c))) for w, c, loss in found) / len(found)
