"""The functions that outside tests of this assignment call, each a thin way to the implementation.

What goes in and comes out is plain: a run is (N, C, loss), a configuration a dictionary of six
numbers, a law its constants. The names imported here are the package's public ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from cs336_scaling.bootstrap import held_back_error, optimum_interval, residual_bootstrap
from cs336_scaling.chinchilla import (
    ParametricLaw,
    TrainingCurve,
    approach_1,
    approach_2,
    approach_3,
    fit_parametric,
)
from cs336_scaling.client import ScalingAPIError, ScalingClient
from cs336_scaling.config import CONTRACT_DOMAIN, RunConfig, count_non_embedding_params
from cs336_scaling.forecast import forecast
from cs336_scaling.isoflops import (
    IsoflopFit,
    Method,
    TrainingRun,
    fit_isoflops,
    fit_power_law,
    load_isoflops_runs,
    parabola_vertex,
    select_optimal_runs,
)

__all__ = [
    "RunConfig", "approach_1", "approach_2", "approach_3", "count_non_embedding_params",
    "fit_isoflops", "fit_parametric", "fit_power_law", "load_isoflops_runs", "select_optimal_runs",
]  # fmt: skip

Run = tuple[int, float, float]
"""Parameters N, compute budget C, final loss."""
Config = dict[str, Any]


def _runs(rows: Sequence[Run]) -> list[TrainingRun]:
    return [TrainingRun(*row) for row in rows]


def run_count_non_embedding_params(d_model: int, num_layers: int) -> int:
    """`config.count_non_embedding_params`."""
    return count_non_embedding_params(d_model, num_layers)


def make_run_config(values: Config, also: int | None = None) -> RunConfig:
    """`config.RunConfig` in the domain of the API; `also` is one more budget that is allowed."""
    domain = CONTRACT_DOMAIN if also is None else CONTRACT_DOMAIN.with_budget(also)
    return RunConfig(**values, domain=domain)


def run_load_isoflops_runs(path: Path) -> list[Run]:
    """`isoflops.load_isoflops_runs`."""
    return [(r.parameters, r.compute_budget, r.final_loss) for r in load_isoflops_runs(path)]


def run_tokens(run: Run) -> float:
    """`isoflops.TrainingRun.tokens`."""
    return TrainingRun(*run).tokens


def run_select_optimal_runs(runs: Sequence[Run], method: Method) -> list[tuple[float, ...]]:
    """`isoflops.select_optimal_runs`: (C, N, D, loss) of each budget."""
    return _points(select_optimal_runs(_runs(runs), method))


def _points(points: Sequence[Any]) -> list[tuple[float, ...]]:
    return [(float(p.compute_budget), float(p.parameters), p.tokens, p.loss) for p in points]


def run_parabola_vertex(x: Sequence[float], y: Sequence[float]) -> tuple[float, float]:
    """`isoflops.parabola_vertex`."""
    return parabola_vertex(x, y)


def run_fit_power_law(x: Sequence[float], y: Sequence[float], at: float) -> tuple[float, ...]:
    """`isoflops.fit_power_law`: coefficient, exponent and the prediction at `at`."""
    law = fit_power_law(x, y)
    return law.coefficient, law.exponent, law.predict(at)


def run_fit_isoflops(runs: Sequence[Run], method: Method, budget: float) -> tuple[float, ...]:
    """`isoflops.fit_isoflops`: exponents of N and D, and the best N and D at a budget."""
    return _exponents(fit_isoflops(_runs(runs), method), budget)


def _exponents(fit: IsoflopFit, budget: float) -> tuple[float, ...]:
    return fit.parameters_law.exponent, fit.tokens_law.exponent, *fit.predict(budget)


def run_parametric_law(
    constants: Sequence[float], parameters: Sequence[float], tokens: Sequence[float], budget: float
) -> dict[str, Any]:
    """`chinchilla.ParametricLaw`: `losses` of models, `optimum` and `optimal_loss` at a budget."""
    law = ParametricLaw(*constants)
    return {
        "losses": [float(loss) for loss in law.predict(parameters, tokens)],
        "optimum": law.optimum(budget),
        "optimal_loss": law.optimal_loss(budget),
    }


def run_approach_1(
    curves: Sequence[tuple[int, Sequence[float], Sequence[float]]],
    budgets: Sequence[float],
    target: float,
) -> tuple[list[tuple[float, ...]], tuple[float, ...]]:
    """`chinchilla.approach_1`: the points (C, N, D, loss), and what `run_fit_isoflops` gives."""
    fit = approach_1([TrainingCurve(*curve) for curve in curves], budgets)
    return _points(fit.points), _exponents(fit, target)


def run_fit_parametric(
    parameters: Sequence[float],
    tokens: Sequence[float],
    losses: Sequence[float],
    entropy: float | None = None,
) -> tuple[float, ...]:
    """`chinchilla.fit_parametric`: E, A, B, alpha and beta."""
    law = fit_parametric(np.array(parameters), np.array(tokens), np.array(losses), entropy=entropy)
    return law.entropy, law.n_factor, law.d_factor, law.n_exponent, law.d_exponent


def run_residual_bootstrap(
    runs: Sequence[Run], constants: Sequence[float], budget: float, draws: int
) -> list[float]:
    """`bootstrap.residual_bootstrap` of the best N at a budget."""

    def best(fit: ParametricLaw) -> float:
        return fit.optimum(budget)[0]

    return residual_bootstrap(_runs(runs), ParametricLaw(*constants), best, draws)


def run_held_back_error(runs: Sequence[Run], budget: float) -> float:
    """`bootstrap.held_back_error`."""
    return held_back_error(_runs(runs), budget)


def run_optimum_interval(runs: Sequence[Run], budget: float, draws: int) -> tuple[float, ...]:
    """`bootstrap.optimum_interval`: estimate, low, high, sampling, model."""
    found = optimum_interval(_runs(runs), budget, draws)
    return found.estimate, found.low, found.high, found.sampling, found.model


def get_client(base_url: str, api_key: str, patience: float) -> ScalingClient:
    """`client.ScalingClient`."""
    return ScalingClient(base_url, api_key, patience=patience)


def get_api_error() -> type[Exception]:
    """`client.ScalingAPIError`."""
    return ScalingAPIError


def run_loss(client: ScalingClient, config: Config) -> float:
    """`client.ScalingClient.loss`."""
    return client.loss(RunConfig(**config))


def run_account(client: ScalingClient) -> dict[str, Any]:
    """What the client says of an account: `used`, `left`, and `runs` as (six numbers, loss)."""
    return {
        "used": client.total_flops_used(),
        "left": client.budget()["left"],
        "runs": [(run.config.as_dict(), run.loss) for run in client.previous_runs()],
    }


def run_forecast(base_url: str, api_key: str, target: int) -> tuple[Config, float, float, float]:
    """`forecast.forecast`: a configuration, its loss, and the ends of the interval."""
    found = forecast(ScalingClient(base_url, api_key), target)
    return found.config.as_dict(), found.loss, found.low, found.high
