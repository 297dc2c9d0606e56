"""Whatever holds rows to column heads and rows of Values, for `table()`."""

import sys
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from lecture_tracer.trace.schema import Value
from lecture_tracer.values import serialize

MAX_ROWS = 200


def table_parts(
    rows: Any, columns: Iterable[str] | None
) -> tuple[list[str], list[list[Value]], int | None]:
    """(heads, rows, length when rows were left out). Raises TypeError if `rows` has no rows."""
    if hasattr(rows, "columns") and hasattr(rows, "itertuples"):
        heads, cells = [str(c) for c in rows.columns], rows.itertuples(index=False, name=None)
    elif hasattr(rows, "columns") and hasattr(rows, "iter_rows"):
        heads, cells = [str(c) for c in rows.columns], rows.iter_rows()
    elif _is_array(rows):
        matrix = rows.reshape(-1, 1) if rows.ndim < 2 else rows.reshape(-1, rows.shape[-1])
        heads, cells = [], matrix
    elif isinstance(rows, Mapping):
        heads, cells = [], rows.items()
    else:
        try:
            every = list(rows)
        except TypeError as error:
            raise TypeError(f"table() takes rows, not {type(rows).__name__}") from error
        heads, cells = _from_list(every)
    shown = [[serialize(cell) for cell in row] for row in islice(cells, MAX_ROWS)]
    width = max((len(row) for row in shown), default=0)
    heads = [str(c) for c in columns] if columns is not None else heads
    heads += [""] * (width - len(heads))
    length = len(rows) if hasattr(rows, "__len__") else len(shown)
    return heads, shown, length if length > len(shown) else None


def _from_list(rows: list[Any]) -> tuple[list[str], Iterable[Iterable[Any]]]:
    if rows and all(isinstance(row, Mapping) for row in rows):
        names: dict[str, None] = {}
        for row in rows:
            names.update(dict.fromkeys(row))
        return [str(name) for name in names], [[row.get(name) for name in names] for row in rows]
    return [], [row if isinstance(row, list | tuple) else [row] for row in rows]


def _is_array(rows: object) -> bool:
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(rows, numpy.ndarray)
