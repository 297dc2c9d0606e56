"""The one vocabulary of what an interpreter reports, whatever mechanism reports it.

A backend (an `EventSource`) turns the interpreter's hooks into calls on an `EventSink`; the
recorder is the sink. `FrameView` is what the sink may read of an interpreter frame, so that tests
can play events by hand. A sink never keeps a frame.
"""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from types import CodeType
from typing import Any, Protocol


class FrameView(Protocol):
    """The part of a `types.FrameType` that a recorder reads."""

    @property
    def f_locals(self) -> Any:
        """Local variables now: name to object."""

    @property
    def f_globals(self) -> dict[str, Any]:
        """Global variables of the function's module."""

    @property
    def f_lasti(self) -> int:
        """Byte offset of the instruction that runs."""

    @property
    def f_back(self) -> "FrameView | None":
        """The caller's frame."""


class EventSink(Protocol):
    """Receives the events of one thread in order. An event of an unknown frame is ignored."""

    missed: bool
    """Set by a source when the stack had no room left to handle an event (`RecursionError`): then
    frames may have ended unseen. Calling anything there would fail as well."""

    def call(self, frame: FrameView, code: CodeType) -> bool:
        """A function starts. False: this activation is not recorded, send no more of it."""

    def line(self, frame: FrameView, line: int) -> None:
        """A line is about to run."""

    def turns(self, code: CodeType) -> Mapping[int, bool]:
        """Offsets at which a loop that stands on one line goes back for another turn.

        A source tells of each such jump by `line`, once.
        """

    def leave(self, frame: FrameView, raised_at: int | None = None) -> None:
        """The function returns, or an exception that was raised in line `raised_at` leaves it."""

    def pause(self, frame: FrameView) -> None:
        """A generator or coroutine yields."""

    def resume(self, frame: FrameView) -> bool:
        """A generator or coroutine goes on, or has an exception thrown into it.

        False: it is not recorded, send no more of it.
        """

    def fail(self, error: BaseException) -> None:
        """The sink itself raised `error`: the backend stops sending and tells it here."""


class EventSource(Protocol):
    """A mechanism of the interpreter that calls a sink."""

    name: str
    lost: bool
    """Known after `stop`: the hook had been taken away before, so that events are missing."""

    def start(self, sink: EventSink, codes: Iterable[CodeType], other_files: bool) -> None:
        """Report the code objects `codes` of this thread.

        With `other_files`, ask the sink about every other function too.
        """

    def suspended(self) -> AbstractContextManager[None]:
        """Send nothing, and cost nothing, inside the block."""

    def stop(self) -> None:
        """Take every hook back. Safe to call twice."""
