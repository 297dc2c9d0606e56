"""The parts of lecture 11: each experiment beside theory, or beside what was recorded."""

import math

import numpy as np
import pytest
import torch
from cs336_scaling.planner.ledger import Ledger
from cs336_scaling.planner.plan import follow_plan
from cs336_scaling.simulator import TARGET_FLOPS
from hypothesis import given, settings
from hypothesis import strategies as st

from lectures.lecture_11 import coordinates, noisy_descent, planner_walk, recipes, records, sweeps
from lectures.lecture_11.facts import Facts
from lectures.lecture_11.schedules import constant, cosine, wsd


@pytest.fixture(scope="module")
def facts() -> Facts:
    """The source with the questions of the lecture."""
    return Facts.on(torch.device("cpu"), 6, 16)


def test_the_recursion_is_what_descent_does_on_average() -> None:
    batch, steps, rate, repeats = 4, 30, 1.0, 400
    rng, s = np.random.default_rng(0), noisy_descent.VARIANCES
    errors = np.ones((repeats, len(s)))
    for _ in range(steps):
        x = rng.standard_normal((repeats, batch, len(s))) * np.sqrt(s)
        residual = np.einsum("rbd,rd->rb", x, errors)
        residual += noisy_descent.NOISE * rng.standard_normal((repeats, batch))
        errors -= rate * np.einsum("rb,rbd->rd", residual, x) / batch
    sampled = float((0.5 * (errors**2) @ s).mean())
    exact = float(noisy_descent.excess_after(steps, [rate], batch, lambda _: 1.0)[0])
    assert sampled == pytest.approx(exact, rel=0.05)


def test_a_rate_beyond_stability_ends_at_infinity() -> None:
    ends = noisy_descent.excess_after(400, [1.0, 64.0], 8, constant())
    assert ends[0] < 0.1
    assert math.isinf(ends[1])


@given(st.floats(0.1, 10), st.floats(1, 3))
def test_the_bottom_of_a_parabola_is_found_between_settings(centre: float, width: float) -> None:
    grid = [2.0**k for k in range(-6, 7)]
    losses = [math.exp(((math.log(x) - math.log(centre)) / width) ** 2) for x in grid]
    assert noisy_descent.bottom(grid, losses) == pytest.approx(centre, rel=1e-6)


def test_a_minimum_at_the_edge_is_the_edge() -> None:
    assert noisy_descent.bottom([1, 2, 4], [1.0, 2.0, 3.0]) == 1


def test_wsd_wins_while_the_start_is_not_forgotten_and_loses_later() -> None:
    grid = [2.0 ** (k / 2) for k in range(-14, 5)]
    short, long = (
        noisy_descent.excess_after(n, grid, 8, wsd(n)).min()
        / noisy_descent.excess_after(n, grid, 8, cosine(n)).min()
        for n in (250, 2000)
    )
    assert short < 0.95 < 1.2 < long


def test_the_largest_harmless_batch_grows_with_the_run() -> None:
    grid = [2.0 ** (k / 2) for k in range(-14, 6)]
    found = [noisy_descent.largest_batch(n, [4, 8, 16, 32, 64], grid) for n in (2**11, 2**14)]
    assert found[1] > 1.5 * found[0]


def test_the_planner_learns_what_to_train_before_it_learns_the_loss() -> None:
    walk = planner_walk.Walk(7)
    first = walk.sweep()
    second = next(walk.rest())
    assert second.regret < first.regret / 4
    assert second.spent - first.spent < 0.004
    assert walk.best_guess().parameters == second.size


def test_a_walk_buys_what_the_plan_buys() -> None:
    walk = planner_walk.finished(3)
    ledger = Ledger(walk.surface.observe, planner_walk.BUDGET)
    follow_plan(ledger, walk.domain, TARGET_FLOPS)
    assert ledger.bought.keys() == walk.ledger.bought.keys()


def test_coverage_is_that_of_the_assignments_scores() -> None:
    held = planner_walk.coverage()
    assert {worlds for _, worlds in held.values()} == {400}
    shares = {family: round(share, 2) for family, (share, _) in held.items()}
    assert shares == {1: 0.95, 2: 0.94, 4: 0.19, 5: 0.98}


def test_coordinates_stay_under_mup_and_explode_without(facts: Facts) -> None:
    rows = coordinates.check(facts, [64, 256])
    assert coordinates.growth(rows, "mup", "last hidden") < 1.3
    assert coordinates.growth(rows, "standard", "last hidden") > 5
    base = [row for row in rows if row["width"] == 64]
    assert base[0]["logits"] == base[1]["logits"]


def test_branches_save_steps_and_end_near_the_cosines(facts: Facts) -> None:
    found = sweeps.branched(facts, [20, 40], 2.0**-5)
    assert found.steps == (60, 44)
    assert len(found.trunk) == 32
    assert {n: (start, len(tail)) for n, (start, tail) in found.tails.items()} == {
        20: (16, 4),
        40: (32, 8),
    }
    assert all(abs(found.wsd[n] / found.cosine[n] - 1) < 0.3 for n in (20, 40))


def test_published_laws_agree_with_themselves() -> None:
    for flops in (1e20, 1e24):
        product = recipes.deepseek_model(flops) * recipes.deepseek_tokens(flops)
        assert product == pytest.approx(flops, rel=0.01)
    printed = recipes.llama_tokens(recipes.LLAMA_FLOPS)
    stated = recipes.LLAMA_STATED[1]
    assert printed == pytest.approx(10.5e12, rel=0.01)
    assert recipes.llama_tokens(recipes.LLAMA_FLOPS, 0.537) < stated < 1.6 * printed
    assert recipes.LLAMA_STATED[0] * stated * 6 == pytest.approx(recipes.LLAMA_FLOPS, rel=0.06)
    assert 1e6 < recipes.step_batch(1e12) < 1e7
    assert recipes.step_rate(1e9, 1e11) < recipes.step_rate(1e8, 1e11)


def test_every_recipe_is_dated_and_sourced() -> None:
    dates = [recipe.when for recipe in recipes.RECIPES]
    assert dates == sorted(dates, key=lambda when: when.ljust(7, "9"))
    assert all(recipe.source for recipe in recipes.RECIPES)
    assert all(len(row) == len(recipes.COLUMNS) for row in recipes.recipe_rows())


@given(st.floats(0.1, 2), st.floats(0.1, 1))
@settings(max_examples=20)
def test_steps_to_an_excess_are_read_off_the_curve(level: float, slope: float) -> None:
    curve = {n: level * n**-slope for n in (250, 500, 1000, 2000)}
    for steps in (300, 1500, 3000):
        assert records.steps_to(curve, level * steps**-slope) == pytest.approx(steps)


def test_every_claim_has_a_judge() -> None:
    claims = [*records.registered()["claims"], *records.again()["claims"]]
    assert {claim["name"] for claim in claims} == records.JUDGES.keys()
