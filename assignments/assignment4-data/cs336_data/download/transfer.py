"""Bytes from a server into a file: whole files that resume, and single records by their range.

What is not complete lies in a hidden neighbour, `.NAME.part`; the same command goes on there. A
whole file is taken up only if the server still has the same one (If-Range). Of single records the
lengths are known, so how far a partial file has come is read off its size.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

from cs336_data.download.client import (
    Answer,
    Client,
    DownloadError,
    PastTheEndError,
    TransientError,
)
from cs336_data.download.index import Capture

CHUNK = 1 << 18
GZIP = b"\x1f\x8b"
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")
Show = Callable[[int], object]  # told how many bytes, or records, came


def fetch_file(client: Client, url: str, target: Path, show: Show = lambda _: None) -> Path:
    """Download a file unless it is there; a partial one is gone on with.

    Raises:
        DownloadError: it cannot be had; what came so far stays.
        OSError: it cannot be written.
    """
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    try:
        client.retried(lambda: _go_on(client, url, part, show))
    except PastTheEndError as error:  # all was here, but for the name; or it is another file
        if error.total != _state(part)[0]:
            _seal(part).unlink(missing_ok=True)
            client.retried(lambda: _go_on(client, url, part, show))
    part.replace(target)
    _seal(part).unlink(missing_ok=True)
    return target


def _go_on(client: Client, url: str, part: Path, show: Show) -> None:
    """One attempt at the rest of a file."""
    have, seal = _state(part)
    headers = {"Range": f"bytes={have}-", "If-Range": seal} if have else {}
    with client.opened(url, headers) as answer:
        resumed = answer.status == 206
        if resumed:
            first, total = _content_range(url, answer)
            if first != have:
                raise DownloadError(f"{url}: asked from byte {have:,}, got from {first:,}")
        else:
            length = answer.headers.get("Content-Length") or ""
            total = int(length) if length.isdigit() else None
            have = 0
            # Only a strong mark says that bytes are the same; without one, begin again next time.
            strong = answer.headers.get("ETag") or ""
            _seal(part).write_text("" if strong.startswith("W/") else strong, encoding="utf-8")
        with part.open("r+b" if resumed else "wb") as file:
            file.seek(have)
            received = _copy(answer, file, show)
        answer.check_length(received)
    if total is not None and part.stat().st_size != total:
        raise TransientError(f"{url}: {part.stat().st_size:,} of {total:,} bytes are here")


def _state(part: Path) -> tuple[int, str]:
    """(bytes that are there, the mark of the file that they are of); 0 if they are of no use."""
    try:
        seal = _seal(part).read_text(encoding="utf-8").strip()
        return (part.stat().st_size, seal) if seal else (0, "")
    except FileNotFoundError:
        return 0, ""


def _seal(part: Path) -> Path:
    return part.with_name(f"{part.name}.etag")


def _copy(answer: Answer, file: BinaryIO, show: Show) -> int:
    received = 0
    while chunk := answer.read(CHUNK):
        file.write(chunk)
        received += len(chunk)
        show(len(chunk))
    return received


def _content_range(url: str, answer: Answer) -> tuple[int, int | None]:
    found = _RANGE.fullmatch(answer.headers.get("Content-Range") or "")
    if not found:
        raise DownloadError(f"{url}: a partial answer without its range")
    return int(found[1]), None if found[3] == "*" else int(found[3])


def fetch_records(
    client: Client,
    captures: Sequence[Capture],
    data: str,
    target: Path,
    show: Show = lambda _: None,
) -> Path:
    """Download records, each by its range, into one archive in their order.

    Each is a gzip member, so they make a .warc.gz as they lie.

    Raises:
        DownloadError: one cannot be had; those before it stay, the same call goes on.
        OSError: it cannot be written.
    """
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    listed = json.dumps([[c.path, c.offset, c.length] for c in captures])
    digest = hashlib.sha256(listed.encode()).hexdigest()[:12]  # another list, another partial file
    part = target.with_name(f".{target.name}.{digest}.part")
    with part.open("ab") as file:
        at = 0
        for capture in captures:
            end = at + capture.length
            if os.fstat(file.fileno()).st_size < end:
                file.truncate(at)
                file.write(_record(client, capture, data))
                file.flush()
            at = end
            show(1)
    part.replace(target)
    return target


def _record(client: Client, capture: Capture, data: str) -> bytes:
    """The bytes of one record."""
    url = f"{data}/{capture.path}"
    last = capture.offset + capture.length - 1

    def once() -> bytes:
        with client.opened(url, {"Range": f"bytes={capture.offset}-{last}"}) as answer:
            if answer.status != 206:
                raise DownloadError(f"{url}: the server sends the whole file instead of a range")
            first, _ = _content_range(url, answer)
            body = answer.read(capture.length + 1)
            if first != capture.offset or len(body) > capture.length:
                raise DownloadError(f"{url}: got another range than {capture.offset}-{last}")
            if len(body) < capture.length:
                raise TransientError(f"{url}: {len(body):,} of {capture.length:,} bytes came")
            if not body.startswith(GZIP):
                raise DownloadError(f"{url}: no record at {capture.offset} (index out of date?)")
            return body

    return client.retried(once)
