"""What the trace of lecture 6 shows, beyond what holds for every lecture."""

from pathlib import Path

from lecture_tracer.trace.compact import benchmarks
from lecture_tracer.trace.schema import (
    BenchmarkRendering,
    CodeRendering,
    QuestionRendering,
    TextRendering,
    Trace,
)
from lectures.lecture_06.gpu_variants import TABLES
from tests import lecture_checks as checks


def test_it_has_so_many_steps(trace: Trace) -> None:
    assert 300 <= len(trace.steps) <= 600


def test_it_has_so_many_sections(trace: Trace) -> None:
    assert len(checks.sections(trace)) == 19
    assert trace.title == "Kernels: measure, then write"


def test_it_opens_these_definitions(trace: Trace) -> None:
    named = checks.check_code_links(trace)
    kernels = {"_gelu_forward", "_softmax_forward", "_attend", "matmul_kernel", "row_sum_kernel"}
    assert kernels <= named, "the lines that do the work"
    assert not named & {"gelu", "softmax", "flash_attention", "matmul"}, "no wrappers"


def test_it_cites_so_many_works(trace: Trace) -> None:
    assert checks.check_citations(trace) >= 15


def test_it_draws_so_many_figures(trace: Trace) -> None:
    kinds = checks.check_figures(trace)
    assert kinds["plots"] >= 16
    assert kinds["images"] == 1
    assert kinds["tables"] >= 5


def test_a_step_takes_few_bytes(recorded: Path) -> None:
    checks.check_size(recorded)


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


def test_nothing_is_missing(trace: Trace) -> None:
    texts = [o.text for o in checks.outputs(trace) if isinstance(o, TextRendering)]
    assert not [text for text in texts if "not measured yet" in text]
    recorded = {o.name for o in checks.outputs(trace) if isinstance(o, BenchmarkRendering)}
    beside_bfloat16 = {"Softmax of 16384 × 16384 float32"}
    assert set(TABLES) - beside_bfloat16 <= recorded


def test_kernels_are_walked_line_by_line(trace: Trace) -> None:
    walked = {trace.frames[step.frame].function for step in trace.steps}
    kernels = {"_gelu_forward", "_softmax_forward", "row_sum_kernel", "matmul_kernel", "_attend"}
    assert kernels | {"gelu_thread"} <= walked


def test_what_a_mistake_once_claimed_now_follows_from_the_run(trace: Trace) -> None:
    values = {k: v for step in trace.steps for k, v in (step.changes or {}).items()}
    assert values["at_a_time"] == 264, "two programs of the product fit on each SM"
    texts = " ".join(o.text for o in checks.outputs(trace) if isinstance(o, TextRendering))
    texts = " ".join(texts.split())
    assert "takes 51% more time than our Triton kernel**, and 53% more than the built-in" in texts
    assert "symbolic_trace" in texts
    assert "The CPU needs 31.3 ms to put the pass into the queue" in texts, "no suspicion"
    for wrong in ("a third slower", "Nine lines of Triton", "60 milliseconds", "a quarter and a"):
        assert wrong not in texts


def test_every_section_asks_something(trace: Trace) -> None:
    asked = [o for o in checks.outputs(trace) if isinstance(o, QuestionRendering)]
    assert len(asked) >= 17
    assert sum(o.answer_kind != "number" for o in asked) >= len(asked) / 2, "how it behaves"


def test_the_assembly_is_shown(trace: Trace) -> None:
    listings = [
        o.text
        for o in checks.outputs(trace)
        if isinstance(o, CodeRendering) and o.language == "asm"
    ]
    assert len(listings) == 2
    assert "ld.global.v4.b32" in listings[1]
