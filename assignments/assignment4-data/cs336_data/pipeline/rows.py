"""Rows in frames: a file of jsonl where every block is a zstd frame of its own.

Any zstd tool reads the file as one; here a row is found by its frame, so that near duplicates can
be compared without holding texts in memory. One thread and a fixed level: the same rows, the same
bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import zstandard

LEVEL = 6
Row = dict[str, Any]


def pack(rows: Iterable[Row]) -> bytes:
    """One frame with a line for each row; nothing for no rows."""
    lines = [json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows]
    if not lines:
        return b""
    data = ("\n".join(lines) + "\n").encode("utf-8")
    return zstandard.ZstdCompressor(level=LEVEL, threads=0).compress(data)


def lines(frame: bytes) -> list[bytes]:
    """The rows of a frame, not parsed yet."""
    return [line for line in zstandard.ZstdDecompressor().decompress(frame).split(b"\n") if line]


def read_rows(path: Path) -> Iterator[Row]:
    """All rows of a jsonl.zst file, in bounded memory."""
    with path.open("rb") as file:
        reader = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
        held = b""
        while chunk := reader.read(1 << 20):
            *lines, held = (held + chunk).split(b"\n")
            yield from (json.loads(line) for line in lines if line)
        if held:
            yield json.loads(held)


class FramedRows:
    """Rows by number, of a file whose frames are known: (offset, size, rows) of each."""

    def __init__(self, path: Path, frames: list[tuple[int, int, int]]) -> None:
        self._path, self._frames = path, frames
        self._frame_of = [i for i, (_, _, rows) in enumerate(frames) for _ in range(rows)]
        firsts = [0]
        for _, _, rows in frames:
            firsts.append(firsts[-1] + rows)
        self._firsts = firsts
        self._cached = lru_cache(maxsize=32)(self._read)

    def __len__(self) -> int:
        return len(self._frame_of)

    def __getitem__(self, number: int) -> Row:
        frame = self._frame_of[number]
        row: Row = json.loads(self._cached(frame)[number - self._firsts[frame]])
        return row

    def __iter__(self) -> Iterator[Row]:
        for i in range(len(self._frames)):
            yield from map(json.loads, self._read(i))

    def _read(self, frame: int) -> list[bytes]:
        """Lines of a frame: who compares two rows of it need not parse the others."""
        offset, size, _ = self._frames[frame]
        with self._path.open("rb") as file:
            file.seek(offset)
            return lines(file.read(size))
