"""What the trace of lecture 10 shows, beyond what holds for every lecture."""

from pathlib import Path

from lecture_tracer.trace.schema import QuestionRendering, TableRendering, TextRendering, Trace
from lectures.lecture_10 import results
from tests import lecture_checks as checks


def prose(trace: Trace) -> str:
    """All text of the lecture and all captions on one line."""
    outputs = checks.outputs(trace)
    texts = [o.text for o in outputs if isinstance(o, TextRendering)]
    texts += [o.caption or "" for o in outputs if isinstance(o, TableRendering)]
    return " ".join(" ".join(texts).split())


def test_it_has_so_many_sections_and_steps(trace: Trace) -> None:
    assert 300 <= len(trace.steps) <= 450
    assert len(checks.sections(trace)) == 19
    assert trace.title == "Inference: one token at a time"


def test_cache_decoding_and_the_reader_of_smollm2_are_walked(trace: Trace) -> None:
    walked = {trace.frames[step.frame].function for step in trace.steps}
    assert {"LayerCache.append", "next_token_probabilities", "our_name", "draw"} <= walked
    assert {"TransformerDecoder.step_within", "Table.append", "PrefixCache.find", "gptq"} <= walked


def test_it_draws_and_cites(trace: Trace, recorded: Path) -> None:
    kinds = checks.check_figures(trace)
    assert kinds["plots"] >= 22
    assert kinds["tables"] >= 4
    assert checks.check_citations(trace) >= 25
    checks.check_size(recorded, bytes_a_step=1500)


def test_most_questions_are_about_behaviour(trace: Trace) -> None:
    asked = [o for o in checks.outputs(trace) if isinstance(o, QuestionRendering)]
    assert len(asked) >= 18
    assert sum(o.answer_kind != "number" for o in asked) >= len(asked) / 2


def test_records_say_where_they_were_measured(trace: Trace) -> None:
    said = prose(trace)
    for name in ("speed", "products", "models", "pruned"):
        assert results.caption(name) in said
    assert "scripts/smollm2.py --stage latency" in said


def test_what_others_got_wrong_is_corrected(trace: Trace) -> None:
    said = prose(trace)
    assert "gives 6 for a forward pass alone" in said
    assert "says here that this cannot be improved" in said
    assert "though the original course calls it worse" in said
    assert "Fewer bits mean lower latency" in said
    assert "±240 is another vendor's variant" in said
