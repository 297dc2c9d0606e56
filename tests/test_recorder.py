"""The state machine, played by hand: no tracing, no files."""

from pathlib import Path
from types import CodeType
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lecture_tracer.errors import StepLimitReached
from lecture_tracer.reading.roots import Roots
from lecture_tracer.reading.scope import Scope
from lecture_tracer.reading.source import read_source
from lecture_tracer.recording.recorder import Recorder
from lecture_tracer.trace.schema import TextRendering

SOURCE = """\
def main():
    x = 1  # @inspect x
    y = helper()  # @inspect y
    z = 3


def helper():
    return 5
"""


class HandFrame:
    """An interpreter frame for the recorder: what it may read, set by the test."""

    def __init__(self, **names: object) -> None:
        self.f_locals: dict[str, Any] = dict(names)
        self.f_globals: dict[str, Any] = {}
        self.f_lasti = 0
        self.f_back: HandFrame | None = None


def codes() -> tuple[CodeType, CodeType]:
    """Code objects of main and helper."""
    module = compile(SOURCE, "/project/lecture_99.py", "exec")
    main, helper = [c for c in module.co_consts if isinstance(c, CodeType)]
    return main, helper


def recorder(**options: Any) -> Recorder:
    source = read_source("lecture_99.py", SOURCE)
    return Recorder(
        Scope(Roots(Path("/project")), Path("/project/lecture_99.py"), source), **options
    )


def test_a_step_is_closed_by_the_next_line_of_its_frame() -> None:
    rec, frame = recorder(), HandFrame()
    main, _ = codes()
    assert rec.call(frame, main)
    rec.line(frame, 2)
    assert rec.steps[0].changes is None
    frame.f_locals["x"] = 1
    rec.line(frame, 3)
    assert rec.steps[0].changes == {"x": 1}


def test_what_comes_after_a_call_gets_a_resumed_step() -> None:
    rec, outer, inner = recorder(), HandFrame(), HandFrame()
    main, helper = codes()
    rec.call(outer, main)
    rec.line(outer, 3)
    rec.call(inner, helper)
    rec.line(inner, 8)
    rec.leave(inner)
    outer.f_locals["y"] = 5
    rec.output(TextRendering(text="after"))
    rec.leave(outer)
    assert [(s.frame, s.line, s.resumed) for s in rec.steps] == [
        (0, 3, False), (1, 8, False), (0, 3, True),
    ]  # fmt: skip
    assert rec.steps[2].changes == {"y": 5}
    assert rec.steps[2].outputs == [TextRendering(text="after")]


def test_a_repeated_line_is_merged_unless_the_statement_begins_again() -> None:
    rec, frame = recorder(), HandFrame()
    rec.call(frame, codes()[0])
    frame.f_lasti = 10
    rec.line(frame, 4)
    frame.f_lasti = 20
    rec.line(frame, 4)
    assert len(rec.steps) == 1
    frame.f_lasti = 10
    rec.line(frame, 4)
    assert len(rec.steps) == 2


def test_printed_text_goes_to_the_open_step() -> None:
    rec, frame = recorder(), HandFrame()
    rec.write("stdout", "before main: dropped")
    rec.call(frame, codes()[0])
    rec.line(frame, 2)
    rec.write("stdout", "a")
    rec.write("stderr", "b")
    rec.write("stdout", "c")
    rec.finish()
    assert (rec.steps[0].stdout, rec.steps[0].stderr) == ("ac", "b")


def test_events_of_unknown_frames_are_ignored() -> None:
    rec = recorder()
    rec.line(HandFrame(), 2)
    rec.leave(HandFrame())
    rec.pause(HandFrame())
    assert not rec.resume(HandFrame())
    assert rec.steps == []


def test_the_step_limit_stops_the_lecture() -> None:
    rec, frame = recorder(max_steps=1), HandFrame()
    rec.call(frame, codes()[0])
    rec.line(frame, 2)
    try:
        rec.line(frame, 4)
    except StepLimitReached:
        assert rec.stopped_at_limit
    assert len(rec.steps) == 1


@given(st.lists(st.tuples(st.sampled_from(["call", "line", "leave", "pause", "resume"]),
                          st.integers(0, 2), st.integers(0, 12))))  # fmt: skip
def test_no_order_of_events_breaks_the_invariants(events: list[tuple[str, int, int]]) -> None:
    rec, frames, (main, _) = recorder(), [HandFrame() for _ in range(3)], codes()
    for name, which, line in events:
        if name == "call":
            rec.call(frames[which], main)
        elif name == "line":
            rec.line(frames[which], line)
        else:
            getattr(rec, name)(frames[which])
    assert all(0 <= step.frame < len(rec.frames) for step in rec.steps)
    for frame in rec.frames[1:]:
        assert frame.parent is not None
