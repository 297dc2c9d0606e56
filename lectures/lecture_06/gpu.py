"""Measurements that need a GPU: made there, shown elsewhere, and never made up."""

import torch

from lecture_tracer import benchmark, text
from lecture_tracer.authoring.benchmarks import read_records, record_path
from lecture_tracer.trace.schema import BenchmarkRow
from lectures.lecture_06.gpu_variants import TABLES

COMMAND = "python lectures/lecture_06/tools/measure.py"


def show_gpu_table(name: str) -> dict[str, BenchmarkRow]:
    """The rows of one of `TABLES` that are on record, by label; one line for those that are not.

    With a GPU, rows timed by events are measured as `benchmark()` does. Rows timed by the host's
    clock come from `tools/measure.py` alone, which notes the GPU that was behind the clock.
    """
    table, rows = TABLES[name], {}
    known = {record.row.label for record in read_records(record_path(name)).values()}
    here = torch.cuda.is_available() and table.clock == "events"
    missing = [] if here else [label for label in table.variants if label not in known]
    for label, make in table.variants.items():
        if label in missing:
            continue
        row = benchmark(
            name,
            make() if here else _not_here,
            label=label,
            device="cuda" if table.clock == "events" else "cpu",
            flops=table.flops,
            bytes=table.bytes,
        )
        if row is not None:
            rows[label] = row
    if missing:
        text(f"*{name} ({', '.join(missing)}): not measured yet; run* `{COMMAND}`")
    return rows


def _not_here() -> None:
    raise AssertionError("a record is shown instead")
