"""ZeRO's stages against the paper's example, worked out by hand."""

from __future__ import annotations

import pytest
from cs336_systems.parallelism.zero import (
    AUTOCAST,
    MIXED,
    PAPER,
    STAGES,
    largest_model,
    state_memory,
    state_traffic,
)
from hypothesis import given
from hypothesis import strategies as st

BILLIONS = st.floats(1, 1e12)
RANKS = st.integers(1, 4096)


def test_the_example_of_the_paper() -> None:
    gigabytes = [state_memory(7.5e9, 64, stage, PAPER).total / 1e9 for stage in STAGES]
    assert gigabytes == pytest.approx([120, 31.40625, 16.640625, 1.875])


def test_what_each_stage_divides() -> None:
    memory = state_memory(100, 4, 2, AUTOCAST)
    assert (memory.weights, memory.gradients, memory.optimizer) == (400, 100, 200)
    assert [recipe.total for recipe in (MIXED, PAPER, AUTOCAST)] == [18, 16, 16]


def test_the_largest_model_on_eight_devices_of_80_gb() -> None:
    billions = [round(largest_model(80e9, 8, stage, PAPER) / 1e9, 1) for stage in STAGES]
    assert billions == [5.0, 14.5, 21.3, 40.0]


def test_traffic_by_hand() -> None:
    sent = [state_traffic(1, 4, stage, micro_batches=3) for stage in STAGES]
    assert sent == [2 * 4 * 0.75, (4 + 2) * 0.75, (3 * 4 + 2) * 0.75, 3 * (2 + 2 + 4) * 0.75]


def test_equal_formats_make_stages_1_and_2_as_dear_as_an_all_reduce() -> None:
    first_three = [state_traffic(1e9, 8, stage, PAPER) for stage in (0, 1, 2)]
    assert len(set(first_three)) == 1
    assert state_traffic(1e9, 8, 3, PAPER) == 1.5 * first_three[0]


@given(parameters=BILLIONS, ranks=RANKS)
def test_a_higher_stage_never_keeps_more(parameters: float, ranks: int) -> None:
    totals = [state_memory(parameters, ranks, stage).total for stage in STAGES]
    assert totals == sorted(totals, reverse=True)
    assert totals[3] == pytest.approx(totals[0] / ranks)


@given(parameters=BILLIONS, stage=st.sampled_from(STAGES))
def test_one_rank_sends_nothing(parameters: float, stage: int) -> None:
    assert state_traffic(parameters, 1, stage) == 0


@pytest.mark.parametrize(("ranks", "stage", "message"), [(4, 4, "stage 4"), (0, 1, "0 ranks")])
def test_what_does_not_exist_is_refused(ranks: int, stage: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        state_memory(1, ranks, stage)
