"""What the trace of lecture 7 shows, beyond what holds for every lecture."""

from pathlib import Path

from lecture_tracer.trace.schema import QuestionRendering, TableRendering, TextRendering, Trace
from tests import lecture_checks as checks


def test_it_has_so_many_sections_and_steps(trace: Trace) -> None:
    assert len(checks.sections(trace)) == 14
    assert 250 <= len(trace.steps) <= 450


def test_implementations_are_walked(trace: Trace) -> None:
    walked = {trace.frames[step.frame].function for step in trace.steps}
    assert {"state_memory", "memory_per_device", "data_parallel", "tensor_parallel"} <= walked
    assert {"judge", "reduce_scatter", "column_then_row", "paper_bytes"} <= walked


def test_it_draws_and_cites(trace: Trace, recorded: Path) -> None:
    kinds = checks.check_figures(trace)
    assert kinds["plots"] >= 15
    assert kinds["tables"] >= 4
    assert checks.check_citations(trace) >= 18
    checks.check_size(recorded, bytes_a_step=600)


def test_every_section_asks_and_half_is_about_behaviour(trace: Trace) -> None:
    asked = [o for o in checks.outputs(trace) if isinstance(o, QuestionRendering)]
    assert len(asked) >= 18
    assert sum(o.answer_kind != "number" for o in asked) >= len(asked) / 2


def test_the_recorded_run_says_where_it_was_recorded(trace: Trace) -> None:
    shown = checks.outputs(trace)
    texts = [o.text for o in shown if isinstance(o, TextRendering)]
    texts += [o.caption or "" for o in shown if isinstance(o, TableRendering)]
    recorded = [text for text in texts if "recorded on" in text]
    assert len(recorded) == 3
    assert all("NVIDIA H100" in text and "torchrun" in text for text in recorded)


def test_what_others_got_wrong_is_corrected(trace: Trace) -> None:
    texts = " ".join(o.text for o in checks.outputs(trace) if isinstance(o, TextRendering))
    texts = " ".join(texts.split())
    assert "148 of 419 is 35.3%" in texts
    assert "both directions added up" in texts
    assert "Slides disagree about the largest model" in texts
