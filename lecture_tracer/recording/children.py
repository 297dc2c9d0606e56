"""What programs print that the lecture starts, to the step that started them.

A program writes to the descriptors that it inherits, past `sys.stdout`. Where code of the project
calls `subprocess` or `os.system` and does not say where the output is to go, it goes to a file that
is read while the lecture goes on. Programs that libraries start keep the terminal.
"""

import inspect
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any

from lecture_tracer.recording.streams import Write

_STREAMS = (("stdout", 1), ("stderr", 2))


class _Printed:
    """The two files, and how far each has been read."""

    def __init__(self, write: Write) -> None:
        self.files: dict[str, IO[bytes]] = {}
        self._read = dict.fromkeys(("stdout", "stderr"), 0)
        self._write = write

    def file(self, name: str) -> IO[bytes]:
        """The file of one stream; made when it is first needed."""
        if name not in self.files:
            # Each program gets a copy of the descriptor: with O_APPEND none writes over another.
            self.files[name] = tempfile.TemporaryFile("ab+")  # noqa: SIM115  closed at the end
        return self.files[name]

    def take(self) -> None:
        """Pass on what came since the last time."""
        for name, file in self.files.items():
            with suppress(OSError):  # the lecture may have closed it
                at = self._read[name]
                content = os.pread(file.fileno(), 1 << 24, at)
                if content:
                    self._read[name] = at + len(content)
                    self._write(name, content.decode("utf-8", "replace"))

    def close(self) -> None:
        """Give the files back."""
        for file in self.files.values():
            with suppress(OSError):
                file.close()


@contextmanager
def captured_children(
    write: Write, is_ours: Callable[[str], bool], started: Callable[[Callable[[], None]], None]
) -> Iterator[None]:
    """Send what started programs print to `write(name, text)` inside the block.

    `is_ours(path)`: whether code of that file counts. When the first program starts, `started` is
    given the function that passes on what has been printed so far; it is to be called often.
    """
    printed = _Printed(write)
    # Slow to import; a lecture that can show anything has it.
    subprocess: Any = sys.modules.get("subprocess")
    popen: Any = subprocess.Popen.__init__ if subprocess else None
    signature: Any = inspect.signature(popen) if popen else None
    system = os.system

    def prepared() -> bool:
        ours = is_ours(_caller(getattr(subprocess, "__file__", "")))
        if ours and not printed.files:
            started(printed.take)
        return ours

    def init(self: Any, *given: Any, **named: Any) -> None:
        if prepared():
            bound = signature.bind(self, *given, **named)
            for name, _ in _STREAMS:
                if bound.arguments.get(name) is None:
                    bound.arguments[name] = printed.file(name)
            popen(*bound.args, **bound.kwargs)
        else:
            popen(self, *given, **named)

    def run(command: Any) -> int:
        if not prepared():
            return system(command)
        kept = [os.dup(number) for _, number in _STREAMS]
        try:
            for name, number in _STREAMS:
                os.dup2(printed.file(name).fileno(), number)
            return system(command)
        finally:
            for (_, number), copy in zip(_STREAMS, kept, strict=True):
                os.dup2(copy, number)
                os.close(copy)

    os.system = run
    if subprocess:
        subprocess.Popen.__init__ = init
    try:
        yield
    finally:
        os.system = system
        if subprocess:
            subprocess.Popen.__init__ = popen
        printed.take()
        printed.close()


def _caller(subprocess_file: str) -> str:
    """File of the code that starts the program: the first outside this module and `subprocess`."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename in (__file__, subprocess_file):
        frame = frame.f_back
    return frame.f_code.co_filename
