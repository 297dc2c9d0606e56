"""Where renderings go: the recorder while a lecture is recorded, the terminal otherwise.

`active()` gives the recorder's side, or None when the lecture runs as a plain script. One lecture
is recorded at a time in a process, so this is a module variable, seen by every thread.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import FrameType
from typing import Generic, Protocol, TypeVar

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


_T = TypeVar("_T")
_active: RenderingSink | None = None


def active() -> RenderingSink | None:
    """The sink of the recording that is going on, if any."""
    return _active


def running_lecture() -> tuple[Path, str]:
    """Root and name of the lecture that is recorded, or that runs as a plain script."""
    if _active is not None:
        return _active.root, _active.name
    root = Path.cwd()
    return root, (_outermost_file_of(root) or _started_file()).stem


def _outermost_file_of(root: Path) -> Path | None:
    """The file directly in `root` that the running code was called from first."""
    found: Path | None = None
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        path = Path(frame.f_code.co_filename).absolute()
        if path.parent == root and path.suffix == ".py":
            found = path
        frame = frame.f_back
    return found


def _started_file() -> Path:
    """The program that was started."""
    return Path(getattr(sys.modules.get("__main__"), "__file__", None) or "script.py")


@contextmanager
def activate(sink: RenderingSink) -> Iterator[None]:
    """Send renderings to `sink` inside the block."""
    global _active
    before, _active = _active, sink
    try:
        yield
    finally:
        _active = before


class PerRun(Generic[_T]):
    """What authoring functions remember: made anew for each recording, and once for a plain run."""

    def __init__(self, make: Callable[[], _T]) -> None:
        self._make = make
        self._sink: RenderingSink | None = None
        self._kept = make()

    def get(self) -> _T:
        """What was kept since the recording began."""
        if self._sink is not _active:
            self._sink, self._kept = _active, self._make()
        return self._kept

    def is_recording(self) -> bool:
        """Whether a lecture is recorded, rather than run as a plain script."""
        return _active is not None
