"""The parts of lecture 9: each experiment beside theory, or beside the truth it was drawn from."""

import math

import numpy as np
import pytest
import torch
from cs336_scaling.chinchilla import ParametricLaw, approach_3
from cs336_scaling.isoflop_sets import DEFAULT_LAW, GridShape, make_isoflop_set
from cs336_scaling.isoflops import fit_power_law
from cs336_scaling.real_study.excess_fits import valleys
from cs336_scaling.real_study.zipf_source import ZipfSource
from hypothesis import given
from hypothesis import strategies as st

from lectures.lecture_09 import (
    births,
    counting,
    demand,
    descent,
    isoflop_grids,
    lookup,
    published,
    stopping,
    studies,
)
from lectures.lecture_09.counting import Counting

LAWS = st.builds(
    ParametricLaw,
    st.floats(0.5, 3),
    st.floats(100, 2000),
    st.floats(100, 4000),
    st.floats(0.2, 0.6),
    st.floats(0.2, 0.6),
)


def test_the_mean_of_n_numbers_errs_as_one_over_n() -> None:
    sizes = [10, 100, 1000]
    for n, error in zip(sizes, births.mean_errors(sizes, repeats=400), strict=True):
        assert error == pytest.approx(1 / n, rel=0.2)


@pytest.mark.parametrize("dimension", [1, 2, 4])
def test_a_nearest_neighbour_errs_as_its_dimension_says(dimension: int) -> None:
    sizes = [128, 512, 2048]
    slope = fit_power_law(sizes, births.nearest_errors(dimension, sizes)).exponent
    assert slope == pytest.approx(-2 / dimension, rel=0.12)


def test_a_floor_is_found_where_there_is_one() -> None:
    sizes = [10, 100, 1000, 10_000]
    found = births.fit_with_floor(sizes, [0.5 + 2 / n for n in sizes])
    assert found.floor == pytest.approx(0.5, rel=1e-3)
    assert found.law.exponent == pytest.approx(-1, abs=0.05)


@given(st.floats(0.4, 1.5), st.floats(10, 1e6))
def test_a_table_knows_more_with_more_reading_and_more_room(alpha: float, n: float) -> None:
    mass = lookup.unknown_mass(n, 1000, alpha)
    assert 0 <= mass <= 1
    assert lookup.unknown_mass(2 * n, 1000, alpha) <= mass
    assert lookup.unknown_mass(n, 2000, alpha) <= mass + 1e-12
    assert mass >= 1001**-alpha - 1e-9


def test_the_groups_of_rare_facts_change_nothing() -> None:
    ranks = np.arange(1.0, 200_001)
    p = ranks**-0.5 - (ranks + 1) ** -0.5
    unseen = (p * (1 - p) ** 1000).sum() + 200_001**-0.5
    assert lookup.unknown_mass(1000) == pytest.approx(unseen, rel=1e-4)


def test_drawn_records_leave_unknown_what_is_expected() -> None:
    draw = torch.Generator().manual_seed(1)
    ranks = ZipfSource(0.5).sample_ranks((10_000,), draw).tolist()
    expected = lookup.unknown_mass(10_000)
    assert lookup.counted_unknown(ranks, 0.5) == pytest.approx(expected, rel=0.03)


@pytest.mark.parametrize("alpha", [0.5, 1.0, 2.0])
def test_the_best_table_follows_the_exponents_of_theory(alpha: float) -> None:
    budgets = [1e5, 1e6, 1e7, 1e8]
    rooms, masses = zip(*(lookup.best_table(b, alpha) for b in budgets), strict=True)
    assert fit_power_law(budgets, masses).exponent == pytest.approx(-alpha / (2 + alpha), abs=0.01)
    assert fit_power_law(budgets, rooms).exponent == pytest.approx(1 / (2 + alpha), abs=0.02)


def test_the_three_readings_are_off_by_a_quarter_by_a_percent_and_by_nothing() -> None:
    runs = isoflop_grids.runs_by_tokens()
    truth = DEFAULT_LAW.optimum(1e23)[0]
    found = isoflop_grids.readings(runs, 1e23)
    assert len(runs) == 72
    assert found["best run"] / truth - 1 == pytest.approx(-0.238, abs=5e-4)
    assert found["parabola"] / truth - 1 == pytest.approx(-0.008, abs=5e-4)
    assert approach_3(runs).optimum(1e23)[0] == pytest.approx(truth, rel=1e-9)


def test_the_error_of_the_envelope_has_no_sign() -> None:
    errors = isoflop_grids.envelope_errors((16, 24, 40), 1e23)
    assert errors[24] > 0.05 > 0 > -0.05 > errors[40]


def test_a_narrow_centred_grid_makes_a_parabola_nearly_right() -> None:
    errors = isoflop_grids.parabola_errors((3.0, 100.0), (1.0,), 1e24)
    assert abs(errors[3.0][1.0]) < 0.002 < 0.01 < abs(errors[100.0][1.0])


@pytest.fixture(scope="module")
def noisy_fits() -> dict[str, stopping.Stopped]:
    """One noisy set, fitted with four scales of the same objective."""
    runs = make_isoflop_set(published.CORRECTED, grid=GridShape(8, 30), noise=0.003, seed=0)
    return {
        "sum": stopping.fit_by_lbfgs(runs, np.sum),
        "mean": stopping.fit_by_lbfgs(runs, np.mean),
        "72 means": stopping.fit_by_lbfgs(runs, lambda r: 72 * float(np.mean(r))),
        "10,000 means": stopping.fit_by_lbfgs(runs, lambda r: 1e4 * float(np.mean(r))),
    }


def test_a_mean_stops_the_search_early(noisy_fits: dict[str, stopping.Stopped]) -> None:
    sizes = {k: f.law.optimum(published.CHINCHILLA_FLOPS)[0] for k, f in noisy_fits.items()}
    assert sizes["mean"] < 0.7 * sizes["sum"]
    assert noisy_fits["mean"].total > 3 * noisy_fits["sum"].total
    assert sizes["72 means"] == pytest.approx(sizes["sum"], rel=0.005)
    assert sizes["10,000 means"] == pytest.approx(sizes["sum"], rel=0.005)


def test_the_assignments_fit_does_not_know_the_difference() -> None:
    runs = make_isoflop_set(published.CORRECTED, grid=GridShape(8, 30), noise=0.003, seed=0)
    size = approach_3(runs).optimum(published.CHINCHILLA_FLOPS)[0]
    assert size == pytest.approx(
        stopping.fit_by_lbfgs(runs, np.sum).law.optimum(5.76e23)[0], rel=0.005
    )


def test_hubers_loss_is_a_square_and_then_a_line() -> None:
    small, large = stopping.huber(np.array([0.5e-3, 1e-2]))
    assert small == pytest.approx(0.125e-6)
    assert large == pytest.approx(1e-3 * (1e-2 - 0.5e-3))


def test_the_printed_and_the_corrected_law_disagree() -> None:
    printed, corrected = (
        law.optimum(published.CHINCHILLA_FLOPS) for law in published.PUBLISHED.values()
    )
    assert printed[1] / printed[0] == pytest.approx(93, abs=1)
    assert corrected[1] / corrected[0] == pytest.approx(18.4, abs=0.1)
    rounded = stopping.with_rounded_exponents(published.CORRECTED)
    assert (rounded.n_exponent, rounded.d_exponent) == (0.35, 0.37)


@given(LAWS)
def test_counted_rightly_the_exponent_is_that_of_the_law(law: ParametricLaw) -> None:
    right = Counting(last_layer=True, embedding=True, warm_up=True)
    budgets = np.geomspace(1e19, 1e21, 5)
    sizes = counting.optimal_sizes(right, budgets, law)
    inside = [4e6 < size < 8e10 for size in sizes]
    if all(inside):
        expected = law.d_exponent / (law.n_exponent + law.d_exponent)
        assert fit_power_law(budgets, sizes).exponent == pytest.approx(expected, abs=0.02)


def test_kaplans_exponent_comes_out_of_chinchillas_law() -> None:
    exponents = counting.all_exponents()
    path = list(counting.corrections(exponents).values())
    assert path[0] == pytest.approx(0.73, abs=0.02)
    assert path == sorted(path, reverse=True)
    assert path[-1] == pytest.approx(0.366 / (0.348 + 0.366), abs=0.003)
    assert exponents[Counting(last_layer=True)] > path[0]
    shares = counting.average_shares(exponents)
    assert sum(shares.values()) == pytest.approx(path[-1] - path[0])


def test_a_warm_up_costs_half_its_length() -> None:
    assert counting.useful_tokens(np.array([4.0]), 2.0)[0] == 3
    assert counting.useful_tokens(np.array([1.0]), 2.0)[0] == 0.25
    assert descent.loss_after(1000, 500) == pytest.approx(descent.loss_after(750), rel=1e-3)
    assert descent.loss_after(1000, 500) > 1.1 * descent.loss_after(1000)


def test_the_formula_for_repeated_data_starts_steep_and_saturates() -> None:
    assert descent.saturating(1, 15.4) == 1
    assert descent.saturating(4, 15.4) == pytest.approx(3.73, abs=0.01)
    assert descent.saturating(10_000, 15.4) == pytest.approx(16.4)
    effective = {e: descent.saturating(e, 7.0) for e in (1, 2, 4, 8, 16)}
    assert descent.fitted_constant(effective, up_to=16) == pytest.approx(7, rel=0.01)


def test_repeated_examples_are_worth_less_than_fresh_ones() -> None:
    fresh = {e: descent.error_after(e, fresh=True) for e in (1, 4, 16)}
    repeated = descent.error_after(4, fresh=False)
    assert fresh[1] > repeated > fresh[4] > fresh[16]
    assert 1 < descent.effective_epochs(repeated, fresh) < 4
    assert descent.effective_epochs(fresh[4], fresh) == pytest.approx(4)


@given(st.floats(1.9, 2.2), st.floats(0, 1e14))
def test_no_size_is_cheaper_than_the_cheapest(loss: float, served: float) -> None:
    n, d = demand.cheapest(loss, served)
    least = demand.total_flops(loss, n, served)
    assert published.CORRECTED.predict(n, d) == pytest.approx(loss)
    assert all(demand.total_flops(loss, n * f, served) >= least * 0.9999 for f in (0.8, 0.97, 1.3))


def test_without_service_the_cheapest_is_chinchillas_optimum() -> None:
    n, d = published.CORRECTED.optimum(1e23)
    loss = published.CORRECTED.optimal_loss(1e23)
    assert demand.cheapest(loss, 0) == pytest.approx((n, d), rel=0.005)
    assert math.isinf(demand.tokens_for(1.8, n))


def test_models_have_the_ratios_that_are_quoted() -> None:
    ratios = {model.name: model.ratio for model in published.MODELS}
    assert ratios["GPT-3"] == pytest.approx(1.71, abs=0.01)
    assert ratios["Chinchilla"] == 20


@pytest.mark.parametrize("source", ["zipf", "stories"])
def test_studies_come_with_their_device(source: str) -> None:
    said = studies.provenance(source)
    assert "NVIDIA" in said
    assert "torch" in said
    assert "gpu_study.py" in said
    assert studies.entropy(source) > 0


def test_nothing_of_the_held_out_budget_is_seen() -> None:
    seen = studies.up_to("zipf", 1e14)
    assert max(run.compute_budget for run in seen) == 1e14
    assert valleys(studies.runs("zipf"))[-1].compute_budget == studies.HELD_OUT


def test_a_study_without_records_says_so() -> None:
    with pytest.raises(ValueError, match=r"records\.jsonl: no runs with alpha 3"):
        studies.records("zipf", alpha=3)
    with pytest.raises(ValueError, match="no worlds were scored"):
        studies.coverage(9)


def test_curves_of_the_stories_start_high_and_end_low() -> None:
    rows = studies.curves("stories")
    assert max(row["excess"] for row in rows) > 4
    assert 0 < min(row["excess"] for row in rows) < 0.1
