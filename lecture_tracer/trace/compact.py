"""What is said once in the file, the provenance of benchmarks that follow each other, and back."""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from lecture_tracer.trace.schema import BenchmarkRendering, Provenance, Step


def say_provenance_once(steps: Iterable[Step]) -> None:
    """Take the provenance off every benchmark that has the one before it of the same name."""
    said: dict[str, Provenance | None] = {}
    for step in steps:
        if not step.outputs:
            continue
        for position, output in enumerate(step.outputs):
            if isinstance(output, BenchmarkRendering):
                if said.get(output.name) == output.provenance:
                    step.outputs[position] = replace(output, provenance=None)
                else:
                    said[output.name] = output.provenance


def benchmarks(steps: Iterable[Step]) -> Iterator[BenchmarkRendering]:
    """Every benchmark in order, each with its provenance."""
    said: dict[str, Provenance | None] = {}
    for step in steps:
        for output in step.outputs or ():
            if isinstance(output, BenchmarkRendering):
                said[output.name] = output.provenance or said.get(output.name)
                yield replace(output, provenance=said[output.name])
