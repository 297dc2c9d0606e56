"""Stands in for `sys.stdout` and `sys.stderr`: text goes to a function instead of a terminal."""

import codecs
import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Write = Callable[[str, str], None]


class _Raw(io.RawIOBase):
    """Takes UTF-8 bytes, so that `sys.stdout.buffer` works too; characters may arrive in parts."""

    def __init__(self, name: str, write: Write) -> None:
        self._name = name
        self._write = write
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        content = bytes(data)  # type: ignore[call-overload]
        text = self._decoder.decode(content)
        if text:
            self._write(self._name, text)
        return len(content)


@contextmanager
def captured(write: Write) -> Iterator[None]:
    """Send both streams to `write(name, text)` inside the block, then put back what was there.

    `sys.__stdout__` too: a lecture that replaced `sys.stdout` puts it back from there.
    """
    before = sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__
    ours = [
        io.TextIOWrapper(_Raw(name, write), "utf-8", "replace", write_through=True)  # type: ignore[type-var]
        for name in ("stdout", "stderr")
    ]
    sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__ = *ours, *ours  # type: ignore[assignment, misc]
    try:
        yield
    finally:
        sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__ = before  # type: ignore[misc]
