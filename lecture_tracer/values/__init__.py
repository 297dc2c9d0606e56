"""Objects of the lecture to the values of the trace: `serialize`, within a `Budget`.

`serialize` finds the handler for a class and answers for whatever it raises; `budget` keeps the
account. Handlers: `plain` (numbers, strings), `containers`, `objects` (one line of text), `arrays`
(numpy), `tensors` and `modules` (torch), `symbolic` (sympy), `tables` (pandas, polars). Shared by
the arrays: `pick` (which elements), `elements` (their digits), `statistics`. Shared by all:
`naming`.
"""

from lecture_tracer.values.budget import DEFAULT_BUDGET, Budget
from lecture_tracer.values.serialize import is_stable, serialize, storage_key, with_shares

__all__ = ["DEFAULT_BUDGET", "Budget", "is_stable", "serialize", "storage_key", "with_shares"]
