"""What the trace of lecture 17 shows, beyond what holds for every lecture."""

from pathlib import Path

from lecture_tracer.trace.schema import QuestionRendering, TableRendering, TextRendering, Trace
from tests import lecture_checks as checks


def text_of(trace: Trace) -> str:
    texts = [o.text for o in checks.outputs(trace) if isinstance(o, TextRendering)]
    return " ".join(" ".join(texts).split())


def test_it_has_so_many_sections_and_steps(trace: Trace) -> None:
    assert len(checks.sections(trace)) == 18
    assert 250 <= len(trace.steps) <= 450


def test_the_losses_of_the_assignment_are_walked(trace: Trace) -> None:
    walked = {trace.frames[step.frame].function.split(".")[-1] for step in trace.steps}
    assert {"standardized", "divided_by_mean", "kept_answers", "leave_one_out"} <= walked
    assert {"token_log_probs", "compute_entropy", "naive_loss", "clipped_loss"} <= walked
    assert {"gspo_loss", "k3", "batch_loss", "sequence_mean"} <= walked


def test_the_table_has_every_method(trace: Trace) -> None:
    tables = [o for o in checks.outputs(trace) if isinstance(o, TableRendering)]
    cells = " ".join(str(table.rows) for table in tables)
    for name in ("raw rewards", "centred", "standardized", "GSPO", "MaxRL", "RFT", "exact gradient",
                 "flatter start", "places: standardized", "exact: RFT"):  # fmt: skip
        assert name in cells


def test_it_draws_and_cites(trace: Trace, recorded: Path) -> None:
    kinds = checks.check_figures(trace)
    assert kinds["plots"] >= 13
    assert kinds["tables"] >= 8
    assert checks.check_citations(trace) >= 10
    checks.check_size(recorded, bytes_a_step=1500)


def test_most_questions_are_about_behaviour(trace: Trace) -> None:
    asked = [o for o in checks.outputs(trace) if isinstance(o, QuestionRendering)]
    assert len(asked) >= 20
    assert sum(o.answer_kind != "number" for o in asked) >= len(asked) / 2


def test_records_say_where_they_were_measured(trace: Trace) -> None:
    captions = [o.caption or "" for o in checks.outputs(trace) if isinstance(o, TableRendering)]
    assert any("scripts/gpu_results.py --only ablations" in caption for caption in captions)


def test_what_the_original_got_wrong_is_corrected(trace: Trace) -> None:
    said = text_of(trace)
    assert "It is the standard deviation" in said
    assert "which is a slip" in said
    assert r"$\log p / \log q$" in said
    assert "`model.clone()`, which modules do not have" in said
    assert "One run cannot say that" in said
