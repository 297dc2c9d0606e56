"""What the trace of lecture 15 shows, beyond what holds for every lecture."""

from pathlib import Path

from lecture_tracer.trace.schema import QuestionRendering, TableRendering, TextRendering, Trace
from tests import lecture_checks as checks


def prose(trace: Trace) -> str:
    """All text of the lecture on one line."""
    texts = [o.text for o in checks.outputs(trace) if isinstance(o, TextRendering)]
    return " ".join(" ".join(texts).split())


def test_it_has_so_many_sections_and_steps(trace: Trace) -> None:
    assert len(checks.sections(trace)) == 18
    assert 280 <= len(trace.steps) <= 480


def test_assignment_5_is_walked(trace: Trace) -> None:
    walked = {trace.frames[step.frame].function.split(".")[-1] for step in trace.steps}
    assert {"tokenize_prompt_and_output", "pad_and_shift", "get_response_log_probs"} <= walked
    assert {"sft_microbatch_train_step", "__getitem__", "dpo_loss", "clipped_loss"} <= walked
    assert {"compute_entropy", "generalized_advantages", "best_of_n", "tilted"} <= walked


def test_it_draws_and_cites(trace: Trace, recorded: Path) -> None:
    kinds = checks.check_figures(trace)
    assert kinds["plots"] >= 15
    assert kinds["tables"] >= 9
    assert checks.check_citations(trace) >= 28
    checks.check_size(recorded, bytes_a_step=2000)


def test_most_questions_are_about_behaviour(trace: Trace) -> None:
    asked = [o for o in checks.outputs(trace) if isinstance(o, QuestionRendering)]
    assert len(asked) >= 18
    assert sum(o.answer_kind != "number" for o in asked) >= len(asked) / 2


def test_records_say_where_they_were_measured(trace: Trace) -> None:
    captions = [o.caption or "" for o in checks.outputs(trace) if isinstance(o, TableRendering)]
    assert sum("Record: 5 seeds" in caption for caption in captions) >= 3
    assert sum("Recorded" in caption for caption in captions) >= 3
    assert "not measured yet" not in prose(trace)
