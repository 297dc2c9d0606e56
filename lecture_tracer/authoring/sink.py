"""Where renderings go: the recorder while a lecture is recorded, the terminal otherwise.

`active()` gives the recorder's side, or None when the lecture runs as a plain script. One lecture
is recorded at a time in a process, so this is a module variable, seen by every thread.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from lecture_tracer.trace.schema import Rendering


class RenderingSink(Protocol):
    """What authoring functions need of a recording."""

    root: Path
    """Root of the checkout."""
    name: str
    """Module name of the lecture."""
    measure: bool
    """Measure benchmarks again even where a record exists."""

    def output(self, rendering: Rendering) -> None:
        """Attach to the running statement."""

    def embed(self, path: Path) -> str:
        """Put a source file into the trace; gives its key."""

    def unobserved(self) -> AbstractContextManager[None]:
        """Nothing is recorded inside the block, so that a clock read there tells the truth."""

    def warn(self, message: str, *, here: bool = True) -> None:
        """Tell the author, with the line of the lecture (`here`); also kept in the trace."""

    def lacks(self, what: str, reason: str) -> None:
        """Tell the author what could not be had, in one line with all the others."""


_active: RenderingSink | None = None


def active() -> RenderingSink | None:
    """The sink of the recording that is going on, if any."""
    return _active


@contextmanager
def activate(sink: RenderingSink) -> Iterator[None]:
    """Send renderings to `sink` inside the block."""
    global _active
    before, _active = _active, sink
    try:
        yield
    finally:
        _active = before
