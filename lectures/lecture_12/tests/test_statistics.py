"""The statistics of lecture 12, each beside a case whose answer is known."""

import math

import numpy as np
import pytest
from cs336_alignment.tasks.pass_at_k import pass_at_k
from cs336_alignment.text.choices import wilson_interval
from hypothesis import given
from hypothesis import strategies as st

from lectures.lecture_12 import goodhart, intervals, ratings

POINTS = [0.0, 35.0, 87.0, 156.0, 243.0, 347.0]
SHARES = st.floats(0.02, 0.98)


def test_the_error_of_an_exam_is_the_textbooks() -> None:
    assert intervals.standard_error(0.5, 100) == pytest.approx(0.05)


def test_a_bootstrap_agrees_with_the_formula_where_that_is_good() -> None:
    scores = [1.0] * 300 + [0.0] * 200
    low, high = intervals.bootstrap(scores)
    assert (high - low) / 2 == pytest.approx(1.96 * intervals.standard_error(0.6, 500), rel=0.05)


def test_a_bootstrap_of_equal_scores_has_no_width() -> None:
    assert intervals.bootstrap([1.0] * 30) == (1.0, 1.0)


def test_pairs_see_what_separate_exams_do_not() -> None:
    ours, theirs = intervals.two_models(500, 0.35)
    low, high = intervals.paired(ours, theirs)
    wide_low, wide_high = intervals.unpaired(ours, theirs)
    assert wide_low < 0 < low
    assert high - low < 0.8 * (wide_high - wide_low)


def test_pairs_gain_nothing_where_nothing_is_common() -> None:
    rng = np.random.default_rng(0)
    ours, theirs = (rng.random((2, 4000)) < 0.5).astype(float)
    low, high = intervals.paired(ours, theirs)
    wide_low, wide_high = intervals.unpaired(ours, theirs)
    assert high - low == pytest.approx(wide_high - wide_low, rel=0.1)


@given(SHARES, st.integers(5, 60))
def test_wilson_holds_the_truth_at_least_as_often_as_it_should_nearly(p: float, n: int) -> None:
    assert intervals.coverage(wilson_interval, p, n) > 0.82


def test_the_textbook_interval_fails_at_the_edge() -> None:
    assert intervals.coverage(intervals.wald, 0.9, 30) == pytest.approx(0.8085, abs=1e-4)
    assert intervals.wald(30, 30) == (1.0, 1.0)


def test_clusters_of_one_change_nothing() -> None:
    scores = [1.0, 0.0, 1.0, 1.0, 0.0]
    plain = intervals.standard_error(0.6, 5)
    assert intervals.clustered_error(scores, range(5)) == pytest.approx(plain)


def test_copies_of_an_item_are_one_item() -> None:
    scores, clusters = [1.0, 1.0, 0.0, 0.0], [0, 0, 1, 1]
    assert intervals.clustered_error(scores, clusters) == pytest.approx(
        intervals.standard_error(0.5, 2)
    )


@pytest.mark.parametrize(("variants", "error"), [(1, 0.0), (2, 0.564), (10, 1.539)])
def test_the_best_of_several_is_too_good(variants: int, error: float) -> None:
    assert intervals.best_of(variants) == pytest.approx(error, abs=0.02)


@given(SHARES, st.integers(1, 12), st.integers(1, 12))
def test_pass_at_k_is_unbiased_and_the_obvious_formula_is_low(p: float, n: int, k: int) -> None:
    k = min(k, n)
    truth = 1 - (1 - p) ** k
    assert intervals.expected(pass_at_k, p, n, k) == pytest.approx(truth)
    assert intervals.expected(intervals.naive_pass_at_k, p, n, k) <= truth + 1e-9


def test_a_fit_finds_the_strengths_and_a_running_update_depends_on_the_order() -> None:
    votes = ratings.simulate(POINTS, [0.0] * 6, 0.0, votes=20_000)
    fitted = ratings.bradley_terry(ratings.win_table(votes, 6))
    assert np.abs(fitted - POINTS).max() < 15
    moved = ratings.online_elo(votes, 6) - ratings.online_elo(votes.reordered(1), 6)
    assert np.abs(moved).max() > 50
    again = ratings.bradley_terry(ratings.win_table(votes.reordered(1), 6))
    assert again == pytest.approx(fitted)


def test_two_models_have_the_rating_of_their_odds() -> None:
    wins = np.array([[0.0, 10.0], [100.0, 0.0]])
    assert ratings.bradley_terry(wins)[1] == pytest.approx(400)


def test_length_lifts_a_model_until_it_is_regressed_out() -> None:
    votes = ratings.simulate(POINTS, [0, 0, 1.5, 0, 0, 0], 0.5, votes=20_000)
    naive = ratings.bradley_terry(ratings.win_table(votes, 6))
    controlled, weight = ratings.with_style(votes, 6)
    assert naive[2] > naive[3] > 140
    assert weight == pytest.approx(0.5, abs=0.02)
    assert np.abs(controlled - POINTS).max() < 16


def test_without_style_both_fits_agree() -> None:
    votes = ratings.simulate(POINTS, [0.0] * 6, 0.0, votes=5000)
    naive = ratings.bradley_terry(ratings.win_table(votes, 6), rounds=400)
    controlled, weight = ratings.with_style(votes, 6)
    assert weight == pytest.approx(0, abs=0.05)
    assert controlled == pytest.approx(naive, abs=3)


def test_the_target_falls_while_the_proxy_rises() -> None:
    proxy = goodhart.learn_proxy(2000)
    assert goodhart.agreement(proxy) > 0.9
    chosen = goodhart.best_of_n(proxy, [1, 64, 4096])
    assert chosen[0].proxy < chosen[1].proxy < chosen[2].proxy
    assert chosen[2].target < chosen[0].target < chosen[1].target


def test_best_of_one_is_an_ordinary_reply() -> None:
    chosen = goodhart.best_of_n(np.array([1.0, 0.0]), [1], repeats=4000)[0]
    assert chosen.proxy == pytest.approx(0, abs=0.05)
    assert not math.isnan(chosen.target)
