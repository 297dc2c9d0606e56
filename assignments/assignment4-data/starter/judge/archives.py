"""Small web archives: a gzip member for each record, as crawls have them."""

from __future__ import annotations

import gzip
import html
from collections.abc import Iterable
from pathlib import Path

BLANK = "\r\n\r\n"


def member(kind: str, block: bytes, url: str = "", length: int | None = None) -> bytes:
    """One record, compressed by itself; `length` is what its header says instead of the truth."""
    said = len(block) if length is None else length
    target = f"\r\nWARC-Target-URI: {url}" if url else ""
    mime = "application/http; msgtype=response" if kind == "response" else "text/plain"
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}{target}\r\nWARC-Date: 2026-03-01T12:00:00Z\r\n"
        f"WARC-Record-ID: <urn:x-judge:{kind}:{url}>\r\n"
        f"Content-Type: {mime}\r\nContent-Length: {said}{BLANK}"
    )
    return gzip.compress(head.encode() + block + BLANK.encode(), mtime=0)


def answer(
    url: str,
    body: bytes,
    *,
    status: str = "200 OK",
    mime: str = "text/html; charset=utf-8",
    more: str = "",
    length: int | None = None,
) -> bytes:
    """A server's answer as a record; `more` are further HTTP headers, each with its line's end."""
    lines = f"HTTP/1.1 {status}\r\nContent-Type: {mime}\r\n{more}\r\n"
    return member("response", lines.encode() + body, url, length)


def page(text: str) -> bytes:
    """A page with a paragraph for each line."""
    inner = "".join(f"<p>{html.escape(line)}</p>\n" for line in text.splitlines())
    return f"<!doctype html><html><body><main>\n{inner}</main></body></html>".encode()


def in_chunks(data: bytes, sizes: Iterable[int]) -> bytes:
    """The body as a server sends it in chunks; the last one takes what is left."""
    sent, at = b"", 0
    for size in [*sizes, len(data)]:
        piece = data[at : at + size]
        at += size
        if piece:
            sent += f"{len(piece):x}\r\n".encode() + piece + b"\r\n"
    return sent + b"0\r\n\r\n"


def broken(data: bytes) -> bytes:
    """A gzip member with zeros in its middle."""
    middle = len(data) // 2
    return data[: middle - 10] + bytes(20) + data[middle + 10 :]


def write(path: Path, members: Iterable[bytes]) -> Path:
    """An archive of these members."""
    path.write_bytes(b"".join(members))
    return path
