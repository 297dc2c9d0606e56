"""Intervals that know of chance and of a wrong form."""

from __future__ import annotations

import math

import pytest
from cs336_scaling.bootstrap import (
    held_back_error,
    optimum_interval,
    pair_bootstrap,
    residual_bootstrap,
)
from cs336_scaling.chinchilla import ParametricLaw, approach_3
from cs336_scaling.isoflop_report import main, report
from cs336_scaling.isoflop_sets import DEFAULT_LAW, GridShape, make_isoflop_set
from cs336_scaling.isoflops import TrainingRun


def best_at_1e23(law: ParametricLaw) -> float:
    return law.optimum(1e23)[0]


def test_the_interval_holds_the_truth() -> None:
    for seed in range(2):
        interval = optimum_interval(make_isoflop_set(noise=0.003, seed=seed), 1e23, draws=8)
        assert interval.low < DEFAULT_LAW.optimum(1e23)[0] < interval.high
        assert interval.sampling > 0


def test_a_bent_surface_is_seen_by_budgets_held_back_only() -> None:
    """The best N grows ever more slowly: the bootstrap stays narrow, the model error does not."""
    bent = [
        TrainingRun(
            run.parameters,
            run.compute_budget,
            float(DEFAULT_LAW.predict(
                run.parameters * (run.compute_budget / 1e19) ** 0.15, run.tokens
            )),
        )
        for run in make_isoflop_set()
        if run.compute_budget >= 1e19
    ] + [run for run in make_isoflop_set() if run.compute_budget < 1e19]  # fmt: skip
    straight = make_isoflop_set()
    assert held_back_error(bent, 1e23) > 2 * held_back_error(straight, 1e23)
    interval = optimum_interval(bent, 1e23, draws=10)
    assert interval.model > interval.sampling


def test_pairs_can_lose_a_budget() -> None:
    runs = make_isoflop_set(grid=GridShape(runs=2, width=4.0), noise=0.002)
    _, lost = pair_bootstrap(runs, best_at_1e23, 20)
    assert lost > 5


def test_both_bootstraps_agree_on_good_data() -> None:
    runs = make_isoflop_set(noise=0.003, seed=5)
    residual = residual_bootstrap(runs, approach_3(runs), best_at_1e23, 12)
    pairs, lost = pair_bootstrap(runs, best_at_1e23, 12)
    assert lost == 0
    assert math.log(max(residual) / min(residual)) == pytest.approx(
        math.log(max(pairs) / min(pairs)), rel=1.5
    )


def test_too_few_budgets_leave_the_form_unknown() -> None:
    assert held_back_error(make_isoflop_set(budgets=(1e19, 1e20)), 1e23) == math.inf


def test_the_report_shows_what_the_simple_methods_miss(capsys: pytest.CaptureFixture[str]) -> None:
    text = report(make_isoflop_set(grid=GridShape(width=60.0, offset=1.4)), draws=2)
    assert "quadratic" in text
    assert "2.69 + 1606.4/N^0.34 + 3210.7/D^0.36" in text
    assert main(["no_such_file.json"]) == 1
    assert capsys.readouterr().err.startswith("error:")
