"""Objects of the lecture to the values of the trace: `serialize`, within a `Budget`."""

from lecture_tracer.values.budget import DEFAULT_BUDGET, Budget
from lecture_tracer.values.serialize import is_stable, serialize, storage_key, with_shares

__all__ = ["DEFAULT_BUDGET", "Budget", "is_stable", "serialize", "storage_key", "with_shares"]
