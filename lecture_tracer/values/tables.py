"""pandas and polars frames and series.

Input: a `DataFrame` or `Series` of either library. Output: `DataTable` with the first rows and
columns. A polars `LazyFrame` is not computed: it stays an object.
"""

import sys
from typing import Any

from lecture_tracer.trace.schema import DataTable, Value
from lecture_tracer.values.budget import Writer
from lecture_tracer.values.naming import MAX_NAME, plain_text, type_name


def pandas_table(obj: Any, writer: Writer) -> DataTable:
    """A pandas frame or series; an index that is more than a row count becomes a column."""
    pandas: Any = sys.modules["pandas"]
    name, budget = type_name(type(obj)), writer.budget
    frame = obj.to_frame() if isinstance(obj, pandas.Series) else obj
    first = frame.iloc[: budget.rows, : budget.columns]
    heads = [("" if head is None else head) for head in first.columns.tolist()]
    if isinstance(obj, pandas.Series) and obj.name is None:
        heads = [""]
    columns = [first.iloc[:, i].tolist() for i in range(first.shape[1])]
    dtypes = [str(dtype) for dtype in first.dtypes.tolist()]
    width = int(frame.shape[1])
    if not isinstance(frame.index, pandas.RangeIndex):
        heads.insert(0, frame.index.name or "index")
        dtypes.insert(0, str(frame.index.dtype))
        columns.insert(0, first.index.tolist())
        width += 1
    return _table(name, heads, dtypes, columns, (len(frame), width), writer)


def polars_table(obj: Any, writer: Writer) -> DataTable:
    """A polars frame or series."""
    polars: Any = sys.modules["polars"]
    name, budget = type_name(type(obj)), writer.budget
    if isinstance(obj, polars.Series):
        column = obj.head(budget.rows).to_list()
        return _table(name, [obj.name], [str(obj.dtype)], [column], (len(obj), 1), writer)
    heads = obj.columns[: budget.columns]
    first = obj.head(budget.rows)
    columns = [first.get_column(head).to_list() for head in heads]
    dtypes = [str(dtype) for dtype in obj.dtypes[: budget.columns]]
    return _table(name, heads, dtypes, columns, (obj.height, obj.width), writer)


def _table(
    name: str,
    heads: list[Any],
    dtypes: list[str],
    columns: list[list[Any]],
    shape: tuple[int, int],
    writer: Writer,
) -> DataTable:
    """`columns` are whole columns of the first rows; `shape` is that of the whole table."""
    labels = [plain_text(str(head), MAX_NAME) for head in heads]
    dtypes = [plain_text(dtype, MAX_NAME) for dtype in dtypes]
    writer.spend(name, *labels, *dtypes)
    rows: list[list[Value]] = []
    for row in zip(*columns, strict=True):
        if writer.left <= 0:
            break
        rows.append([writer.value(item) for item in row])
    return DataTable(
        type=name,
        columns=labels,
        dtypes=dtypes,
        rows=rows,
        length=int(shape[0]),
        width=None if shape[1] == len(labels) else int(shape[1]),
    )
