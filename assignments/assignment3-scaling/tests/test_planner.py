"""The planner: its model's slopes, its ledger, its plan, its answer."""

from __future__ import annotations

import math
from dataclasses import fields, replace

import numpy as np
import pytest
from cs336_scaling.config import CONTRACT_DOMAIN, Domain, RunConfig
from cs336_scaling.planner import plan
from cs336_scaling.planner.early_stopping import EarlyStopping
from cs336_scaling.planner.ledger import BudgetExhaustedError, Ledger
from cs336_scaling.planner.neighbours import usual_loss, usual_losses
from cs336_scaling.planner.plan import affordable, bracket, follow_plan, spread_out
from cs336_scaling.planner.posterior import BENT, COUPLED, HOFFMANN, MEANS, Posterior, fit_with
from cs336_scaling.planner.prediction import MissingRunsError, predict
from cs336_scaling.planner.response import POWER, Features, log_loss, log_loss_and_slopes
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
    posterior = fit_with(features(0), np.zeros(0), 0.01, BENT)
    np.testing.assert_allclose(posterior.theta, MEANS)


def test_runs_that_agree_make_it_surer() -> None:
    f = features(200)
    exact = log_loss(MEANS, f)
    few, many = (fit_with(first_of(f, n), exact[:n], 0.01, HOFFMANN) for n in (20, 200))
    assert many.spread(features(5, 9)).max() < few.spread(features(5, 9)).max()


@pytest.mark.parametrize("ln_g", [-0.4, 0.4])
def test_how_the_terms_add_is_found(ln_g: float) -> None:
    rng = np.random.default_rng(2)
    x, y = rng.uniform(-3, 3, size=(2, 400))
    rate, aspect = math.log2(4e-4) - 0.17 * x, math.log(50) + 0.1 * rng.normal(size=400)
    f = Features(x, y, rate, aspect, rng.choice([-0.5, 0.5], 400), x + y)
    truth = MEANS.copy()
    truth[POWER] = ln_g
    found = fit_with(f, log_loss(truth, f), 0.004, COUPLED)
    assert found.theta[POWER] == pytest.approx(ln_g, abs=0.05)
    stiff = fit_with(f, log_loss(truth, f), 0.004, BENT)
    assert found.log_evidence > stiff.log_evidence + 20


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


def test_a_loss_is_judged_by_runs_of_its_size_and_length_only() -> None:
    near = [replace(CHEAP, num_heads=heads) for heads in range(2, 8)]
    far = replace(CHEAP, d_model=640)  # a hundred times larger: no run to compare it with
    found = usual_losses([*near, far], [5.0, 5.1, 5.2, 5.3, 5.4, 9.0, 20.0])
    assert found[:6].max() < 5.5
    assert math.isnan(found[6])
    assert usual_loss(near, [5.0] * 6, CHEAP) == 5.0
    assert math.isnan(usual_loss(near, [5.0] * 6, far))
    assert math.isnan(usual_loss([], [], CHEAP))
    assert usual_losses([], []).shape == (0,)


def test_the_plan_drops_what_diverged_and_nothing_else() -> None:
    surface = make_surface(5, 2)
    ledger = Ledger(surface.observe, BUDGET)
    follow_plan(ledger, CONTRACT_DOMAIN, TARGET_FLOPS)
    usable = {run.config for run in ledger.usable()}
    for run in ledger.runs:
        diverged = not run.loss < 1.3 * surface.loss(run.config)
        assert (run.config in usable) != diverged


def test_a_run_is_hopeless_when_half_of_it_is_far_above_runs_like_it() -> None:
    rule = EarlyStopping({CHEAP: 4.0, replace(CHEAP, d_model=640): 2.0})
    again = replace(CHEAP, num_heads=4)
    assert rule.hopeless(again, {"done": 0.5, "latest": 7.1})
    assert not rule.hopeless(again, {"done": 0.4, "latest": 7.1})
    assert not rule.hopeless(again, {"done": 0.9, "latest": 6.9})
    assert not rule.hopeless(again, {"done": 0.9, "latest": None})
    unlike = replace(CHEAP, train_flops=10**15)
    assert not rule.hopeless(unlike, {"done": 0.9, "latest": 99.0})
    assert math.isnan(rule.file(again, math.nan))


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


def test_points_crowd_at_the_ends() -> None:
    sizes = np.abs([point[0] for point in spread_out(41, crowd=0.25)])
    assert np.mean(sizes > 0.75) > 0.6
    assert sizes.min() == 0


@pytest.mark.parametrize("heads_divide", [False, True])
def test_configure_stays_inside_the_domain(heads_divide: bool) -> None:
    domain = replace(CONTRACT_DOMAIN, heads_divide_width=heads_divide)
    for size in (1e3, 1e5, 1e7, 1e9):
        config = configure(domain, 10**16, size, 50.0, 0.5, 256)
        assert config.learning_rate == 1e-3
    middle = configure(domain, 10**16, 5e7, 50.0, 5e-4, 256)
    assert middle.parameters == pytest.approx(5e7, rel=0.05)


def test_a_rounded_rate_stays_inside_the_domain() -> None:
    low, high = bounds = (1.23456e-4, 9.87654e-4)
    domain = replace(CONTRACT_DOMAIN, learning_rate=bounds)
    for rate, kept in ((1e-5, low), (1e-2, high), (3.14159e-4, 3.142e-4)):
        assert configure(domain, 10**15, 1e7, 40.0, rate, 128).learning_rate == kept


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


def test_the_last_bits_of_a_fit_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    """They differ between machines, and every other configuration has other noise."""
    exact = plan.quick_fit
    rng = np.random.default_rng(0)

    def nearly(ledger: Ledger) -> Posterior:
        found = exact(ledger)
        return replace(found, theta=found.theta * (1 + 1e-13 * rng.normal(size=found.theta.size)))

    def runs() -> set[RunConfig]:
        ledger = Ledger(make_surface(3, 2).observe, BUDGET)
        follow_plan(ledger, CONTRACT_DOMAIN, TARGET_FLOPS)
        return {run.config for run in ledger.runs}

    here = runs()
    monkeypatch.setattr(plan, "quick_fit", nearly)
    assert runs() == here


@pytest.mark.parametrize("budget", [3 * 10**15, 10**17, 3 * 10**17])
def test_a_finished_plan_buys_nothing_more(budget: int) -> None:
    """Where the budget ended in the middle of the ladder, too."""
    surface = make_surface(3, 2)
    whole = Ledger(surface.observe, budget)
    follow_plan(whole, CONTRACT_DOMAIN, TARGET_FLOPS)
    known = {run.config: run.loss for run in whole.runs}
    again = Ledger(surface.observe, budget, known, whole.spent)
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
