"""Repeats a step over a connection that broke, opening it again with growing pauses."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from lecture_tracer.remote.connection.ssh import Connection
from lecture_tracer.remote.errors import ConnectionLostError

Result = TypeVar("Result")

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 20.0


class Reconnecting:
    """Call it with a step: the step runs, and runs again after each lost connection.

    `say` gets one line when the connection breaks and one when it is back; `pause` sleeps.
    After `limit_s` seconds without a connection the `ConnectionLostError` is raised.
    """

    def __init__(
        self,
        connection: Connection,
        say: Callable[[str], None],
        pause: Callable[[float], None],
        limit_s: float,
    ) -> None:
        self.connection = connection
        self._say = say
        self._pause = pause
        self._limit_s = limit_s

    def __call__(self, step: Callable[[], Result]) -> Result:
        """Run `step` until it is through."""
        deadline: float | None = None
        while True:
            try:
                return step()
            except ConnectionLostError as error:
                deadline = deadline or time.monotonic() + self._limit_s
                self._reopen(error, deadline)

    def _reopen(self, error: ConnectionLostError, deadline: float) -> None:
        self._say(f"{error}; trying again, the jobs are not affected")
        pause_s = FIRST_PAUSE_S
        while True:
            if time.monotonic() > deadline:
                raise error
            self._pause(pause_s)
            pause_s = min(pause_s * 1.5, LONGEST_PAUSE_S)
            try:
                self.connection.open()
            except ConnectionLostError as still:
                error = still
            else:
                self._say(f"connected to {self.connection.host!r} again")
                return
