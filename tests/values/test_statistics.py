"""Moments of parts make the moments of the whole."""

import statistics
from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lecture_tracer.trace.schema import Statistics
from lecture_tracer.values.statistics import Moments, combine, describe, heat_map

numbers = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=8)


def _moments(values: list[float]) -> Moments:
    mean = statistics.fmean(values)
    squares = sum((value - mean) ** 2 for value in values)
    return Moments(len(values), min(values), max(values), mean, squares)


@given(st.lists(numbers, min_size=1, max_size=6))
def test_parts_combine_to_the_whole(parts: list[list[float]]) -> None:
    whole = _moments([number for part in parts for number in part])
    found = combine(map(_moments, parts))
    assert (found.count, found.low, found.high) == (whole.count, whole.low, whole.high)
    assert found.mean == pytest.approx(whole.mean, rel=1e-9, abs=1e-9)
    assert found.squares == pytest.approx(whole.squares, rel=1e-9, abs=1e-3)


def test_integers_are_written_whole_and_floats_with_six_digits() -> None:
    assert describe(Moments(2, 0, 2**60, 1 / 3, 2.0), None) == Statistics(
        min="0", max=str(2**60), mean="0", std="0"
    )
    assert describe(Moments(2, -1.0, 2.0, 1 / 3, 2.0), None) == Statistics(
        min="-1", max="2", mean="0.333333", std="1"
    )


def test_rounding_noise_is_not_shown_as_a_mean() -> None:
    assert describe(Moments(4, -1.0, 1.0, 3e-17, 4.0), None).mean == "0"


def test_no_numbers_at_all() -> None:
    empty = Moments(0, 0.0, 0.0, 0.0, 0.0, nan=3)
    assert describe(combine([empty]), None) == Statistics(
        min="nan", max="nan", mean="nan", std="nan", nan=3
    )


def test_infinity_in_one_part_only() -> None:
    inf = float("inf")
    parts = [Moments(1, 1.0, 1.0, 1.0, 0.0), Moments(1, inf, inf, inf, float("nan"), inf=1)]
    found = describe(combine(parts), None)
    assert (found.min, found.max, found.mean, found.std, found.inf) == ("1", "inf", "inf", "nan", 1)


def test_a_heat_map_is_base64_of_its_levels() -> None:
    found = heat_map(1, 3, bytes([0, 127, 255]), -1 / 3, 2.0)
    assert b64decode(found.data) == bytes([0, 127, 255])
    assert (found.low, found.high) == (-0.333333, 2.0)
