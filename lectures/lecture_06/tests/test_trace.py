"""What the trace of lecture 6 shows, beyond what holds for every lecture."""

from pathlib import Path

from lecture_tracer.trace.compact import benchmarks
from lecture_tracer.trace.schema import BenchmarkRendering, CodeRendering, TextRendering, Trace
from tests import lecture_checks as checks


def test_it_has_so_many_steps(trace: Trace) -> None:
    assert 400 <= len(trace.steps) <= 1000


def test_it_has_so_many_sections(trace: Trace) -> None:
    assert len(checks.sections(trace)) == 18
    assert trace.title == "Kernels: measure, then write"


def test_it_opens_these_definitions(trace: Trace) -> None:
    named = checks.check_code_links(trace)
    assert {"gelu", "naive_gelu", "softmax", "flash_attention", "matmul", "matmul_kernel"} <= named


def test_it_cites_so_many_works(trace: Trace) -> None:
    assert checks.check_citations(trace) >= 15


def test_it_draws_so_many_figures(trace: Trace) -> None:
    kinds = checks.check_figures(trace)
    assert kinds["plots"] >= 16
    assert kinds["images"] == 1
    assert kinds["tables"] >= 7


def test_a_step_takes_few_bytes(recorded: Path) -> None:
    checks.check_size(recorded, bytes_a_step=150)


def test_every_time_is_a_record_with_its_origin(trace: Trace) -> None:
    shown = list(benchmarks(trace.steps))
    assert len(shown) >= 25
    assert all(o.recorded for o in shown)
    devices = {o.provenance.device for o in shown if o.provenance is not None}
    assert devices >= {"NVIDIA H100 80GB HBM3"}
    for benchmark in shown:
        assert benchmark.provenance is not None
        assert benchmark.provenance.date
        assert benchmark.provenance.command
        assert all(row.q1 <= row.median <= row.q3 for row in benchmark.rows)


def test_what_nobody_measured_is_said_to_be_missing(trace: Trace) -> None:
    texts = [o.text for o in checks.outputs(trace) if isinstance(o, TextRendering)]
    missing = [text for text in texts if "not measured yet" in text]
    recorded = {o.name for o in checks.outputs(trace) if isinstance(o, BenchmarkRendering)}
    for text in missing:
        assert "./remote_execute.sh lecture_06" in text
        assert not [name for name in recorded if text.startswith(f"*{name} (")]


def test_threads_and_programs_are_stepped_one_by_one(trace: Trace) -> None:
    def values(function: str, name: str) -> list[object]:
        frame = [f.function for f in trace.frames].index(function)
        changes = [s.changes or {} for s in trace.steps if s.frame == frame]
        return [change[name] for change in changes if name in change]

    assert values("cuda_kernel", "i") == list(range(12))
    assert values("triton_kernel", "program") == list(range(8))


def test_the_assembly_is_shown(trace: Trace) -> None:
    listings = [
        o.text
        for o in checks.outputs(trace)
        if isinstance(o, CodeRendering) and o.language == "asm"
    ]
    assert len(listings) == 2
    assert "ld.global.v4.b32" in listings[1]
