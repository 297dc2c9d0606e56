"""The planner: its model's slopes, its ledger, its plan, its answer."""

from __future__ import annotations

import math
from dataclasses import fields, replace

import numpy as np
import pytest
from cs336_scaling.config import CONTRACT_DOMAIN, Domain, RunConfig
from cs336_scaling.planner.early_stopping import EarlyStopping
from cs336_scaling.planner.ledger import BudgetExhaustedError, Ledger
from cs336_scaling.planner.plan import affordable, bracket, follow_plan, spread_out
from cs336_scaling.planner.prediction import MissingRunsError, predict
from cs336_scaling.planner.response import (
    MEANS,
    Features,
    fit_with,
    log_loss,
    log_loss_and_slopes,
)
from cs336_scaling.planner.shapes import best_config, configure
from cs336_scaling.simulator import TARGET_FLOPS, make_surface

BUDGET = 2 * 10**18
CHEAP = RunConfig(64, 2, 2, 128, 1e-3, 10**13)


def features(count: int, seed: int = 0) -> Features:
    rng = np.random.default_rng(seed)
    return Features(*(rng.normal(size=count) for _ in range(6)))


def first_of(f: Features, count: int) -> Features:
    return Features(*(getattr(f, field.name)[:count] for field in fields(f)))


def test_slopes_are_the_derivatives() -> None:
    f, rng = features(7), np.random.default_rng(1)
    theta = MEANS + 0.2 * rng.normal(size=len(MEANS))
    _, slopes = log_loss_and_slopes(theta, f)
    for i in range(len(theta)):
        step = np.zeros_like(theta)
        step[i] = 1e-6
        numeric = (log_loss(theta + step, f) - log_loss(theta - step, f)) / 2e-6
        np.testing.assert_allclose(slopes[:, i], numeric, atol=1e-6)


def test_without_runs_the_posterior_is_the_prior() -> None:
    posterior = fit_with(features(0), np.zeros(0), 0.01, 0.01)
    np.testing.assert_allclose(posterior.theta, MEANS)


def test_runs_that_agree_make_it_surer() -> None:
    f = features(200)
    exact = log_loss(MEANS, f)
    few, many = (fit_with(first_of(f, n), exact[:n], 0.01, 0.001) for n in (20, 200))
    assert many.spread(features(5, 9)).max() < few.spread(features(5, 9)).max()


def test_a_run_is_paid_for_once() -> None:
    asked: list[RunConfig] = []

    def loss(config: RunConfig) -> float:
        asked.append(config)
        return 3.0

    ledger = Ledger(loss, 10**13)
    assert ledger.buy(CHEAP, "a") is ledger.buy(replace(CHEAP), "b")
    assert (len(asked), ledger.spent, ledger.left) == (1, 10**13, 0)
    with pytest.raises(BudgetExhaustedError, match="0 left"):
        ledger.buy(replace(CHEAP, num_heads=4), "c")


def test_known_runs_are_free() -> None:
    ledger = Ledger(lambda config: math.nan, 0, {CHEAP: 4.5})
    assert ledger.buy(CHEAP, "again").loss == 4.5
    assert ledger.spent == 0


def test_diverged_runs_are_dropped() -> None:
    losses = iter([5.0, math.nan, 5.5, 9.0, math.inf])
    ledger = Ledger(lambda config: next(losses), BUDGET)
    for heads in range(2, 7):
        ledger.buy(replace(CHEAP, num_heads=heads), "try")
    assert [run.loss for run in ledger.usable()] == [5.0, 5.5]


def test_a_run_is_hopeless_when_half_of_it_is_far_above_the_best_of_its_budget() -> None:
    rule = EarlyStopping({CHEAP: 4.0, replace(CHEAP, train_flops=3 * 10**13): 2.0})
    assert rule.hopeless(CHEAP, {"done": 0.5, "latest": 7.1})
    assert not rule.hopeless(CHEAP, {"done": 0.4, "latest": 7.1})
    assert not rule.hopeless(CHEAP, {"done": 0.9, "latest": 6.9})
    assert not rule.hopeless(CHEAP, {"done": 0.9, "latest": None})
    assert not rule.hopeless(replace(CHEAP, train_flops=10**14), {"done": 0.9, "latest": 99.0})
    assert math.isnan(rule.file(CHEAP, math.nan))


def test_what_ran_is_what_is_spent() -> None:
    charged = iter([4 * 10**12])
    ledger = Ledger(lambda config: math.nan, 10**13, used=lambda: next(charged))
    ledger.buy(CHEAP, "stopped early")
    assert ledger.left == 6 * 10**12


@pytest.mark.parametrize(
    ("best_rate", "asked"),
    [(4e-4, [-1, 0, 1]), (1.5e-4, [-2, -1, 0, 1]), (9e-4, [-1, 0, 1])],
)
def test_a_sweep_ends_when_the_best_rate_is_enclosed(best_rate: float, asked: list[int]) -> None:
    ledger = Ledger(lambda c: 3 + math.log(c.learning_rate / best_rate) ** 2, BUDGET)
    centre = replace(CHEAP, learning_rate=4e-4)
    bracket(ledger, CONTRACT_DOMAIN, centre)
    octaves = [round(math.log2(run.config.learning_rate / 4e-4)) for run in ledger.runs]
    assert sorted(octaves) == asked


def test_a_sweep_ends_where_all_rates_diverge() -> None:
    ledger = Ledger(lambda config: math.nan, BUDGET)
    bracket(ledger, CONTRACT_DOMAIN, replace(CHEAP, learning_rate=4e-4))
    assert len(ledger.runs) <= 5


def test_a_share_buys_the_largest_budget_below_it() -> None:
    assert affordable(CONTRACT_DOMAIN, BUDGET, 0.3) == 6 * 10**17
    assert affordable(CONTRACT_DOMAIN, BUDGET, 1e-9) == 10**13


def test_points_fill_the_box() -> None:
    points = np.array(spread_out(40))
    assert np.abs(points).max() <= 1
    for axis in points.T:
        assert np.histogram(axis, bins=4, range=(-1, 1))[0].min() >= 7


@pytest.mark.parametrize("heads_divide", [False, True])
def test_configure_stays_inside_the_domain(heads_divide: bool) -> None:
    domain = replace(CONTRACT_DOMAIN, heads_divide_width=heads_divide)
    for size in (1e3, 1e5, 1e7, 1e9):
        config = configure(domain, 10**16, size, 50.0, 0.5, 256)
        assert config.learning_rate == 1e-3
    middle = configure(domain, 10**16, 5e7, 50.0, 5e-4, 256)
    assert middle.parameters == pytest.approx(5e7, rel=0.05)


@pytest.mark.parametrize("family", [1, 2])
def test_a_study_finds_the_hidden_truth(family: int) -> None:
    surface = make_surface(11, family)
    ledger = Ledger(surface.observe, BUDGET)
    follow_plan(ledger, CONTRACT_DOMAIN, TARGET_FLOPS)
    answer = predict(ledger.usable(), CONTRACT_DOMAIN, TARGET_FLOPS)
    best = surface.optimum(TARGET_FLOPS)
    assert 0.97 * BUDGET < ledger.spent <= BUDGET
    assert {run.purpose for run in ledger.runs} == {"learning rate", "isoFLOP", "replicate"}
    assert answer.loss == pytest.approx(best.loss, rel=0.04)
    assert surface.loss(answer.config) < 1.02 * best.loss
    assert answer.low < answer.loss < answer.high


def test_the_plan_goes_on_where_it_stopped() -> None:
    surface = make_surface(3, 2)
    whole = Ledger(surface.observe, BUDGET)
    follow_plan(whole, CONTRACT_DOMAIN, TARGET_FLOPS)
    bought = whole.runs[:60]
    known = {run.config: run.loss for run in bought}
    spent = sum(run.config.train_flops for run in bought)
    again = Ledger(surface.observe, BUDGET, known, spent)
    follow_plan(again, CONTRACT_DOMAIN, TARGET_FLOPS)
    assert [run.config for run in again.runs] == [run.config for run in whole.runs]
    assert again.spent == whole.spent


def test_a_small_budget_stops_the_plan_early() -> None:
    ledger = Ledger(make_surface(0, 1).observe, 3 * 10**15)
    follow_plan(ledger, CONTRACT_DOMAIN, TARGET_FLOPS)
    assert 0 < ledger.spent <= 3 * 10**15


def test_all_runs_diverged() -> None:
    ledger = Ledger(lambda config: math.nan, 10**15)
    follow_plan(ledger, CONTRACT_DOMAIN, TARGET_FLOPS)
    with pytest.raises(MissingRunsError, match="0 runs"):
        predict(ledger.usable(), CONTRACT_DOMAIN, TARGET_FLOPS)


def test_another_domain_is_planned_for_too() -> None:
    domain = Domain(
        (16, 256), (1, 8), (1, 8), (16, 32), (1e-3, 3e-2),
        tuple(d * 10**p for p in range(9, 13) for d in (1, 3)), heads_divide_width=True,
    )  # fmt: skip
    ledger = Ledger(lambda c: 2 + 30 * c.parameters**-0.3 + 90 * c.tokens**-0.3, 6 * 10**12)
    follow_plan(ledger, domain, 10**13)
    answer = predict(ledger.usable(), domain, 10**13)
    assert answer.config.d_model % answer.config.num_heads == 0
    posterior = answer.model.likeliest
    assert best_config(posterior, domain, 10**11).train_flops == 10**11
