"""Which elements of an array are looked at, checked against numpy's own indexing."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lecture_tracer.values import pick

np = pytest.importorskip("numpy")

shapes = st.lists(st.integers(1, 7), min_size=1, max_size=4).map(tuple)


@given(shapes, st.integers(1, 20), st.booleans())
def test_ends_are_those_of_the_flat_array(shape: tuple[int, ...], n: int, turned: bool) -> None:
    array = np.arange(math.prod(shape)).reshape(shape)
    array = array.T if turned else array
    assert pick.first(array, n).tolist() == array.ravel()[:n].tolist()
    assert pick.last(array, n).tolist() == array.ravel()[-n:].tolist()


@given(shapes, st.integers(1, 40))
def test_parts_have_every_element_once(shape: tuple[int, ...], size: int) -> None:
    array = np.arange(math.prod(shape)).reshape(shape)
    parts = list(pick.parts(array, size))
    assert np.concatenate([part.ravel() for part in parts]).tolist() == array.ravel().tolist()
    assert all(part.size <= size for part in parts)


def test_a_sample_reaches_every_corner_of_a_matrix() -> None:
    rows, columns = np.indices((400, 600))
    chosen_rows, chosen_columns = pick.sample(rows, 900), pick.sample(columns, 900)
    assert 700 <= chosen_rows.size <= 1200
    assert chosen_rows.min() < 20
    assert chosen_rows.max() > 380
    assert chosen_columns.min() < 20
    assert chosen_columns.max() > 580


def test_a_sample_keeps_short_dimensions_whole() -> None:
    assert pick.sample(np.zeros((3, 1_000_000)), 3000).shape[0] == 3


@given(st.integers(1, 500), st.integers(1, 40))
def test_even_indices_are_distinct_and_centred(length: int, count: int) -> None:
    indices = pick.even_indices(length, count)
    assert len(set(indices)) == min(length, count)
    assert indices == sorted(indices)
    assert abs((indices[0] + indices[-1]) - (length - 1)) <= 1


def test_the_first_matrix() -> None:
    array = np.arange(24).reshape(2, 3, 2, 2)
    assert pick.first_matrix(array).tolist() == [[0, 1], [2, 3]]
    assert pick.first_matrix(array[0, 0]).tolist() == [[0, 1], [2, 3]]
