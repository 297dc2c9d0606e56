"""What the trace of lecture 4 shows, beyond what holds for every lecture."""

from pathlib import Path

from lecture_tracer.trace.schema import (
    QuestionRendering,
    RanksRendering,
    TableRendering,
    TextRendering,
    Trace,
)
from tests import lecture_checks as checks


def test_it_has_so_many_sections(trace: Trace) -> None:
    assert len(checks.sections(trace)) == 24
    assert trace.title == "Experts and memories"
    assert 300 <= len(trace.steps) <= 500


def test_it_opens_the_lines_that_do_the_work(trace: Trace) -> None:
    named = checks.check_code_links(trace)
    assert {"route", "balance_loss", "moved_bias", "write_delta", "parallel_delta"} <= named
    assert {"scaled_dot_product_attention", "SwiGLU.forward", "places"} <= named


def test_it_cites_and_draws(trace: Trace) -> None:
    assert checks.check_citations(trace) >= 20
    kinds = checks.check_figures(trace)
    assert kinds["plots"] >= 16
    assert kinds["tables"] >= 6


def test_a_step_takes_few_bytes(recorded: Path) -> None:
    checks.check_size(recorded)


def test_experts_attention_and_states_are_walked_line_by_line(trace: Trace) -> None:
    walked = {trace.frames[step.frame].function for step in trace.steps}
    assert {"Mixture.forward", "SwiGLU.forward", "route"} <= walked
    assert {"scaled_dot_product_attention", "recurrent", "parallel", "write_delta"} <= walked
    assert {"expert_parallel", "balance_loss"} <= walked


def test_four_ranks_exchange_tokens(trace: Trace) -> None:
    shown = [o for o in checks.outputs(trace) if isinstance(o, RanksRendering)]
    assert len(shown) == 2
    assert all(len(each.ranks) == 4 for each in shown)


def test_every_section_asks_something(trace: Trace) -> None:
    asked = [o for o in checks.outputs(trace) if isinstance(o, QuestionRendering)]
    assert len(asked) == 23
    assert sum(o.answer_kind != "number" for o in asked) >= len(asked) / 2, "how it behaves"


def test_corrections_are_said(trace: Trace) -> None:
    texts = " ".join(o.text for o in checks.outputs(trace) if isinstance(o, TextRendering))
    texts = " ".join(texts.split())
    assert "46.7 billion parameters and not 56" in texts
    assert "this lopsided one 0.90" in texts, "the balance loss may be below 1"
    assert "two shared experts beside 160 routed ones" in texts
    assert "keeps a small loss within each sequence" in texts
    assert "does *not* repeat what papers report" in texts, "a null result"


def test_records_carry_their_origin(trace: Trace) -> None:
    captions = [o.caption for o in checks.outputs(trace) if isinstance(o, TableRendering)]
    assert sum("recorded on NVIDIA H100" in caption for caption in captions) == 2
