"""Writes web archives: one gzip member a record, as Common Crawl does; the same input, the same
bytes.
"""

from __future__ import annotations

import hashlib
import uuid
import zlib
from collections.abc import Mapping
from typing import BinaryIO

VERSION = "WARC/1.0"


def response_record(
    url: str,
    http_body: bytes,
    *,
    content_type: str = "text/html",
    status: str = "200 OK",
    date: str = "2026-01-01T00:00:00Z",
    http_headers: Mapping[str, str] | None = None,
    warc_headers: Mapping[str, str] | None = None,
) -> bytes:
    """A response record, uncompressed."""
    http = "".join(f"{k}: {v}\r\n" for k, v in (http_headers or {}).items())
    head = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\n{http}\r\n".encode()
    return record(
        "response", head + http_body, url=url, date=date,
        content_type="application/http; msgtype=response", headers=warc_headers,
    )  # fmt: skip


def record(
    kind: str,
    block: bytes,
    *,
    url: str | None = None,
    date: str = "2026-01-01T00:00:00Z",
    content_type: str = "text/plain",
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """A record of any type, uncompressed. Its id is made of its content, so files are the same
    again.
    """
    digest = hashlib.sha1(block, usedforsecurity=False).hexdigest()
    name = uuid.uuid5(uuid.NAMESPACE_URL, f"{kind} {url} {digest}")
    lines = [VERSION, f"WARC-Type: {kind}", f"WARC-Record-ID: <urn:uuid:{name}>"]
    if url:
        lines.append(f"WARC-Target-URI: {url}")
    lines += [f"WARC-Date: {date}", f"Content-Type: {content_type}"]
    lines += [f"{key}: {value}" for key, value in (headers or {}).items()]
    lines.append(f"Content-Length: {len(block)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + block + b"\r\n\r\n"


def compressed(data: bytes, level: int = 6) -> bytes:
    """`data` as one gzip member without a date."""
    deflater = zlib.compressobj(level, zlib.DEFLATED, 31)
    return deflater.compress(data) + deflater.flush()


class WarcWriter:
    """Writes records into a file, a gzip member each, after one that describes the archive."""

    def __init__(self, file: BinaryIO, about: str) -> None:
        self._file = file
        self.records = 0
        self.write(record("warcinfo", about.encode(), content_type="application/warc-fields"))

    def write(self, data: bytes) -> None:
        """Append one record."""
        self._file.write(compressed(data))
        self.records += 1
