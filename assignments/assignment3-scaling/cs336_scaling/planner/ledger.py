"""What was asked and what it cost: every run once, never beyond the budget."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from cs336_scaling.config import RunConfig
from cs336_scaling.planner.neighbours import usual_losses

LossFunction = Callable[[RunConfig], float]

DIVERGED_FACTOR = 1.4
"""A loss this far above its neighbours' tells nothing: the run blew up."""


class BudgetExhaustedError(Exception):
    """The next run would cost more than what is left."""


@dataclass(frozen=True)
class Observation:
    """A run that was paid for.

    Attributes:
        config: what ran.
        loss: final loss; NaN if it diverged.
        purpose: why the planner asked, such as "learning rate" or "isoFLOP".
    """

    config: RunConfig
    loss: float
    purpose: str


@dataclass
class Ledger:
    """Buys runs from a loss function.

    `known` runs, from an earlier study with the same key, are free: a study that is started again
    asks the same questions and so goes on where it stopped. `used` tells what the account was
    charged so far; without it every run costs its whole budget, as where none is stopped early.
    """

    loss_fn: LossFunction
    budget: int
    known: dict[RunConfig, float] = field(default_factory=dict)
    spent: int = 0
    used: Callable[[], int] | None = None
    bought: dict[RunConfig, Observation] = field(default_factory=dict)

    @property
    def runs(self) -> list[Observation]:
        """What was bought, in order."""
        return list(self.bought.values())

    def buy(self, config: RunConfig, purpose: str) -> Observation:
        """Run a configuration, or return the run there was.

        Raises:
            BudgetExhaustedError: it costs more than what is left.
        """
        if config in self.bought:
            return self.bought[config]
        if config not in self.known:
            if config.train_flops > self.left:
                raise BudgetExhaustedError(f"{config.train_flops:g} FLOPs of {self.left:g} left")
            self.known[config] = self.loss_fn(config)
            self.spent = self.used() if self.used else self.spent + config.train_flops
        run = Observation(config, self.known[config], purpose)
        self.bought[config] = run
        return run

    @property
    def left(self) -> int:
        """FLOPs that can still be spent."""
        return self.budget - self.spent

    def usable(self) -> list[Observation]:
        """The runs that did not diverge."""
        return converged(self.bought.values())


def converged(runs: Iterable[Observation]) -> list[Observation]:
    """Runs with a finite loss that is not far above that of runs of about their N and D."""
    finite = [run for run in runs if math.isfinite(run.loss)]
    usual = usual_losses([run.config for run in finite], [run.loss for run in finite])
    return [r for r, u in zip(finite, usual, strict=True) if not r.loss > DIVERGED_FACTOR * u]
