"""What the trace of lecture 8 shows, beyond what holds for every lecture."""

from pathlib import Path

from lecture_tracer.trace.schema import (
    QuestionRendering,
    RanksRendering,
    TableRendering,
    TextRendering,
    Trace,
)
from tests import lecture_checks as checks


def ranks_shown(trace: Trace) -> list[RanksRendering]:
    return [o for o in checks.outputs(trace) if isinstance(o, RanksRendering)]


def test_it_has_so_many_sections_and_steps(trace: Trace) -> None:
    assert len(checks.sections(trace)) == 12
    assert 250 <= len(trace.steps) <= 450


def test_implementations_are_walked(trace: Trace) -> None:
    walked = {trace.frames[step.frame].function for step in trace.steps}
    assert {"ShardedUnit.start_gather", "ShardedUnit.finish_gather", "all_gather"} <= walked
    assert {"reduce_scatter_mean", "_OverlappedDDP.finish_gradient_synchronization"} <= walked
    assert {"by_hand", "follow", "CopyIn.backward", "one_forward_one_backward"} <= walked


def test_every_collective_is_shown_on_every_rank(trace: Trace) -> None:
    shown = ranks_shown(trace)
    assert len(shown) >= 20
    titles = " ".join(rendering.title for rendering in shown)
    for name in ("all-reduce", "reduce-scatter", "all-gather", "broadcast", "scatter", "gather"):
        assert name in titles
    assert all(len(rendering.ranks) >= 2 for rendering in shown)


def test_only_the_rank_that_was_killed_is_shown_as_ended(trace: Trace) -> None:
    ended = {rank.ended for rendering in ranks_shown(trace) for rank in rendering.ranks}
    assert ended == {"", "killed by SIGKILL"}


def test_it_draws_and_cites(trace: Trace, recorded: Path) -> None:
    kinds = checks.check_figures(trace)
    assert kinds["plots"] >= 8
    assert kinds["tables"] >= 3
    assert checks.check_citations(trace) >= 10
    checks.check_size(recorded, bytes_a_step=900)


def test_every_section_asks_and_half_is_about_behaviour(trace: Trace) -> None:
    asked = [o for o in checks.outputs(trace) if isinstance(o, QuestionRendering)]
    assert len(asked) >= 20
    assert sum(o.answer_kind != "number" for o in asked) >= len(asked) / 2


def test_records_say_where_they_were_recorded(trace: Trace) -> None:
    shown = checks.outputs(trace)
    texts = [o.text for o in shown if isinstance(o, TextRendering)]
    texts += [o.caption or "" for o in shown if isinstance(o, TableRendering)]
    recorded = [text for text in texts if "recorded on" in text]
    assert sum("NVIDIA H100" in text for text in recorded) == 2
    assert sum("gloo" in text for text in recorded) == 2


def test_what_others_got_wrong_is_corrected(trace: Trace) -> None:
    texts = " ".join(o.text for o in checks.outputs(trace) if isinstance(o, TextRendering))
    texts = " ".join(texts.split())
    assert "only scatter is" in texts
    assert "differs by exactly the number of ranks" in texts
    assert "draw its own columns with the same seed" in texts
