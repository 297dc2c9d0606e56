"""An exception that ended a lecture to the `Failure` that the trace keeps."""

import linecache
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from lecture_tracer.reading.roots import Roots
from lecture_tracer.recording.printed import relative_paths
from lecture_tracer.trace.schema import Failure, TracebackEntry, Value
from lecture_tracer.values import encodable, passes_through, serialize

MAX_CAUSES = 8
MAX_ENTRIES = 50


StepAt = Callable[[list[TracebackEntry]], int | None]
"""The step that was running when a traceback of these levels, outermost first, began."""


def describe(error: BaseException, roots: Roots, step_at: StepAt) -> Failure:
    """The failure with its chained causes.

    Only the project's own levels of each traceback are kept; the locals are those of the innermost
    of them.
    """
    return _describe(error, roots, step_at, MAX_CAUSES)


def one_line(error: BaseException) -> str:
    """`ValueError: message`, fit for a terminal."""
    return printable(f"{type(error).__name__}: {_message(error)}")


def printable(text: str) -> str:
    """A message as one line: other whitespace as spaces, control characters as escapes."""
    line = " ".join(text.split()).rstrip(": ")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)


def _describe(
    error: BaseException,
    roots: Roots,
    step_at: StepAt,
    causes_left: int,
) -> Failure:
    levels = _own_levels(error.__traceback__, roots)
    entries = [_entry(level, roots) for level in levels]
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    first = causes_left == MAX_CAUSES
    return Failure(
        type=encodable(type(error).__name__),
        message=relative_paths(_message(error), str(roots.checkout), roots.prefixes()),
        traceback=entries[-MAX_ENTRIES:],
        step=step_at(entries) if first and entries else None,
        locals=_locals(levels[-1], roots) if first and levels else {},
        cause=_describe(cause, roots, step_at, causes_left - 1) if cause and causes_left else None,
        explicit=error.__cause__ is not None,
    )


def _own_levels(traceback: TracebackType | None, roots: Roots) -> list[TracebackType]:
    levels = []
    while traceback is not None:
        filename = traceback.tb_frame.f_code.co_filename
        if not filename.startswith("<") and roots.holds(Path(filename)):
            levels.append(traceback)
        traceback = traceback.tb_next
    return levels


def _entry(level: TracebackType, roots: Roots) -> TracebackEntry:
    code = level.tb_frame.f_code
    return TracebackEntry(
        path=roots.name(Path(code.co_filename)),
        line=level.tb_lineno,
        function=getattr(code, "co_qualname", code.co_name),
        text=linecache.getline(code.co_filename, level.tb_lineno).strip(),
    )


def _locals(level: TracebackType, roots: Roots) -> dict[str, Value]:
    return {
        name: serialize(found, root=str(roots.checkout), named=roots.prefixes())
        for name, found in level.tb_frame.f_locals.items()
        if not name.startswith((".", "__"))
    }


def _message(error: BaseException) -> str:
    """Its message, and the notes that were added to it (PEP 678), each on lines of its own."""
    try:
        notes = [str(note) for note in getattr(error, "__notes__", ())]
        return encodable("\n".join([str(error), *notes]))
    except BaseException as second:
        if passes_through(second):
            raise
        return f"<its message cannot be read: {type(second).__name__}>"
