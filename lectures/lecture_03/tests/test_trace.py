"""What the trace of lecture 3 shows, beyond what holds for every lecture."""

from pathlib import Path

from lecture_tracer.trace.schema import QuestionRendering, TextRendering, Trace
from tests import lecture_checks as checks

STUDIES = ("placement", "norm", "feed_forward", "context", "stability")


def prose(trace: Trace) -> str:
    """All text of the lecture on one line."""
    texts = [o.text for o in checks.outputs(trace) if isinstance(o, TextRendering)]
    return " ".join(" ".join(texts).split())


def test_it_has_so_many_steps_and_sections(trace: Trace) -> None:
    assert 300 <= len(trace.steps) <= 450
    assert len(checks.sections(trace)) == 16
    assert trace.title == "Architectures: what survived, and why"


def test_a_step_takes_few_bytes(recorded: Path) -> None:
    checks.check_size(recorded)


def test_it_opens_the_lines_that_do_the_work(trace: Trace) -> None:
    named = checks.check_code_links(trace)
    attention = {"QKNormAttention.project", "LocalAttention.forward", "Latent.attend_absorbed"}
    assert attention | {"TransformerBlock.forward", "LayerCache.append", "AdamW._update"} <= named


def test_assignment_1_is_walked_line_by_line(trace: Trace) -> None:
    walked = {trace.frames[step.frame].function for step in trace.steps}
    assert {
        "TransformerBlock.forward",
        "RMSNorm.forward",
        "SwiGLU.forward",
        "RotaryPositionalEmbedding.forward",
        "MultiHeadSelfAttention.forward",
        "AdamW._update",
    } <= walked


def test_it_cites_and_draws_so_much(trace: Trace) -> None:
    assert checks.check_citations(trace) >= 20
    kinds = checks.check_figures(trace)
    assert kinds["plots"] >= 24
    assert kinds["tables"] >= 1


def test_every_section_asks_and_half_ask_how_something_behaves(trace: Trace) -> None:
    asked = [o for o in checks.outputs(trace) if isinstance(o, QuestionRendering)]
    assert len(asked) >= 17
    assert sum(o.answer_kind != "number" for o in asked) >= len(asked) / 2


def test_every_comparison_has_its_record_beside_it(trace: Trace) -> None:
    said = prose(trace)
    assert said.count("*Record, 3 seeds an arm:*") >= len(STUDIES)
    assert said.count("not measured yet") <= len(STUDIES) + 1
    for line in said.split("*Record, 3 seeds an arm:* ")[1:]:
        assert "`python lectures/lecture_03/tools/measure.py" in line


def test_a_formula_of_several_lines_stands_between_lines_of_its_own(trace: Trace) -> None:
    for rendering in checks.outputs(trace):
        if isinstance(rendering, TextRendering):
            for line in rendering.text.split("\n"):
                assert line.count("$$") != 1 or line.strip() == "$$", line


def test_corrections_are_shown(trace: Trace) -> None:
    said = prose(trace)
    assert "wrong here by a factor of 4" in said, "the equilibrium forgets momentum"
    assert "up to 8 in each branch of Gemma" in said, "not of both together"
    assert "null result" in said
