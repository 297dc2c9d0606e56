"""Whatever holds rows to column heads and rows of Values, for `table()`."""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from lecture_tracer.authoring.arguments import is_a, string
from lecture_tracer.trace.schema import Value
from lecture_tracer.values import serialize

MAX_ROWS = 200


def table_parts(
    rows: Any, columns: Iterable[str] | None, root: str = ""
) -> tuple[list[str], list[list[Value]], int | None]:
    """(heads, rows, length when rows were left out). Raises TypeError if `rows` has no rows."""
    if hasattr(rows, "columns") and hasattr(rows, "itertuples"):
        heads, cells = _heads(rows.columns), rows.itertuples(index=False, name=None)
    elif hasattr(rows, "columns") and hasattr(rows, "iter_rows"):
        heads, cells = _heads(rows.columns), rows.iter_rows()
    elif is_a(rows, "numpy", "ndarray"):
        rows = _matrix(rows)
        heads, cells = [], rows
    elif is_a(rows, "torch", "Tensor"):
        rows = _matrix(rows)
        # The cells of a tensor are tensors: as numbers they fit into a cell.
        heads, cells = [], rows[:MAX_ROWS].detach().cpu().tolist()
    elif isinstance(rows, Mapping):
        heads, cells = [], rows.items()
    else:
        try:
            every = list(rows)
        except TypeError as error:
            raise TypeError(f"table() takes rows, not {type(rows).__name__}") from error
        heads, cells = _from_list(every)
    shown = [[serialize(cell, root=root) for cell in row] for row in islice(cells, MAX_ROWS)]
    width = max((len(row) for row in shown), default=0)
    heads = _heads(columns) if columns is not None else heads
    heads += [""] * (width - len(heads))
    length = len(rows) if hasattr(rows, "__len__") else len(shown)
    return heads, shown, length if length > len(shown) else None


def _from_list(rows: list[Any]) -> tuple[list[str], Iterable[Iterable[Any]]]:
    if rows and all(isinstance(row, Mapping) for row in rows):
        names: dict[str, None] = {}
        for row in rows:
            names.update(dict.fromkeys(row))
        return _heads(names), [[row.get(name) for name in names] for row in rows]
    return [], [row if isinstance(row, list | tuple) else [row] for row in rows]


def _matrix(array: Any) -> Any:
    """An array or tensor of any shape as rows."""
    if array.ndim == 2:
        return array
    return array.reshape((-1, 1) if array.ndim < 2 else (-1, array.shape[-1]))


def _heads(names: Iterable[object]) -> list[str]:
    """Column heads; a head of several levels, as pandas has them, is joined by spaces."""
    if isinstance(names, str) or not isinstance(names, Iterable):
        raise TypeError(f"table(columns=) is {names!r}; give a list of heads")
    return [
        " ".join(string(part, "a column head") for part in name)
        if isinstance(name, tuple)
        else string(name, "a column head")
        for name in names
    ]
