"""What the trace of lecture 12 shows, beyond what holds for every lecture."""

from pathlib import Path

from lecture_tracer.trace.schema import QuestionRendering, TableRendering, TextRendering, Trace
from tests import lecture_checks as checks


def text_of(trace: Trace) -> str:
    texts = [o.text for o in checks.outputs(trace) if isinstance(o, TextRendering)]
    return " ".join(" ".join(texts).split())


def test_it_has_so_many_sections_and_steps(trace: Trace) -> None:
    assert len(checks.sections(trace)) == 18
    assert 220 <= len(trace.steps) <= 480


def test_parsers_intervals_and_pass_at_k_of_the_assignments_are_walked(trace: Trace) -> None:
    walked = {trace.frames[step.frame].function.split(".")[-1] for step in trace.steps}
    assert {"parse_mmlu_response", "parse_gsm8k_response", "pass_at_k"} <= walked
    assert {"summarise", "wilson_interval", "entropy_floor"} <= walked


def test_it_draws_and_cites(trace: Trace, recorded: Path) -> None:
    kinds = checks.check_figures(trace)
    assert kinds["plots"] >= 12
    assert kinds["tables"] >= 4
    assert checks.check_citations(trace) >= 18
    checks.check_size(recorded, bytes_a_step=1400)


def test_half_of_the_questions_are_about_behaviour(trace: Trace) -> None:
    asked = [o for o in checks.outputs(trace) if isinstance(o, QuestionRendering)]
    assert len(asked) >= 18
    assert sum(o.answer_kind != "number" for o in asked) >= len(asked) / 2


def test_records_say_where_they_were_measured(trace: Trace) -> None:
    captions = [o.caption or "" for o in checks.outputs(trace) if isinstance(o, TableRendering)]
    assert "lectures/lecture_12/tools/ask_smollm2.py" in " ".join(captions)
    assert "scripts/smollm2.py --stage choices" in " ".join(captions)
    assert "NVIDIA H100 80GB HBM3" in text_of(trace)


def test_what_others_say_wrongly_is_corrected(trace: Trace) -> None:
    said = text_of(trace)
    assert r"It is $\exp(H)$ for $H$ nats a token" in said
    assert "a person's name and no abbreviation" in said
