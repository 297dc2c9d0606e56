"""IsoFLOP curves, and what noisy or careless sets do to them."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from cs336_scaling.isoflop_sets import DEFAULT_LAW, GridShape, make_isoflop_set
from cs336_scaling.isoflop_sets import main as write_set
from cs336_scaling.isoflops import (
    FitWarning,
    TrainingRun,
    fit_isoflops,
    fit_power_law,
    load_isoflops_runs,
    parabola_vertex,
    select_optimal_runs,
)
from hypothesis import given
from hypothesis import strategies as st


def bowl(budget: float, sizes: list[int], best: float = 100.0) -> list[TrainingRun]:
    """Runs whose loss is an exact parabola in ln N around `best`."""
    return [TrainingRun(n, budget, 3 + 0.1 * math.log(n / best) ** 2) for n in sizes]


def test_min_takes_a_run_and_quadratic_the_vertex() -> None:
    runs = bowl(6e6, [20, 60, 180, 540])
    assert select_optimal_runs(runs, "min")[0].parameters == 60
    point = select_optimal_runs(runs, "quadratic")[0]
    assert point.parameters == pytest.approx(100)
    assert point.loss == pytest.approx(3)
    assert point.tokens == pytest.approx(6e6 / (6 * 100))


def test_a_set_written_and_read_is_the_same(tmp_path: Path) -> None:
    path = tmp_path / "runs.json"
    assert write_set([str(path), "--noise", "0.01", "--seed", "3"]) == 0
    assert load_isoflops_runs(path) == make_isoflop_set(noise=0.01, seed=3)


def test_quadratic_and_min_are_biased_even_without_noise() -> None:
    """A wide grid off the centre: the parabola leans, the best run is the nearest grid point."""
    runs = make_isoflop_set(grid=GridShape(width=100.0, offset=1.5))
    truth = DEFAULT_LAW.optimum(1e23)[0]
    quadratic = fit_isoflops(runs, "quadratic").predict(1e23)[0]
    assert 0.005 < abs(quadratic / truth - 1) < 0.05
    assert fit_isoflops(make_isoflop_set(grid=GridShape(width=2.0))).predict(1e23)[0] == (
        pytest.approx(truth, rel=1e-3)
    )


def test_budgets_written_differently_are_one() -> None:
    runs = [TrainingRun(n, c, 1.0 + abs(n - 2)) for n, c in ((1, 1e18), (2, 10**18), (3, 1e18))]
    assert len(select_optimal_runs(runs)) == 1


def test_diverged_runs_are_dropped_and_counted() -> None:
    runs = [*bowl(6e6, [20, 60, 180, 540]), TrainingRun(90, 6e6, math.nan),
            TrainingRun(110, 6e6, math.inf)]  # fmt: skip
    with pytest.warns(FitWarning, match="2 of 6 runs"):
        point = select_optimal_runs(runs, "quadratic")[0]
    assert point.parameters == pytest.approx(100)


@pytest.mark.parametrize(
    ("losses", "reason"),
    [
        ([3.0, 2.0], "2 distinct sizes"),
        ([1.0, 2.0, 1.0], "downward"),
        ([3.0, 2.0, 1.5], "outside"),
    ],
)
def test_a_budget_without_a_vertex_is_left_out(losses: list[float], reason: str) -> None:
    bad = [TrainingRun(10 * 3**i, 1e9, loss) for i, loss in enumerate(losses)]
    with pytest.warns(FitWarning, match=reason):
        points = select_optimal_runs([*bowl(6e6, [20, 60, 180]), *bad], "quadratic")
    assert [point.compute_budget for point in points] == [6e6]


def test_a_size_that_was_run_twice_counts_once_as_a_size() -> None:
    with pytest.raises(ValueError, match="2 distinct"):
        parabola_vertex([1.0, 1.0, 2.0], [3.0, 3.1, 2.0])


def test_nothing_left_is_an_error() -> None:
    with pytest.warns(FitWarning), pytest.raises(ValueError, match="no budget"):
        select_optimal_runs([TrainingRun(1, 1e9, math.nan)])


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(ValueError, match="'cubic'"):
        select_optimal_runs([], "cubic")  # type: ignore[arg-type]


@given(st.floats(1e-3, 1e3), st.floats(-2, 2))
def test_an_exact_power_law_is_found(coefficient: float, exponent: float) -> None:
    x = np.array([1.0, 10.0, 1e3])
    law = fit_power_law(x, coefficient * x**exponent)
    assert law.exponent == pytest.approx(exponent, abs=1e-9)
    assert law.predict(100.0) == pytest.approx(coefficient * 100.0**exponent)


@pytest.mark.parametrize(
    ("x", "y", "reason"),
    [([1, 1], [2, 3], "two points"), ([1, 2], [0, 3], "positive"), ([1, 2], [math.nan, 3], "pos")],
)
def test_points_without_a_power_law(x: list[float], y: list[float], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        fit_power_law(x, y)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"runs": []}, "JSON array"),
        ([{"parameters": 3}], "run 0: expected numbers"),
        ([{"parameters": -3, "compute_budget": 1, "final_loss": 1}], "run 0: .* positive"),
    ],
)
def test_a_file_of_another_form_is_refused(tmp_path: Path, content: object, message: str) -> None:
    path = tmp_path / "runs.json"
    path.write_text(json.dumps(content))
    with pytest.raises(ValueError, match=message):
        load_isoflops_runs(path)
