"""Turn samples that assignment 2 measured on an H100 into benchmark records of lecture 6.

    PYTHONPATH=. python -m lectures.lecture_06.import_records

Only the forward passes of the Transformer come with all their samples, and so with quartiles; the
other results have a median alone and are shown as tables (`results.py`).
"""

from pathlib import Path
from statistics import quantiles

import msgspec

from lecture_tracer.authoring.benchmarks import Record
from lecture_tracer.trace.schema import BenchmarkRow, Provenance
from lecture_tracer.trace.store import write_atomic
from lectures.lecture_06 import results

FOLDER = Path(__file__).with_name("benchmarks")
EAGER = "Transformer forward, eager"
COMPILED = "Transformer forward, compiled"
SOURCES = {  # benchmark -> result file, context lengths
    EAGER: ("model_bf16", [128, 512]),
    COMPILED: ("model_compiled", [512]),
}


def row(label: str, samples: list[float], context: int) -> BenchmarkRow:
    """A row in seconds from samples in milliseconds."""
    spread = quantiles(samples, n=4, method="inclusive") if len(samples) > 1 else samples * 3
    q1, median, q3 = (float(f"{ms / 1e3:.5g}") for ms in spread)
    parameters: dict[str, int | float | str] = {"context": context}
    return BenchmarkRow(
        label=label, median=median, q1=q1, q3=q3, repeats=len(samples), parameters=parameters
    )


def rows(source: str, contexts: list[int]) -> list[BenchmarkRow]:
    """The first call and the warm calls for each context length."""
    made = []
    for context in contexts:
        samples, warmup = results.forward_samples(source, "small", context)
        made.append(row("first call", samples[:1], context))
        made.append(row("warm", samples[warmup:], context))
    return made


def provenance(source: str) -> Provenance:
    """Where and by which command the samples were measured."""
    where = results.load(source)["provenance"]
    versions = {key: where[key] for key in ("python", "torch", "triton", "cuda", "driver")}
    return Provenance(
        device=where["device"],
        date=where["date"][:10],
        versions=versions,
        command=where["command"],
    )


def main() -> None:
    """Write one record file per benchmark."""
    FOLDER.mkdir(exist_ok=True)
    for name, (source, contexts) in SOURCES.items():
        where = provenance(source)
        records = [Record(row=each, provenance=where) for each in rows(source, contexts)]
        path = FOLDER / f"{name.lower().replace(', ', '-').replace(' ', '-')}.json"
        write_atomic(path, msgspec.json.format(msgspec.json.encode(records), indent=1))
        print(f"{path.name}: {len(records)} rows")


if __name__ == "__main__":
    main()
