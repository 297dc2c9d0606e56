"""What the trace of lecture 11 shows, beyond what holds for every lecture."""

from pathlib import Path

from lecture_tracer.trace.schema import QuestionRendering, TextRendering, Trace
from tests import lecture_checks as checks


def text_of(trace: Trace) -> str:
    texts = [o.text for o in checks.outputs(trace) if isinstance(o, TextRendering)]
    return " ".join(" ".join(texts).split())


def test_it_has_so_many_sections_and_steps(trace: Trace) -> None:
    assert len(checks.sections(trace)) == 17
    assert 220 <= len(trace.steps) <= 400


def test_assignments_are_walked(trace: Trace) -> None:
    walked = {trace.frames[step.frame].function.split(".")[-1] for step in trace.steps}
    assert {"bracket", "apply", "get_lr_cosine_schedule"} <= walked
    assert {"orthogonalized", "scale"} <= walked


def test_it_draws_and_cites(trace: Trace, recorded: Path) -> None:
    kinds = checks.check_figures(trace)
    assert kinds["plots"] >= 18
    assert kinds["tables"] >= 3
    assert checks.check_citations(trace) >= 18
    checks.check_size(recorded, bytes_a_step=1300)


def test_most_questions_are_about_behaviour(trace: Trace) -> None:
    asked = [o for o in checks.outputs(trace) if isinstance(o, QuestionRendering)]
    assert len(asked) >= 16
    assert sum(o.answer_kind != "number" for o in asked) >= len(asked) / 2


def test_records_say_where_they_were_measured(trace: Trace) -> None:
    said = text_of(trace)
    assert said.count("recorded on NVIDIA H100") >= 5
    assert said.count("lectures/lecture_11/tools/measure.py") >= 5


def test_what_failed_is_said_and_what_is_wrong_elsewhere_is_corrected(trace: Trace) -> None:
    said = text_of(trace)
    assert "5 of the first eight claims came true and 2 of the three later ones" in said
    assert "this figure shows how we fooled ourselves" in said
    assert "605 billion, half as much again as the report's own figure" in said
    assert "the batch law counts tokens and not sequences" in said
