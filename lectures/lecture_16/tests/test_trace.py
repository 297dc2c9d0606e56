"""What the trace of lecture 16 shows, beyond what holds for every lecture."""

from pathlib import Path

from lecture_tracer.trace.schema import QuestionRendering, TableRendering, TextRendering, Trace
from tests import lecture_checks as checks


def text_of(trace: Trace) -> str:
    texts = [o.text for o in checks.outputs(trace) if isinstance(o, TextRendering)]
    return " ".join(" ".join(texts).split())


def test_it_has_so_many_sections_and_steps(trace: Trace) -> None:
    assert len(checks.sections(trace)) == 16
    assert 220 <= len(trace.steps) <= 360


def test_the_losses_of_the_assignment_are_walked(trace: Trace) -> None:
    walked = {trace.frames[step.frame].function.split(".")[-1] for step in trace.steps}
    assert {"standardized", "difficulty_weight", "sequence_mean", "overlong_penalty"} <= walked
    assert {"clipped_loss", "gspo_loss", "k3", "pass_at_k", "parse_expression"} <= walked


def test_it_draws_and_cites(trace: Trace, recorded: Path) -> None:
    kinds = checks.check_figures(trace)
    assert kinds["plots"] >= 12
    assert kinds["tables"] >= 7
    assert checks.check_citations(trace) >= 20
    checks.check_size(recorded, bytes_a_step=1200)


def test_most_questions_are_about_behaviour(trace: Trace) -> None:
    asked = [o for o in checks.outputs(trace) if isinstance(o, QuestionRendering)]
    assert len(asked) >= 18
    assert sum(o.answer_kind != "number" for o in asked) >= len(asked) / 2


def test_records_say_where_they_were_measured(trace: Trace) -> None:
    captions = [o.caption or "" for o in checks.outputs(trace) if isinstance(o, TableRendering)]
    said = text_of(trace) + " ".join(captions)
    assert said.count("scripts/gpu_results.py --output OUT") >= 3
    assert "measure.py --only holes" in said
    assert "measure.py --only frontiers" in said


def test_what_others_got_wrong_is_corrected(trace: Trace) -> None:
    said = text_of(trace)
    assert "papers quote a limit that nobody trains at" in said
    assert "is not the divergence that its paper writes down" in said
    assert "became 648" in said
    assert "The story was wrong, and we had believed it" in said
