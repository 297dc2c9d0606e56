"""Approach 3 finds an exact law from a cold start; the pitfalls of the published fits."""

from __future__ import annotations

import math

import numpy as np
import pytest
from cs336_scaling.chinchilla import (
    FitError,
    ParametricLaw,
    TrainingCurve,
    approach_1,
    approach_2,
    approach_3,
    fit_parametric,
)
from cs336_scaling.isoflop_sets import DEFAULT_LAW, GridShape, make_isoflop_set
from cs336_scaling.isoflops import FitWarning, TrainingRun

CONSTANTS = ("entropy", "n_factor", "d_factor", "n_exponent", "d_exponent")


def test_all_five_constants_to_four_digits_from_a_cold_start() -> None:
    law = approach_3(make_isoflop_set())
    for name in CONSTANTS:
        assert getattr(law, name) == pytest.approx(getattr(DEFAULT_LAW, name), rel=1e-4)


@pytest.mark.parametrize(
    "law",
    [
        ParametricLaw(1.69, 406.4, 410.7, 0.34, 0.28),  # Hoffmann 2022, as printed
        ParametricLaw(1.8172, 482.01, 2085.43, 0.3478, 0.3658),  # Besiroglu 2024
        ParametricLaw(0.5, 30.0, 5e4, 0.2, 0.6),
    ],
)
def test_other_laws(law: ParametricLaw) -> None:
    found = approach_3(make_isoflop_set(law, grid=GridShape(runs=10, width=50.0)))
    for name in CONSTANTS:
        assert getattr(found, name) == pytest.approx(getattr(law, name), rel=1e-3)


def test_a_known_entropy_is_kept() -> None:
    law = approach_3(make_isoflop_set(), entropy=DEFAULT_LAW.entropy)
    assert law.entropy == DEFAULT_LAW.entropy
    assert law.n_exponent == pytest.approx(0.34, rel=1e-5)


def test_the_optimum_is_where_the_loss_is_least() -> None:
    n, d = DEFAULT_LAW.optimum(1e22)
    assert 6 * n * d == pytest.approx(1e22)
    around = n * np.array([0.99, 1.0, 1.01])
    losses = DEFAULT_LAW.predict(around, 1e22 / (6 * around))
    assert losses.argmin() == 1


def test_the_published_constants_contradict_the_published_model() -> None:
    """As printed, approach 3 would give 93 tokens a parameter at Gopher's budget."""
    printed = ParametricLaw(1.69, 406.4, 410.7, 0.34, 0.28)
    corrected = ParametricLaw(1.8172, 482.01, 2085.43, 0.3478, 0.3658)
    n, d = printed.optimum(5.76e23)
    assert n == pytest.approx(32e9, rel=0.02)
    assert d / n == pytest.approx(93, rel=0.02)
    n, d = corrected.optimum(5.76e23)
    assert n == pytest.approx(71e9, rel=0.05)
    assert d / n == pytest.approx(19, rel=0.1)


def test_rounding_the_exponents_moves_the_optimum() -> None:
    exact = ParametricLaw(1.8172, 482.01, 2085.43, 0.3478, 0.3658)
    rounded = ParametricLaw(1.82, 482.0, 2085.0, 0.35, 0.37)
    assert abs(rounded.optimum(1e24)[0] / exact.optimum(1e24)[0] - 1) > 0.03


def test_many_copies_of_the_runs_change_nothing() -> None:
    """A mean and a sum of residuals must end at the same place."""
    runs = make_isoflop_set(noise=0.003, seed=2)
    once, often = approach_3(runs), approach_3(runs * 20)
    for name in CONSTANTS:
        assert getattr(often, name) == pytest.approx(getattr(once, name), rel=2e-3)


def test_outliers_hardly_move_it() -> None:
    runs = make_isoflop_set(noise=0.001, seed=1)
    spoilt = [*runs, TrainingRun(10**9, 6e19, 9.0), TrainingRun(10**10, 1e21, 7.0)]
    assert approach_3(spoilt).optimum(1e23)[0] == pytest.approx(
        approach_3(runs).optimum(1e23)[0], rel=0.1
    )


def test_diverged_runs_are_dropped() -> None:
    runs = [*make_isoflop_set(), TrainingRun(10**9, 1e20, math.nan)]
    with pytest.warns(FitWarning, match="1 of 73"):
        assert approach_3(runs).n_exponent == pytest.approx(0.34, rel=1e-4)


def test_huge_and_tiny_numbers_do_not_overflow() -> None:
    law = ParametricLaw(2.0, 1e30, 1e30, 1.6, 1.6)
    found = approach_3(make_isoflop_set(law, budgets=(1e36, 1e37, 1e38, 1e39)))
    assert found.n_exponent == pytest.approx(1.6, rel=1e-2)


@pytest.mark.parametrize("exponent", [0.2, 0.207, 0.23, 0.3, 0.35, 0.4])
def test_a_law_without_one_term_is_refused(exponent: float) -> None:
    """With the exponent of a term that is rounding nothing can be said, inside of bounds or not."""
    d = np.geomspace(1e8, 1e11, 12)
    n = np.geomspace(1e10, 1e7, 12) * np.array([1, 2, 0.5] * 4)
    with pytest.raises(FitError, match=r"bound|zero"):
        fit_parametric(n, d, 2 + 67 * d**-exponent)
    with pytest.raises(FitError, match=r"bound|zero"):
        fit_parametric(d, n, 2 + 67 * d**-exponent)


def test_too_few_runs_are_refused() -> None:
    with pytest.raises(FitError, match="at least 5"):
        fit_parametric([1e6] * 9, [1e8] * 9, [3.0] * 9)


def test_an_entropy_above_the_losses_is_refused() -> None:
    with pytest.raises(FitError, match="not above the entropy"):
        approach_3(make_isoflop_set(), entropy=9.0)


def test_forcing_the_entropy_to_zero_flattens_the_law() -> None:
    """The error of a power law without E: it promises ever more and predicts too little loss."""
    runs = make_isoflop_set()
    without = approach_3(runs, entropy=0.0)
    assert without.n_exponent < 0.34
    assert without.optimal_loss(1e24) < 0.97 * DEFAULT_LAW.optimal_loss(1e24)


def test_runs_that_want_a_floor_below_zero_get_none() -> None:
    """Zero has no logarithm: the fit once ended in a ValueError of SciPy."""
    n, d = (grid.ravel() for grid in np.meshgrid(np.geomspace(1e7, 1e10, 6), [1e9, 1e10, 1e11]))
    law = fit_parametric(n, d, 60 * n**-0.2 + 80 * d**-0.2 - 0.05)
    assert law.entropy == 0.0
    assert law.n_exponent > 0.2
    assert law.predict(n, d) == pytest.approx(60 * n**-0.2 + 80 * d**-0.2 - 0.05, rel=0.01)


def test_the_envelope_of_curves_finds_the_exponent() -> None:
    sizes = np.geomspace(1e7, 1e11, 60)
    tokens = np.geomspace(1e7, 1e13, 200)
    curves = [
        TrainingCurve(int(n), tokens.tolist(), DEFAULT_LAW.predict(n, tokens).tolist())
        for n in sizes
    ]
    fit = approach_1(curves, [1e18, 1e19, 1e20, 1e21])
    truth = [DEFAULT_LAW.optimum(c)[0] for c in (1e18, 1e21)]
    exponent = math.log(truth[1] / truth[0]) / math.log(1e3)
    assert fit.parameters_law.exponent == pytest.approx(exponent, abs=0.03)


def test_an_envelope_that_ends_at_the_smallest_model_says_nothing() -> None:
    tokens = np.geomspace(1e7, 1e13, 50)
    curves = [
        TrainingCurve(int(n), tokens.tolist(), DEFAULT_LAW.predict(n, tokens).tolist())
        for n in (1e11, 3e11, 1e12)
    ]
    with pytest.raises(FitError, match="inside of the sizes"):
        approach_1(curves, [1e20, 1e21])


def test_the_three_ways_side_by_side() -> None:
    runs = make_isoflop_set(noise=0.001, seed=4)
    truth = DEFAULT_LAW.optimum(1e23)[0]
    assert approach_3(runs).optimum(1e23)[0] == pytest.approx(truth, rel=0.05)
    assert approach_2(runs).predict(1e23)[0] == pytest.approx(truth, rel=0.1)
