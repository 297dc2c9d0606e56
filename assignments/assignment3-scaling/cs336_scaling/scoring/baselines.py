"""Other ways to spend the same budget; the planner's own fitter reads their runs, too."""

from __future__ import annotations

from collections.abc import Callable
from math import exp, log
from typing import Any

import numpy as np

from cs336_scaling.config import Domain, RunConfig
from cs336_scaling.planner.ledger import BudgetExhaustedError, Ledger
from cs336_scaling.planner.plan import follow_plan
from cs336_scaling.planner.shapes import configure
from cs336_scaling.surfaces import head_count

Strategy = Callable[[Ledger, Domain, int, int], None]
"""(ledger, domain, target FLOPs, seed): buys runs."""

GRID_RATE, GRID_ASPECT, GRID_TOKENS_PER_PARAMETER = 5e-4, 64.0, 80.0
GRID = {10**16: 5, 3 * 10**16: 5, 6 * 10**16: 5, 10**17: 5, 3 * 10**17: 3}
RANDOM_BUDGETS = (*(d * 10**p for p in (15, 16) for d in (1, 3, 6)), 10**17, 3 * 10**17)
TPE_TRIALS = {10**16: 20, 10**17: 9, 3 * 10**17: 3}


def planner(ledger: Ledger, domain: Domain, target: int, seed: int) -> None:
    """The plan of this package; needs no chance."""
    follow_plan(ledger, domain, target)


def fixed_rate_grid(ledger: Ledger, domain: Domain, target: int, seed: int) -> None:
    """Five budgets, sizes a factor 2 apart around 80 tokens a parameter, one learning rate."""
    for flops, sizes in GRID.items():
        middle = (flops / (6 * GRID_TOKENS_PER_PARAMETER)) ** 0.5
        for i in range(sizes):
            size = middle * 2.0 ** (i - (sizes - 1) / 2)
            config = configure(domain, flops, size, GRID_ASPECT, GRID_RATE, domain.batch_sizes[0])
            ledger.buy(config, "grid")


def random_search(ledger: Ledger, domain: Domain, target: int, seed: int) -> None:
    """Configurations from all over the domain, until nothing more can be paid."""
    rng = np.random.default_rng(seed)
    while affordable := [flops for flops in RANDOM_BUDGETS if flops <= ledger.left]:
        width = round(log_uniform(rng, domain.d_model))
        ledger.buy(
            RunConfig(
                width, int(rng.integers(domain.num_layers[0], domain.num_layers[1] + 1)),
                head_count(width, domain), int(rng.choice(domain.batch_sizes)),
                log_uniform(rng, domain.learning_rate), int(rng.choice(affordable)),
                domain,
            ),
            "random",
        )  # fmt: skip


def log_uniform(rng: np.random.Generator, bounds: tuple[float, float]) -> float:
    """A number between the bounds, evenly in its logarithm."""
    return exp(rng.uniform(log(bounds[0]), log(bounds[1])))


def tree_parzen(ledger: Ledger, domain: Domain, target: int, seed: int) -> None:
    """optuna's TPE at three budgets, each beginning with the best of the one before."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    best: dict[str, Any] | None = None
    for flops, trials in TPE_TRIALS.items():
        study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
        if best is not None:
            study.enqueue_trial(best)
        for _ in range(trials):
            trial = study.ask()
            try:
                loss = ledger.buy(suggest(trial, domain, flops), "TPE").loss
            except BudgetExhaustedError:
                return
            failed = not np.isfinite(loss)
            state = optuna.trial.TrialState.FAIL if failed else optuna.trial.TrialState.COMPLETE
            study.tell(trial, None if failed else loss, state)
        if study.get_trials(states=(optuna.trial.TrialState.COMPLETE,)):  # else all diverged
            best = study.best_params


def suggest(trial: Any, domain: Domain, flops: int) -> RunConfig:
    """A configuration at a budget from an optuna trial."""
    width = trial.suggest_int("d_model", *domain.d_model, log=True)
    return RunConfig(
        width, trial.suggest_int("num_layers", *domain.num_layers), head_count(width, domain),
        trial.suggest_categorical("batch_size", domain.batch_sizes),
        trial.suggest_float("learning_rate", *domain.learning_rate, log=True), flops, domain,
    )  # fmt: skip


STRATEGIES: dict[str, Strategy] = {
    "planner": planner,
    "grid": fixed_rate_grid,
    "random": random_search,
    "tpe": tree_parzen,
}
