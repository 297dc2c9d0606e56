"""The members of a .gz file one by one, each decompressed in bounded memory; damage is skipped.

Common Crawl compresses each record alone, so a file is a row of gzip members. That is what makes a
damaged file readable: behind the damage, the next member begins with the bytes 1f 8b 08, and begins
a record if what it decompresses to starts with "WARC/".
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

MAGIC = b"\x1f\x8b\x08"
CHUNK = 1 << 18
_GZIP = 31  # zlib's code for a gzip header and trailer


@dataclass(frozen=True, slots=True)
class Member:
    """One gzip member: where it lies, its first bytes, and whether it could be read to its end."""

    offset: int
    end: int  # offset behind it
    data: bytes  # at most as many bytes as asked for
    size: int  # bytes of the whole
    fault: str = ""  # "", "cut off" (the file ends inside) or "damaged"


class Window:
    """A stretch of a file held in memory, read on demand and forgotten once it has been used."""

    def __init__(self, file: BinaryIO, start: int) -> None:
        file.seek(start)
        self._file, self.start, self.bytes = file, start, b""

    def fill(self) -> bool:
        """Read one more chunk; False at the end of the file."""
        chunk = self._file.read(CHUNK)
        self.bytes += chunk
        return bool(chunk)

    def forget(self, count: int) -> None:
        """Drop the first `count` bytes."""
        self.bytes = self.bytes[count:]
        self.start += count

    def seek(self, offset: int) -> None:
        """Go to another place of the file."""
        self._file.seek(offset)
        self.start, self.bytes = offset, b""


def read_members(file: BinaryIO, start: int, keep: int) -> Iterator[Member]:
    """Members from `start` on, with the first `keep` bytes of each; nothing else of it is held.

    A stretch that cannot be read is one member with a fault; reading goes on at the next member
    that begins a record.
    """
    window = Window(file, start)
    while window.bytes or window.fill():
        member = _read_member(window, keep)
        if member.fault == "damaged":
            end = find_record(file, member.offset + 1)
            member = Member(member.offset, end, member.data, member.size, member.fault)
            window.seek(end)
        yield member


def _read_member(window: Window, keep: int) -> Member:
    offset = window.start
    inflater = zlib.decompressobj(_GZIP)
    kept: list[bytes] = []
    size = 0
    while True:
        data = window.bytes
        window.forget(len(data))
        try:
            while data and not inflater.eof:
                out = inflater.decompress(data, CHUNK)
                data = inflater.unconsumed_tail
                if size < keep:
                    kept.append(out[: keep - size])
                size += len(out)
        except zlib.error:
            return Member(offset, window.start, b"".join(kept), size, "damaged")
        if inflater.eof:
            rest = inflater.unused_data
            window.start -= len(rest)
            window.bytes = rest
            return Member(offset, window.start, b"".join(kept), size)
        if not window.fill():
            return Member(offset, window.start, b"".join(kept), size, "cut off")


def find_record(file: BinaryIO, start: int) -> int:
    """Offset of the next member that begins a record, or the file's end."""
    window = Window(file, start)
    while window.fill():
        at = window.bytes.find(MAGIC)
        while at >= 0:
            while len(window.bytes) < at + 512 and window.fill():
                pass  # enough to see the first words
            if begins_record(window.bytes[at : at + 4096]):
                return window.start + at
            at = window.bytes.find(MAGIC, at + 1)
        window.forget(max(0, len(window.bytes) - len(MAGIC) + 1))
    return window.start + len(window.bytes)


def begins_record(compressed: bytes) -> bool:
    """Whether the bytes begin a gzip member of a web archive's record."""
    try:
        return zlib.decompressobj(_GZIP).decompress(compressed, 16).startswith(b"WARC/")
    except zlib.error:
        return False
