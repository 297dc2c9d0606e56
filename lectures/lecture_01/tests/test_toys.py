"""The toys of lecture 1: each equation holds, and fails where the lecture says that it does."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lectures.lecture_01 import toys


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=8))
def test_rms_norm_gives_a_mean_square_of_one_whatever_the_scale(values: list[float]) -> None:
    x = np.array([*values, 1.0])
    assert np.mean(toys.rms_norm(x, eps=0.0) ** 2) == pytest.approx(1)
    assert toys.rms_norm(x, eps=0.0) == pytest.approx(toys.rms_norm(7 * x, eps=0.0))


def test_linear_attention_is_the_same_by_pairs_and_by_state() -> None:
    q, k, v = np.random.default_rng(1).normal(size=(3, 9, 5))
    by_pairs, by_state = toys.linear_attention(q, k, v)
    assert by_state == pytest.approx(by_pairs)
    assert by_pairs[0] == pytest.approx(q[0] @ k[0] * v[0])  # the first token sees itself alone


def test_only_the_linear_state_does_not_grow() -> None:
    short, long = toys.cached_numbers(1024), toys.cached_numbers(131_072)
    assert {kind for kind in short if short[kind] == long[kind]} == {"linear"}
    assert short["window"] == short["full"]  # shorter than the window
    assert long["window"] == toys.cached_numbers(4096)["full"]
    assert long["latent"] == 131_072 * 576


@given(st.integers(1, 6), st.data())
def test_a_ring_leaves_every_rank_with_the_sum(ranks: int, data: st.DataObject) -> None:
    row = st.lists(st.integers(-99, 99), min_size=ranks, max_size=ranks)
    values = data.draw(st.lists(row, min_size=ranks, max_size=ranks))
    held, sends = toys.ring_all_reduce(values)
    assert held == [[sum(column) for column in zip(*values, strict=True)]] * ranks
    assert sends == 2 * (ranks - 1)


def test_advantages_are_relative_to_the_group() -> None:
    assert sum(toys.group_advantages([1, 0, 0, 0])) == pytest.approx(0, abs=0.02)
    assert toys.group_advantages([1, 1, 1]) == toys.group_advantages([0, 0, 0]) == [0, 0, 0]


def test_ppo_stops_rewarding_and_never_stops_punishing() -> None:
    assert toys.ppo_objective(1.1, 1) == pytest.approx(1.1)
    assert toys.ppo_objective(2, 1) == toys.ppo_objective(3, 1) == pytest.approx(1.2)
    assert toys.ppo_objective(3, -1) < toys.ppo_objective(2, -1) == -2


def test_dpo_sees_the_margin_only() -> None:
    assert toys.dpo_loss(0, 0) == pytest.approx(math.log(2))
    assert toys.dpo_loss(10, -10) == pytest.approx(toys.dpo_loss(-10, -30))
    assert toys.dpo_loss(10, -10) < toys.dpo_loss(1, -1)


def test_the_table_holds_a_case_of_each_method() -> None:
    assert {row[0] for row in toys.alignment_runs()} == {
        "GRPO advantages",
        "PPO objective",
        "DPO loss",
    }
