"""pandas and polars frames: first rows and columns, size of the whole."""

from typing import Any

import pytest

from lecture_tracer.trace.schema import DataTable, Number, Object
from lecture_tracer.values import Budget, serialize


def table(obj: Any, budget: Budget = Budget()) -> DataTable:  # noqa: B008  (frozen)
    value = serialize(obj, budget)
    assert isinstance(value, DataTable)
    return value


def test_a_pandas_frame() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"n": [1, 2], "x": [0.5, float("nan")], 3: ["a", "b"]})
    value = table(frame)
    assert (value.type, value.columns, value.length) == ("pandas.DataFrame", ["n", "x", "3"], 2)
    assert value.rows == [[1, 0.5, "a"], [2, Number(type="float", text="nan"), "b"]]
    assert value.dtypes[:2] == ["int64", "float64"]


def test_an_index_with_names_becomes_a_column() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"n": [1, 2]}, index=pandas.Index(["a", "b"], name="key"))
    assert (table(frame).columns, table(frame).rows) == (["key", "n"], [["a", 1], ["b", 2]])


def test_a_large_frame_is_cut_and_says_so() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame([[i * j for j in range(30)] for i in range(100)])
    value = table(frame, Budget(rows=2, columns=3))
    assert value.rows == [[0, 0, 0], [0, 1, 2]]
    assert (value.length, value.width) == (100, 30)


def test_a_series_and_what_is_inside() -> None:
    pandas = pytest.importorskip("pandas")
    value = table(pandas.Series([pandas.Timestamp("2026-01-02"), pandas.NaT]))
    assert value.columns == [""]
    assert value.rows == [
        [Object(type="pandas.Timestamp", text="2026-01-02 00:00:00")],
        [Object(type="pandas.api.typing.NaTType", text="NaT")],
    ]


def test_a_frame_that_contains_itself() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"x": [None]}, dtype=object)
    frame.iat[0, 0] = frame
    cell = table(frame).rows[0][0]
    assert cell.reason == "cycle"  # type: ignore[union-attr]


def test_a_polars_frame_and_series() -> None:
    polars = pytest.importorskip("polars")
    value = table(polars.DataFrame({"n": [1, None], "parts": [[1], [2, 3]]}))
    assert (value.type, value.columns) == ("polars.DataFrame", ["n", "parts"])
    assert (value.dtypes, value.rows) == (["Int64", "List(Int64)"], [[1, [1]], [None, [2, 3]]])
    assert table(polars.Series("s", [0.5])).rows == [[0.5]]


def test_a_lazy_frame_is_not_computed() -> None:
    polars = pytest.importorskip("polars")
    calls: list[int] = []

    def spy(frame: Any) -> Any:
        calls.append(1)
        return frame

    value = serialize(polars.DataFrame({"n": [1]}).lazy().map_batches(spy))
    assert isinstance(value, Object)
    assert calls == []
