"""A trace to bytes that are known to be readable, whatever went wrong in one of its steps.

Input: a Trace. Output: its bytes, decoded once against the schema, and the Trace that they say. A
value or output that cannot be written or read back is a fault of ours: it is replaced by what says
so and named in the warnings, and costs nothing else of the lecture.
"""

from typing import Any

import msgspec
from msgspec import structs

from lecture_tracer.trace.codec import decode, encode
from lecture_tracer.trace.schema import Failed, MissingRendering, Rendering, Step, Trace, Value

STEPS_AT_ONCE = 1000


def encode_safely(trace: Trace) -> tuple[bytes, Trace]:
    """(bytes that `decode` accepts, the trace that they hold: `trace` itself if all is well)."""
    try:
        _check(trace)
        return encode(trace), trace
    except Exception:
        trace = _mended(trace)
        _check(trace)
        return encode(trace), trace


def _check(trace: Trace) -> None:
    """Write and read the trace in pieces, so that it is never there twice. Raises what they do."""
    decode(encode(structs.replace(trace, steps=[])))
    decode_steps = msgspec.json.Decoder(list[Step]).decode
    for first in range(0, len(trace.steps), STEPS_AT_ONCE):
        decode_steps(msgspec.json.encode(trace.steps[first : first + STEPS_AT_ONCE]))


def _mended(trace: Trace) -> Trace:
    faults: list[str] = []
    steps = []
    for step in trace.steps:
        place = f"{trace.frames[step.frame].path}:{step.line}"
        steps.append(_mended_step(step, place, faults))
    failure = trace.failure
    if failure is not None:
        values = {
            _text(name): _mended_value(value, f"{name!r} where it failed", faults)
            for name, value in failure.locals.items()
        }
        failure = structs.replace(failure, message=_text(failure.message), locals=values)
    return structs.replace(
        trace,
        steps=steps,
        failure=failure,
        frames=[
            structs.replace(frame, path=_text(frame.path), function=_text(frame.function))
            for frame in trace.frames
        ],
        files={
            _text(path): structs.replace(file, text=_text(file.text))
            for path, file in trace.files.items()
        },
        warnings=[_text(warning) for warning in [*trace.warnings, *faults]],
    )


def _mended_step(step: Step, place: str, faults: list[str]) -> Step:
    outputs = [_mended_output(output, place, faults) for output in step.outputs or ()]
    changes = {
        _text(name): _mended_value(value, f"{place}: {name!r}", faults)
        for name, value in (step.changes or {}).items()
    }
    return Step(
        frame=step.frame,
        line=step.line,
        resumed=step.resumed,
        animate=step.animate,
        changes=changes or None,
        cleared=[_text(name) for name in step.cleared] if step.cleared else None,
        outputs=outputs or None,
        stdout=_text(step.stdout),
        stderr=_text(step.stderr),
    )


def _mended_output(output: Rendering, place: str, faults: list[str]) -> Rendering:
    reason = _fault(output, Rendering)
    if not reason:
        return output
    what = type(output).__name__.removesuffix("Rendering").lower()
    faults.append(f"{place}: {what} is not in the trace: {reason} (not-kept)")
    return MissingRendering(what=what, reason=reason)


def _mended_value(value: Value, what: str, faults: list[str]) -> Value:
    reason = _fault(value, Value)
    if not reason:
        return value
    faults.append(f"{what} is not in the trace: {reason} (not-kept)")
    return Failed(type="not kept", text=reason)


def _fault(part: object, kind: Any) -> str:
    """Why a part cannot be written and read back; empty if it can."""
    try:
        msgspec.json.decode(msgspec.json.encode(part), type=kind)
    except Exception as error:
        return _text(f"{type(error).__name__}: {error}")
    return ""


def _text(text: str) -> str:
    """What UTF-8 can encode, a lone surrogate as its escape."""
    return str(text).encode("utf-8", "backslashreplace").decode()
