"""Objects of the lecture to the values of the trace: `serialize`, within a `Budget`.

`serialize` finds the handler for a class and answers for whatever it raises; `budget` keeps the
account. Handlers: `plain` (numbers, strings), `containers`, `objects` (one line of text), `arrays`
(numpy), `tensors` and `modules` (torch), `symbolic` (sympy), `tables` (pandas, polars). Shared by
the arrays: `pick` (which elements), `elements` (their digits), `statistics`. Shared by all:
`naming`, and `raised` (whose exception it is).
"""

from lecture_tracer.values.budget import DEFAULT_BUDGET, Budget
from lecture_tracer.values.naming import encodable
from lecture_tracer.values.raised import passes_through
from lecture_tracer.values.serialize import (
    failed_value,
    is_stable,
    serialize,
    storage_key,
    with_shares,
)

__all__ = [
    "DEFAULT_BUDGET",
    "Budget",
    "encodable",
    "failed_value",
    "is_stable",
    "passes_through",
    "serialize",
    "storage_key",
    "with_shares",
]
