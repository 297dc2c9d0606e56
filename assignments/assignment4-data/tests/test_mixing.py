"""Mixtures: shares, caps, rehearsals, and the order in which sources are drawn."""

from __future__ import annotations

import numpy as np
import pytest
from cs336_data.mixing import (
    MixtureError,
    draw_sources,
    plan_mixture,
    simulated_sizes,
    temperature_weights,
)
from hypothesis import assume, given
from hypothesis import strategies as st

PLANS = st.dictionaries(
    st.sampled_from("abcdef"),
    st.tuples(st.integers(1, 10_000), st.floats(0.01, 10)),
    min_size=1,
)


def test_tokens_are_divided_by_weight() -> None:
    plan = plan_mixture({"web": 9_000, "books": 1_000}, {"web": 3, "books": 1}, budget=400)
    assert plan.tokens == {"web": 300, "books": 100}
    assert plan.epochs == {"web": 300 / 9_000, "books": 0.1}
    assert plan.shares == {"web": 0.75, "books": 0.25}


def test_what_a_cap_takes_away_goes_to_the_others() -> None:
    plan = plan_mixture({"web": 9_000, "books": 100}, {"web": 1, "books": 1}, 1_000, max_epochs=4)
    assert plan.tokens == {"web": 600, "books": 400}
    assert plan.epochs["books"] == 4


def test_what_is_taken_away_may_bring_another_to_its_cap() -> None:
    sizes = {"a": 10, "b": 30, "c": 1_000}
    plan = plan_mixture(sizes, {"a": 5, "b": 4, "c": 1}, 200, max_epochs=2)
    assert plan.tokens == {"a": 20, "b": 60, "c": 120}


def test_equal_shares_of_a_large_and_a_small_source_are_fifty_epochs() -> None:
    sizes = {"low": 10**13, "high": 10**10}
    plan = plan_mixture(sizes, {"low": 1, "high": 1}, 10**12, max_epochs=1_000)
    assert plan.epochs == {"low": 0.05, "high": 50}


def test_a_source_of_weight_zero_is_not_used() -> None:
    plan = plan_mixture({"a": 10, "b": 10}, {"a": 1, "b": 0}, 10)
    assert plan.tokens == {"a": 10, "b": 0}


@given(PLANS, st.integers(1, 50_000), st.floats(0.5, 8))
def test_every_plan_has_its_budget_and_keeps_its_caps(
    sources: dict[str, tuple[int, float]], budget: int, cap: float
) -> None:
    sizes = {name: size for name, (size, _) in sources.items()}
    weights = {name: weight for name, (_, weight) in sources.items()}
    assume(cap * sum(sizes.values()) >= budget)
    plan = plan_mixture(sizes, weights, budget, cap)
    assert sum(plan.tokens.values()) == budget
    for name, tokens in plan.tokens.items():
        assert 0 <= tokens <= cap * sizes[name] + 1  # whole tokens
    free = [n for n, tokens in plan.tokens.items() if tokens < cap * sizes[n] - 1]
    rates = [plan.tokens[n] / weights[n] for n in free]
    for name, rate in zip(free, rates, strict=True):
        assert abs(rate - rates[0]) * weights[name] <= 1 + weights[name] / weights[free[0]] + 1e-6


def test_a_rehearsal_repeats_sources_as_the_full_run_does() -> None:
    sizes = {"low": 10**13, "high": 10**10}
    small = simulated_sizes(sizes, 10**12, 10**10)
    assert small == {"low": 10**11, "high": 10**8}
    weights = {"low": 1.0, "high": 1.0}
    full = plan_mixture(sizes, weights, 10**12, max_epochs=100)
    rehearsed = plan_mixture(small, weights, 10**10, max_epochs=100)
    assert rehearsed.epochs == full.epochs


def test_temperature_flattens_sizes() -> None:
    sizes = {"a": 16, "b": 81}
    assert temperature_weights(sizes, 1) == pytest.approx({"a": 16 / 97, "b": 81 / 97})
    assert temperature_weights(sizes, 4) == pytest.approx({"a": 0.4, "b": 0.6})


@given(st.integers(0, 300), st.integers(0, 1_000))
def test_sources_are_drawn_in_their_shares_all_along(draws: int, seed: int) -> None:
    mixture = plan_mixture({"a": 700, "b": 200, "c": 100}, {"a": 7, "b": 2, "c": 1}, 1_000)
    drawn = draw_sources(mixture, draws, seed)
    assert len(drawn) == draws
    for source, share in enumerate(mixture.shares.values()):
        so_far = np.cumsum(drawn == source)
        expected = share * np.arange(1, draws + 1)
        assert (np.abs(so_far - expected) < 2).all()


def test_the_same_seed_draws_the_same() -> None:
    mixture = plan_mixture({"a": 70, "b": 20, "c": 10}, {"a": 7, "b": 2, "c": 1}, 100)
    assert draw_sources(mixture, 20, 1).tolist() == draw_sources(mixture, 20, 1).tolist()
    assert draw_sources(mixture, 20, 1).tolist() != draw_sources(mixture, 20, 2).tolist()


@pytest.mark.parametrize(
    ("sizes", "weights", "budget", "said"),
    [
        ({"a": 1}, {"b": 1}, 1, "differ"),
        ({"a": 0}, {"a": 1}, 1, "must be positive"),
        ({"a": 1}, {"a": 1}, 0, "must be positive"),
        ({"a": 1}, {"a": -1}, 1, "must not be negative"),
        ({"a": 1}, {"a": 0}, 1, "one must be positive"),
        ({"a": 10, "b": 10}, {"a": 1, "b": 1}, 100, "add data or raise max_epochs"),
    ],
)
def test_a_mixture_that_cannot_be_had_is_refused(
    sizes: dict[str, int], weights: dict[str, float], budget: int, said: str
) -> None:
    with pytest.raises(MixtureError, match=said):
        plan_mixture(sizes, weights, budget)


def test_rehearsals_temperatures_and_draws_that_make_no_sense_are_refused() -> None:
    with pytest.raises(MixtureError, match="not within"):
        simulated_sizes({"a": 10}, 100, 101)
    with pytest.raises(MixtureError, match="'b' would be empty"):
        simulated_sizes({"a": 1_000, "b": 3}, 1_000, 10)
    with pytest.raises(MixtureError, match="temperature"):
        temperature_weights({"a": 1}, 0)
    with pytest.raises(MixtureError, match="-1 draws"):
        draw_sources(plan_mixture({"a": 1}, {"a": 1}, 1), -1, seed=0)
