"""What the trace of lecture 14 shows, beyond what holds for every lecture."""

from pathlib import Path

from lecture_tracer.trace.schema import QuestionRendering, TableRendering, TextRendering, Trace
from tests import lecture_checks as checks


def text_of(trace: Trace) -> str:
    texts = [o.text for o in checks.outputs(trace) if isinstance(o, TextRendering)]
    return " ".join(" ".join(texts).split())


def test_it_has_so_many_sections_and_steps(trace: Trace) -> None:
    assert len(checks.sections(trace)) == 22
    assert 300 <= len(trace.steps) <= 520


def test_every_method_of_the_assignment_is_walked(trace: Trace) -> None:
    walked = {trace.frames[step.frame].function for step in trace.steps}
    assert {"KneserNey.probability", "train", "feature_counts", "resample"} <= walked
    assert {"keep_by_chance", "identify_language", "classify_toxic_speech", "line_hash"} <= walked
    assert {"BloomFilter.add", "remove_seen_paragraphs", "MinHasher.signature"} <= walked
    assert {"jaccard", "match_probability", "cluster", "TestSet.decide"} <= walked
    assert {"plan_mixture", "simulated_sizes"} <= walked


def test_it_draws_and_cites(trace: Trace, recorded: Path) -> None:
    kinds = checks.check_figures(trace)
    assert kinds["plots"] >= 16
    assert kinds["tables"] >= 3
    assert checks.check_citations(trace) >= 25
    checks.check_size(recorded, bytes_a_step=1200)


def test_most_questions_are_about_behaviour(trace: Trace) -> None:
    asked = [o for o in checks.outputs(trace) if isinstance(o, QuestionRendering)]
    assert len(asked) >= 22
    assert sum(o.answer_kind != "number" for o in asked) >= len(asked) / 2


def test_the_study_says_where_it_was_measured(trace: Trace) -> None:
    captions = [o.caption or "" for o in checks.outputs(trace) if isinstance(o, TableRendering)]
    assert any("NVIDIA H100" in said and "5 paired seeds" in said for said in captions)


def test_what_others_got_wrong_is_corrected(trace: Trace) -> None:
    said = text_of(trace)
    assert "logarithms are to base 10" in said
    assert "are Dolma's *negatives* for hate" in said
    assert "450 bands of 20 numbers" in said
    assert "right in its sum and wrong in its parts" in said
