"""Measurements that need a GPU: made there, shown elsewhere, and never made up."""

from collections.abc import Callable, Mapping

import torch

from lecture_tracer import benchmark, text
from lecture_tracer.authoring.benchmarks import read_records, record_path
from lecture_tracer.trace.schema import BenchmarkRow

Work = Callable[[], object]


def benchmark_on_gpu(
    name: str,
    variants: Mapping[str, Callable[[], Work]],
    *,
    device: str = "cuda",
    flops: float | None = None,
    bytes: float | None = None,
    parameters: Mapping[str, int | float | str] | None = None,
) -> dict[str, BenchmarkRow]:
    """`benchmark()` of each variant on a GPU; elsewhere its record, or one line if there is none.

    A variant is a function that makes its inputs and gives what is timed. `device="cpu"` times
    by the wall clock, with no synchronisation. Gives the rows that could be shown, by label.
    """
    rows = {}
    known = {record.row.label for record in read_records(record_path(name)).values()}
    missing = [] if torch.cuda.is_available() else [each for each in variants if each not in known]
    for label, make in variants.items():
        if label not in missing:
            work = make() if torch.cuda.is_available() else _not_here
            row = benchmark(
                name,
                work,
                label=label,
                device=device,
                flops=flops,
                bytes=bytes,
                parameters=parameters,
            )
            if row is not None:
                rows[label] = row
    if missing:
        said = f"*{name} ({', '.join(missing)}): not measured yet; run*"
        text(f"{said} `./remote_execute.sh lecture_06`")
    return rows


def _not_here() -> None:
    raise AssertionError("a record is shown instead")
