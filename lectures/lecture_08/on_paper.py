"""The eight collectives as functions of lists: `held[rank]` is what a rank holds before.

`None` stands for a rank that has nothing, before or after. Sums stand for any operation that may be
done in any order.
"""

from collections.abc import Sequence

Row = list[float]
Held = list[Row | None]


def _given(row: Row | None) -> Row:
    if row is None:
        raise ValueError("this rank has nothing to give: every rank that sends needs a row")
    return row


def _pieces(row: Row, ranks: int) -> list[Row]:
    """A row in equal pieces, one a rank."""
    if len(row) % ranks:
        raise ValueError(f"{len(row)} elements do not divide among {ranks} ranks")
    size = len(row) // ranks
    return [row[r * size : (r + 1) * size] for r in range(ranks)]


def broadcast(held: Held, root: int = 0) -> Held:
    """Everybody gets the root's row."""
    return [[*_given(held[root])] for _ in held]


def scatter(held: Held, root: int = 0) -> Held:
    """Rank r gets the r-th piece of the root's row."""
    return [[*piece] for piece in _pieces(_given(held[root]), len(held))]


def gather(held: Held, root: int = 0) -> Held:
    """The root gets all rows end to end, the others nothing."""
    joined = [value for row in held for value in _given(row)]
    return [joined if rank == root else None for rank in range(len(held))]


def reduce(held: Held, root: int = 0) -> Held:
    """The root gets the sum, the others nothing."""
    total = _sum(held)
    return [total if rank == root else None for rank in range(len(held))]


def all_gather(held: Held) -> Held:
    """Everybody gets all rows end to end."""
    return broadcast(gather(held))


def reduce_scatter(held: Held) -> Held:
    """Rank r gets the r-th piece of the sum."""
    return scatter(reduce(held))


def all_reduce(held: Held) -> Held:
    """Everybody gets the sum."""
    return broadcast(reduce(held))


def all_to_all(held: Held) -> Held:
    """Rank r gets the r-th piece of every row: a transposition."""
    n = len(held)
    pieces = [_pieces(_given(row), n) for row in held]
    return [[value for row in pieces for value in row[rank]] for rank in range(n)]


def _sum(held: Held) -> Row:
    return [sum(column) for column in zip(*map(_given, held), strict=True)]


def before_and_after() -> dict[str, tuple[Held, Held]]:
    """Each operation on four ranks; rank r starts with 10 r, 10 r + 1, …."""
    rows: Held = [[10 * rank + i for i in range(4)] for rank in range(4)]
    ones: Held = [[10.0 * rank] for rank in range(4)]
    root: Held = [rows[0], None, None, None]
    cases: Sequence[tuple[str, Held, Held]] = [
        ("broadcast", root, broadcast(root)),
        ("scatter", root, scatter(root)),
        ("gather", ones, gather(ones)),
        ("reduce", rows, reduce(rows)),
        ("all-gather", ones, all_gather(ones)),
        ("reduce-scatter", rows, reduce_scatter(rows)),
        ("all-reduce", rows, all_reduce(rows)),
        ("all-to-all", rows, all_to_all(rows)),
    ]
    return {name: (before, after) for name, before, after in cases}
