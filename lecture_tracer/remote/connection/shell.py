"""A login shell on the cluster that runs scripts one after another over one ssh session.

A cluster's login files and modules can take a second: they are read once here, not once a step.
Each script runs in a subshell of its own, so that nothing of it stays but files.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import select
import shlex
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence

from lecture_tracer.remote.errors import ConnectionLostError, RemoteError

START_LIMIT_S = 60.0

# The login shell may be any; what follows is for bash. Sent alone, since tcsh reads ahead. A bash
# goes on as it is: it may have functions, such as `module`, that a new one would not get.
_BECOME_BASH = (
    "expr \"$SHELL\" : '.*/bash$' > /dev/null && echo ::shell "
    '|| exec bash -l -c "echo ::shell; exec bash -l"\n'
)


class RemoteShell:
    """The shell's process on this side. `host` is for messages."""

    def __init__(self, command: Sequence[str], host: str, setup: str) -> None:
        """Start `command` (ssh to a login shell) and run the `setup` lines in it.

        Raises `ConnectionLostError`, or `RemoteError` (`setup`) when a line of `setup` fails.
        """
        self._host = host
        self._nonce = secrets.token_hex(8)
        self._messages = tempfile.TemporaryFile()  # noqa: SIM115  # open as long as the shell
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._messages,
            start_new_session=True,  # a Ctrl-C is for us to answer, not for ssh to die of
        )
        self._held = b""
        try:
            self._send(_BECOME_BASH.encode())
            self._read_to(b"::shell\n", START_LIMIT_S)
            self._send(
                b"cd\n"
            )  # a relative folder is the home folder's, whatever the login files did
            if setup:
                self._run_setup(setup)
        except BaseException:
            self.close()
            raise

    def run(
        self, script: str, limit_s: float, show: Callable[[bytes], None] | None = None
    ) -> tuple[int, bytes]:
        """Exit status and output (standard error included) of a script.

        `show` gets the output while it comes. Raises `ConnectionLostError` when the connection
        breaks or `limit_s` is over; the shell can then only be closed.
        """
        # All of the subshell is read before it starts: no command can swallow the rest.
        return self._run(f"(\n{script}\n) </dev/null 2>&1", limit_s, show)

    def close(self) -> None:
        """End the session; a script that is running gets no more input and nowhere to write."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self._process.terminate()
        self._process.wait()
        self._messages.close()

    def _run_setup(self, setup: str) -> None:
        try:
            command = f"eval {shlex.quote(setup)} </dev/null 2>&1"
            code, said = self._run(command, START_LIMIT_S)
        except ConnectionLostError:
            if self._process.poll() in (None, 255):
                raise
            code, said = 1, b"the shell ended"
        if code != 0:
            message = f"'setup' failed on {self._host!r}: {last_line(said)}"
            raise RemoteError("setup", f"{message}; try its commands by hand there")

    def _run(
        self, command: str, limit_s: float, show: Callable[[bytes], None] | None = None
    ) -> tuple[int, bytes]:
        mark = f"\n::step {self._nonce} "
        self._send(
            f"{command}\nprintf '{mark.encode('unicode_escape').decode()}%s\\n' $?\n".encode()
        )
        output = self._read_to(mark.encode(), limit_s, show)
        return int(self._read_to(b"\n", limit_s)), output

    def _send(self, text: bytes) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(text)
            self._process.stdin.flush()
        except OSError as error:
            raise self._lost() from error

    def _read_to(
        self, mark: bytes, limit_s: float, show: Callable[[bytes], None] | None = None
    ) -> bytes:
        """What comes before `mark`; what comes after it is held for the next call."""
        assert self._process.stdout is not None
        source = self._process.stdout.fileno()
        deadline = time.monotonic() + limit_s
        parts = self._held
        shown = 0
        while mark not in parts:
            ready, _, _ = select.select([source], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                message = f"{self._host!r} did not answer for {limit_s:.0f} s"
                raise ConnectionLostError(message)
            new = os.read(source, 1 << 20)
            if not new:
                raise self._lost()
            parts += new
            if (
                show
                and (whole := parts.find(mark) if mark in parts else parts.rfind(b"\n")) > shown
            ):
                show(parts[shown:whole])
                shown = whole
        before, _, self._held = parts.partition(mark)
        return before

    def _lost(self) -> ConnectionLostError:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=1)
        self._messages.seek(0)
        said = last_line(self._messages.read())
        return ConnectionLostError(f"the connection to {self._host!r} broke: {said}")


def last_line(text: bytes) -> str:
    """The last line that is not empty and not one of our frames."""
    lines = [line.strip() for line in text.decode(errors="replace").splitlines()]
    spoken = [line for line in lines if line and not line.startswith("::")]
    return spoken[-1] if spoken else "no message"
