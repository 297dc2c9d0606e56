"""What the trace of lecture 5 shows, beyond what holds for every lecture."""

from pathlib import Path

from lecture_tracer.trace.schema import PlotRendering, QuestionRendering, TextRendering, Trace
from tests import lecture_checks as checks


def prose(trace: Trace) -> str:
    texts = [o.text for o in checks.outputs(trace) if isinstance(o, TextRendering)]
    return " ".join(" ".join(texts).split())


def test_it_has_so_many_steps(trace: Trace) -> None:
    assert 300 <= len(trace.steps) <= 450
    assert trace.title == "GPUs: a machine that hates to wait"


def test_it_opens_the_lines_that_do_the_work(trace: Trace) -> None:
    named = checks.check_code_links(trace)
    assert {"tiled_forward", "tiled_backward", "Warp.branch", "tiled_product"} <= named


def test_implementations_are_walked_line_by_line(trace: Trace) -> None:
    walked = {trace.frames[step.frame].function for step in trace.steps}
    assignments = {"scaled_dot_product_attention", "softmax", "tiled_forward", "tiled_backward"}
    assert assignments <= walked
    assert {"one_tile", "sigmoids_stored", "BlockFormat.quantise", "Warp.branch"} <= walked


def test_it_cites_and_draws_so_much(trace: Trace) -> None:
    assert checks.check_citations(trace) >= 15
    kinds = checks.check_figures(trace)
    assert kinds["plots"] >= 16
    assert kinds["tables"] >= 6


def test_a_step_takes_few_bytes(recorded: Path) -> None:
    checks.check_size(recorded)


def test_the_saw_tooth_shows_every_n(trace: Trace) -> None:
    shown = [o.spec for o in checks.outputs(trace) if isinstance(o, PlotRendering)]
    (spec,) = [s for s in shown if "every n" in str(s.get("title", ""))]
    assert len(spec["layer"][0]["data"]["values"]) == 2049


def test_corrections_and_null_results_are_said(trace: Trace) -> None:
    text = prose(trace)
    assert "the original course counts 8 against 5" in text
    assert "Divide by two." in text
    assert "98 tiles at n = 1792" in text
    assert text.lower().count("null result") == 2
    assert "agree with it on 405 of them" in text


def test_every_section_asks_something(trace: Trace) -> None:
    asked = [o for o in checks.outputs(trace) if isinstance(o, QuestionRendering)]
    assert len(asked) >= 20
    assert sum(o.answer_kind != "number" for o in asked) >= len(asked) / 2, "how it behaves"
