"""The public names of this assignment in one place, for suites that call it from outside."""

from __future__ import annotations

from cs336_scaling.chinchilla import approach_1, approach_2, approach_3, fit_parametric
from cs336_scaling.config import RunConfig, count_non_embedding_params
from cs336_scaling.isoflops import (
    fit_isoflops,
    fit_power_law,
    load_isoflops_runs,
    select_optimal_runs,
)

__all__ = [
    "RunConfig", "approach_1", "approach_2", "approach_3", "count_non_embedding_params",
    "fit_isoflops", "fit_parametric", "fit_power_law", "load_isoflops_runs", "select_optimal_runs",
]  # fmt: skip
