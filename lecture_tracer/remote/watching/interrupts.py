"""Ctrl-C and its relatives, kept until the watching loop asks.

An interrupt must not tear a log line or lose one: outside `immediate` a signal only leaves a note.
"""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(Exception):  # a request of the user's, not an error
    """A signal came while nothing would be lost by stopping at once."""


class Interrupts:
    """Holds SIGINT, SIGTERM and SIGHUP within a `with` block and restores their handlers."""

    def __init__(self) -> None:
        self.received: signal.Signals | None = None
        self._at_once = False

    def __enter__(self) -> Interrupts:
        self._wake_read, self._wake_write = os.pipe()
        self._before = {number: signal.signal(number, self._note) for number in _SIGNALS}
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        os.close(self._wake_read)
        os.close(self._wake_write)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.received = signal.Signals(number)
        os.write(self._wake_write, b"!")
        if self._at_once:
            raise Interrupted

    @contextmanager
    def immediate(self) -> Iterator[None]:
        """Raise `Interrupted` at once in this block, for a wait on the network or the user."""
        if self.received:
            raise Interrupted
        self._at_once = True
        try:
            yield
        finally:
            self._at_once = False

    def pause(self, seconds: float) -> None:
        """Sleep, but no longer than until a signal; then raise `Interrupted`."""
        select.select([self._wake_read], [], [], seconds)
        if self.received:
            raise Interrupted

    def take(self) -> signal.Signals | None:
        """The signal that came, which is then forgotten."""
        received, self.received = self.received, None
        while select.select([self._wake_read], [], [], 0)[0]:
            os.read(self._wake_read, 64)
        return received
