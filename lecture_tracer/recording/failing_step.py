"""Which step raised: the innermost level of a traceback that was walked.

Input: the levels of the traceback in the project, outermost first, and the frames and steps of the
recording. Output: an index of `steps`. A level that was not walked (it was called under
`@stepover`, by a check or from a hidden statement) has no step since its caller's began, however
often the same line was walked before.
"""

from collections.abc import Callable, Sequence

from lecture_tracer.trace.schema import Frame, Step, TracebackEntry

FirstLine = Callable[[str, int], int]
"""First line of the statement that covers a line of a file."""


def failing_step(
    levels: Sequence[TracebackEntry],
    frames: Sequence[Frame],
    steps: Sequence[Step],
    first_line: FirstLine,
) -> int | None:
    """Index of the step; the last of all where no level has one, None where there is no step."""
    found, begun = len(steps) - 1, -1
    for level in levels:
        place = (level.path, level.function.replace("<locals>.", ""))
        line = first_line(level.path, level.line)
        for index in range(len(steps) - 1, begun, -1):
            step = steps[index]
            frame = frames[step.frame]
            if step.line == line and (frame.path, frame.function) == place:
                found, begun = index, _beginning(steps, index)
                break
    return found if steps else None


def _beginning(steps: Sequence[Step], index: int) -> int:
    """The step in which the statement of a resumed step began."""
    step = steps[index]
    while index > 0 and steps[index].resumed:
        index -= 1
        while index > 0 and (steps[index].frame, steps[index].line) != (step.frame, step.line):
            index -= 1
    return index
