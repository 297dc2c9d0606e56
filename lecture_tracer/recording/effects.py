"""Which directives of a lecture did nothing, told from what was recorded.

Input: the lecture's source, the frames and steps of its trace, and the statements at which the
recorder declined a call because of `@stepover`. Output: lines. Only statements that ran are judged,
and only those of the lecture's own file: another file may serve other lectures too. Pure.
"""

from collections.abc import Collection, Sequence

from lecture_tracer.reading.source import LectureSource, Statement
from lecture_tracer.trace.schema import Frame, Step


def useless_stepovers(
    source: LectureSource,
    frames: Sequence[Frame],
    steps: Sequence[Step],
    stepped_over: Collection[Statement],
) -> list[int]:
    """Lines whose `@stepover` kept no call out of the trace.

    A call into another file is not recorded anyway, unless `@stepinto` asks for it. On the line of
    a `def` the directive is about the calls of that function, and is not judged.
    """
    definitions = set(source.functions.values())
    asked = [
        statement
        for statement in source.statements
        if statement.stepover and statement not in stepped_over and statement not in definitions
    ]
    return [statement.first for statement in _ran(asked, source, frames, steps)]


def useless_stepintos(
    source: LectureSource, frames: Sequence[Frame], steps: Sequence[Step]
) -> list[int]:
    """Lines whose `@stepinto` recorded no step of another file."""
    asked = [s for s in source.statements if s.stepinto and not s.stepover]
    ran = _ran(asked, source, frames, steps)
    entered = _lines_that_led_out(source.path, frames, steps) if ran else set()
    return [statement.first for statement in ran if statement.first not in entered]


def _ran(
    asked: list[Statement],
    source: LectureSource,
    frames: Sequence[Frame],
    steps: Sequence[Step],
) -> list[Statement]:
    """Those of `asked` that made a step. Most lectures have many steps and few directives."""
    if not asked:
        return []
    lines = {step.line for step in steps if frames[step.frame].path == source.path}
    return [statement for statement in asked if statement.first in lines]


def _lines_that_led_out(path: str, frames: Sequence[Frame], steps: Sequence[Step]) -> set[int]:
    """Lines of the file `path` from which a call led, over any functions, into another file."""
    lines: set[int] = set()
    seen: set[int] = set()
    for number, frame in enumerate(frames):
        if frame.path == path:
            continue
        inner: int | None = number
        while inner is not None and inner not in seen:
            seen.add(inner)
            call = frames[inner].call_step
            if call is not None and call >= 0 and frames[steps[call].frame].path == path:
                lines.add(steps[call].line)
            inner = frames[inner].parent
    return lines
