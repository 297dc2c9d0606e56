"""The journal of a run: what is done for good, line by line, so that a run goes on where it
stopped.

Data files are synced before the line that speaks of them is written, so a line that can be read is
true. The last line may be torn by a kill: it carries a checksum and is ignored. What lies in the
data files behind the last line is cut off on resuming.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

Entry = dict[str, Any]


class JournalError(ValueError):
    """A journal of another run, or one that cannot be read."""


class Journal:
    """An append-only file of entries."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None

    def read(self) -> list[Entry]:
        """All entries that were written whole."""
        entries = []
        try:
            lines = self._path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return []
        for line in lines:
            entry = _parse(line)
            if entry is None:
                break
            entries.append(entry)
        return entries

    def open(self, entries: list[Entry]) -> None:
        """Open for writing behind `entries`; anything else in the file is cut off."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._path.open("r+b" if self._path.exists() else "w+b")
        self._file.truncate(sum(len(_line(entry)) for entry in entries))
        self._file.seek(0, os.SEEK_END)

    def write(self, entries: list[Entry]) -> None:
        """Append entries and sync them to the disk."""
        assert self._file is not None, "open the journal first"
        self._file.write(b"".join(map(_line, entries)))
        sync(self._file)

    def close(self) -> None:
        """Close the file."""
        if self._file:
            self._file.close()
            self._file = None


def sync(file: BinaryIO) -> None:
    """Write what is buffered and wait until it is on the disk."""
    file.flush()
    os.fsync(file.fileno())


def _line(entry: Entry) -> bytes:
    body = json.dumps(entry, sort_keys=True, separators=(",", ":")).encode()
    return b"%08x %s\n" % (zlib.crc32(body), body)


def _parse(line: bytes) -> Entry | None:
    head, _, body = line.partition(b" ")
    if len(head) != 8 or not body or b"%08x" % zlib.crc32(body) != head:
        return None
    entry: Entry = json.loads(body)
    return entry


def of_stage(entries: list[Entry], stage: str) -> Iterator[Entry]:
    """Entries of one stage, in order."""
    return (entry for entry in entries if entry.get("stage") == stage)
