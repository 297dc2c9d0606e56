"""Files compressed for their readers: once a version, off the event loop, sent in pieces.

A class of 200 opens the same trace at the same moment. The first request compresses it, the others
wait for the same result, and nobody holds more of it than one piece.
"""

import asyncio
import sys
import zlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Protocol

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

KEPT = 8
"""Compressed files that are kept, the least recently asked for goes first."""
READ_BYTES = 1 << 20
PIECE_BYTES = 1 << 17
GZIP_LEVEL, ZSTD_LEVEL = 6, 6
_GZIP_WINDOW = 31  # zlib's 15 bits, with gzip's header and check sum


class _Compressor(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...

    def flush(self) -> bytes: ...


def accepted_encoding(accept: str) -> str:
    """`zstd`, `gzip` or `` (none), from a request's `Accept-Encoding`."""
    qualities: dict[str, float] = {}
    for part in accept.lower().split(","):
        name, _, parameter = part.partition(";")
        key, _, quality = parameter.strip().partition("=")
        try:
            qualities[name.strip()] = float(quality) if key == "q" else 1.0
        except ValueError:
            qualities[name.strip()] = 0.0
    anything = qualities.get("*", 0.0)
    return next((name for name in ("zstd", "gzip") if qualities.get(name, anything) > 0), "")


class CompressedFiles:
    """What was compressed of late. All methods are called on the event loop."""

    def __init__(self) -> None:
        self._tasks: dict[tuple[str, str, int], asyncio.Task[bytes]] = {}

    async def get(self, path: Path, modified: int, encoding: str) -> bytes:
        """The file in `encoding`; `modified` tells its versions apart. Raises OSError."""
        key = (str(path), encoding, modified)
        task = self._tasks.pop(key, None)
        if task is None or (task.done() and task.exception() is not None):
            for old in [k for k in self._tasks if k[:2] == key[:2]]:
                del self._tasks[old]
            task = asyncio.create_task(asyncio.to_thread(_compressed, path, encoding))
        self._tasks[key] = task  # the last is the most recent
        for old in list(self._tasks)[:-KEPT]:
            del self._tasks[old]
        # A reader that leaves must not end the work that others wait for.
        return await asyncio.shield(task)


async def pieces(content: bytes) -> AsyncIterator[bytes]:
    """The content in parts: a slow reader is waited for before it gets the next."""
    for start in range(0, len(content), PIECE_BYTES):
        yield content[start : start + PIECE_BYTES]


def _compressed(path: Path, encoding: str) -> bytes:
    compressor: _Compressor
    if encoding == "zstd":
        compressor = zstd.ZstdCompressor(level=ZSTD_LEVEL)
    else:
        compressor = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)
    parts = [compressor.compress(part) for part in _parts(path)]
    return b"".join([*parts, compressor.flush()])


def _parts(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while part := file.read(READ_BYTES):
            yield part
