"""numpy arrays and scalars."""

import json
import warnings
from base64 import b64decode
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lecture_tracer.trace.schema import Bytes, Elided, Number, Object, Sequence, Statistics, Tensor
from lecture_tracer.values import Budget, serialize, storage_key

np = pytest.importorskip("numpy")


def tensor(obj: Any, budget: Budget = Budget()) -> Tensor:  # noqa: B008  (frozen)
    value = serialize(obj, budget)
    assert isinstance(value, Tensor)
    return value


def test_a_small_array_is_shown_whole() -> None:
    value = tensor(np.array([[1, 2], [3, 4]], dtype=np.int32))
    assert (value.type, value.shape, value.dtype, value.bytes) == (
        "numpy.ndarray",
        [2, 2],
        "int32",
        16,
    )
    assert (value.numbers, value.head, value.tail) == ([1, 2, 3, 4], [], [])
    assert value.statistics == Statistics(min="1", max="4", mean="2.5", std="1.11803")
    assert value.heat_map is not None
    assert list(b64decode(value.heat_map.data)) == [0, 85, 169, 254]


def test_a_large_array_shows_its_ends() -> None:
    value = tensor(np.arange(1000).reshape(10, 100).T)
    assert value.head == [0, 100, 200, 300, 400, 500]
    assert value.tail == [499, 599, 699, 799, 899, 999]
    assert (value.strides, value.view) == ([1, 100], True)


def test_float32_elements_have_the_digits_of_float32() -> None:
    assert tensor(np.array([0.1, 1.5], dtype=np.float32)).numbers == [0.1, 1.5]


def test_nan_and_infinity_are_counted() -> None:
    value = tensor(np.array([[np.nan, 1.0], [3.0, 2.0], [-np.inf, 2.0]]))
    assert value.statistics == Statistics(min="-inf", max="3", mean="-inf", std="nan", nan=1, inf=1)
    assert value.heat_map is not None
    assert list(b64decode(value.heat_map.data)) == [255, 0, 254, 127, 255, 127]
    assert (value.heat_map.low, value.heat_map.high) == (1.0, 3.0)


def test_statistics_are_sampled_above_the_limit() -> None:
    value = tensor(np.arange(10_000), Budget(statistics_limit=9_999, statistics_sample=100))
    assert value.statistics is not None
    assert value.statistics.sampled == pytest.approx(100, rel=0.1)
    assert float(value.statistics.mean) == pytest.approx(5000, rel=0.05)


def test_a_heat_map_is_reduced_to_the_budget() -> None:
    value = tensor(np.eye(64), Budget(heat_map=8))
    assert value.heat_map is not None
    assert (value.heat_map.rows, value.heat_map.columns) == (8, 8)
    assert list(b64decode(value.heat_map.data)) == [254 * (i % 9 == 0) for i in range(64)]


@pytest.mark.parametrize(
    ("obj", "expected"),
    [
        (np.float32(0.1), Number(type="numpy.float32", text="0.1")),
        (np.int64(3), Number(type="numpy.int64", text="3")),
        (np.complex128(1j), Number(type="numpy.complex128", text="1j")),
        (np.datetime64("2026-01-02"), Object(type="numpy.datetime64", text="2026-01-02")),
        (np.bytes_(b"ab"), Bytes(type="numpy.bytes_", text="b'ab'", length=2)),
    ],
)
def test_scalars(obj: Any, expected: Any) -> None:
    assert serialize(obj) == expected


@pytest.mark.parametrize(
    ("obj", "numbers"),
    [
        (np.array(3), [3]),
        (np.array([]), []),
        (np.array([True, False]), [True, False]),
        (np.array([0.5, np.nan, -np.inf]), [0.5, "nan", "-inf"]),
        (np.array([0.1 + 1j], dtype=np.complex64), ["0.1+1j"]),
        (np.array([1.5], dtype=np.longdouble), ["1.5"]),
        (np.array(["NaT", "2026-01-02"], dtype="M8[D]"), ["NaT", "2026-01-02"]),
        (np.array([2**64 - 1], dtype=np.uint64), [str(2**64 - 1)]),
        (np.arange(3)[::-1], [2, 1, 0]),
    ],
)
def test_few_numbers_are_shown_whole(obj: Any, numbers: Any) -> None:
    assert (tensor(obj).numbers, tensor(obj).head) == (numbers, [])


@pytest.mark.parametrize(
    ("obj", "head"),
    [
        (np.array(["é", "b"]), ["é", "b"]),
        (np.array([1, "a", [2]], dtype=object), [1, "a", [2]]),
        (np.array([(1, 0.5)], dtype="i4,f8"), [Sequence(type="tuple", items=[1, 0.5])]),
    ],
)
def test_every_other_dtype_shows_its_elements(obj: Any, head: Any) -> None:
    assert (tensor(obj).head, tensor(obj).numbers) == (head, [])


def test_a_matrix_stays_two_dimensional_when_sliced_and_is_read_all_the_same() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # numpy advises against it
        matrix = np.matrix(np.arange(100).reshape(10, 10))
    value = tensor(matrix)
    assert (value.type, value.head) == ("numpy.matrix", [0, 1, 2, 3, 4, 5])


def test_masked_elements_are_holes() -> None:
    value = tensor(np.ma.masked_array([1.5, 99.0, 2.5], mask=[0, 1, 0]))
    assert value.numbers == [1.5, "--", 2.5]
    assert value.note == "1 of 3 elements are masked"
    assert value.statistics == Statistics(min="1.5", max="2.5", mean="2", std="0.5")


def test_an_array_that_contains_itself() -> None:
    loop = np.empty(1, dtype=object)
    loop[0] = loop
    assert tensor(loop).head == [Elided(type="numpy.ndarray", reason="cycle")]


def test_arrays_on_the_same_memory_have_one_key() -> None:
    array = np.zeros((3, 4))
    assert storage_key(array) == storage_key(array[1:].T)
    assert storage_key(array) != storage_key(array.copy())
    assert storage_key(np.empty(0)) is None


def test_looking_raises_no_warning_and_changes_no_setting() -> None:
    with np.errstate(all="raise"):
        before = np.geterr()
        tensor(np.array([[np.nan, np.inf], [1e308, -1e308]]))
        assert np.geterr() == before


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(-1e9, 1e9, width=32), min_size=2, max_size=300),
    st.sampled_from(["float32", "float64"]),
)
def test_statistics_are_those_of_numpy(numbers: list[float], dtype: str) -> None:
    array = np.array(numbers, dtype=dtype)
    found = tensor(array).statistics
    assert found is not None
    wide = array.astype(np.float64)
    scale = max(abs(wide).max(), 1e-30)
    assert float(found.min) == pytest.approx(wide.min(), rel=1e-5)
    assert float(found.max) == pytest.approx(wide.max(), rel=1e-5)
    assert float(found.mean) == pytest.approx(wide.mean(), rel=1e-5, abs=scale * 1e-11)
    assert float(found.std) == pytest.approx(wide.std(), rel=1e-5, abs=scale * 1e-7)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_array_gives_strict_json(data: st.DataObject) -> None:
    extra = pytest.importorskip("hypothesis.extra.numpy")
    dtypes = extra.scalar_dtypes() | extra.array_dtypes() | extra.nested_dtypes()
    obj = data.draw(extra.arrays(data.draw(dtypes), extra.array_shapes(min_side=0, max_side=9)))
    encoded = msgspec.json.encode(tensor(obj))
    assert len(encoded) <= Budget().total + 8000
    json.loads(encoded.decode("utf-8", "strict"), parse_constant=pytest.fail)
