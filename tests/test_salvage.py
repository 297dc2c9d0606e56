"""A fault of ours in one step costs that part only, and no unreadable file is ever written."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from lecture_tracer.trace import store
from lecture_tracer.trace.codec import decode, encode
from lecture_tracer.trace.salvage import encode_safely
from lecture_tracer.trace.schema import (
    Failed,
    Failure,
    Frame,
    ImageRendering,
    LinkRendering,
    MissingRendering,
    Rendering,
    SourceFile,
    Step,
    TextRendering,
    Trace,
)

NAME = "lecture_01"
GOOD = TextRendering(text="kept")


def trace(*steps: Step, failure: Failure | None = None) -> Trace:
    return Trace(
        schema=2, lecture=NAME, main=f"{NAME}.py", files={f"{NAME}.py": SourceFile(text="")},
        frames=[Frame(path=f"{NAME}.py", function="main")], steps=list(steps), failure=failure,
    )  # fmt: skip


def test_a_trace_that_is_well_is_taken_as_it_is() -> None:
    whole = trace(Step(0, 2, outputs=[GOOD]))
    content, kept = encode_safely(whole)
    assert kept is whole
    assert content == encode(whole)


@pytest.mark.parametrize(
    "bad",
    [
        TextRendering(text="\ud800"),  # cannot be encoded
        TextRendering(text=object()),  # type: ignore[arg-type]
        ImageRendering(src="a.png", width=99.5),  # type: ignore[arg-type]  # cannot be decoded
        LinkRendering(url="u", authors="A"),  # type: ignore[arg-type]
        LinkRendering(url="u", title=None),  # type: ignore[arg-type]
    ],
)
def test_a_bad_output_is_replaced_and_named(bad: Rendering) -> None:
    content, kept = encode_safely(trace(Step(0, 2, outputs=[GOOD, bad]), Step(0, 3, stdout="x")))
    assert kept.steps[0].outputs is not None
    first, second = kept.steps[0].outputs
    assert first == GOOD
    assert isinstance(second, MissingRendering)
    assert kept.steps[1].stdout == "x"
    assert len(kept.warnings) == 1
    assert kept.warnings[0].startswith(f"{NAME}.py:2: ")
    assert kept.warnings[0].endswith("(not-kept)")
    assert encode(decode(content)) == content


def test_bad_values_and_texts_are_replaced() -> None:
    failure = Failure(type="E", message="\ud800", locals={"x": object(), "y": 1})  # type: ignore[dict-item]
    bad: Any = {"a": object(), "b": 2, "\ud800": 3}
    _, kept = encode_safely(trace(Step(0, 2, changes=bad, stderr="\ud800"), failure=failure))
    changes = kept.steps[0].changes
    assert changes is not None
    assert isinstance(changes["a"], Failed)
    assert (changes["b"], changes["\\ud800"], kept.steps[0].stderr) == (2, 3, "\\ud800")
    assert kept.failure is not None
    assert (kept.failure.message, kept.failure.locals["y"]) == ("\\ud800", 1)


def test_what_cannot_be_mended_does_not_replace_an_earlier_trace(tmp_path: Path) -> None:
    path, _ = store.save(tmp_path, trace(Step(0, 2)))
    before = path.read_bytes()
    with pytest.raises((TypeError, msgspec.MsgspecError)):
        store.save(tmp_path, msgspec.structs.replace(trace(), timings=object()))
    assert path.read_bytes() == before
