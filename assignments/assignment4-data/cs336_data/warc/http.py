"""From a record to a page: status, type and encoding of a response; bodies of bounded size."""

from __future__ import annotations

import io
import re
import zlib
from dataclasses import dataclass

from fastwarc.stream_io import BrotliReader
from fastwarc.warc import WarcRecord

HTML_TYPES = ("text/html", "application/xhtml+xml")
TEXT_TYPES = ("text/plain",)


class TooLargeError(ValueError):
    """A body is larger than allowed once it is decoded."""


class BadBodyError(ValueError):
    """A body cannot be decoded as its headers say."""


@dataclass(frozen=True, slots=True)
class Response:
    """What an HTTP response says of itself."""

    status: int
    mime: str
    charset: str | None
    transfer: str
    content: str
    location: str


def read_response(record: WarcRecord) -> Response:
    """Parse the headers of a response; the record's reader then stands at the body.

    Raises:
        OSError: these are no HTTP headers.
    """
    record.parse_http("none")
    headers = record.http_headers
    if headers is None or headers.status_code is None:
        raise OSError("no HTTP status line")
    fields = {str(name).lower(): str(value) for name, value in headers.items()}
    mime, _, parameters = fields.get("content-type", "").partition(";")
    charset = re.search(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", parameters, re.I)
    return Response(
        int(headers.status_code),
        mime.strip().lower(),
        charset[1] if charset else None,
        fields.get("transfer-encoding", "").lower(),
        fields.get("content-encoding", "").lower().strip(),
        fields.get("location", ""),
    )


def decode_body(body: bytes, transfer: str, content: str, limit: int) -> bytes:
    """Undo chunks and compression, to `limit` bytes.

    Archives often keep the headers of an encoding that they have undone, so a body that does not
    look like what is declared stays as it is.

    Raises:
        TooLargeError: more than `limit` bytes come out (a bomb, or a large page).
        BadBodyError: it looks right but cannot be decoded.
    """
    if "chunked" in transfer:
        body = unchunked(body)
    for coding in filter(None, map(str.strip, content.split(","))):
        if coding in ("gzip", "x-gzip") and body.startswith(b"\x1f\x8b"):
            body = _inflate(body, 31, limit)
        elif coding == "deflate" and not body.lstrip().startswith(b"<"):
            body = _inflate(body, 15 if body[:1] == b"\x78" else -15, limit)
        elif coding == "br" and not body.lstrip().startswith(b"<"):
            body = _brotli(body, limit)
    if len(body) > limit:
        raise TooLargeError(f"more than {limit:,} bytes")
    return body


def unchunked(body: bytes) -> bytes:
    """The chunks of a body joined; the body itself if it does not begin with a chunk's size."""
    parts: list[bytes] = []
    at = 0
    while True:
        end = body.find(b"\r\n", at, at + 64)
        line = body[at:end].split(b";")[0].strip() if end >= 0 else b""
        if not re.fullmatch(rb"[0-9A-Fa-f]{1,8}", line):
            return b"".join(parts) if parts else body
        size = int(line, 16)
        if size == 0:
            return b"".join(parts)
        parts.append(body[end + 2 : end + 2 + size])
        at = end + 2 + size + 2


def _inflate(body: bytes, window_bits: int, limit: int) -> bytes:
    inflater = zlib.decompressobj(window_bits)
    try:
        decoded = inflater.decompress(body, limit + 1)
    except zlib.error as error:
        raise BadBodyError(f"compressed body: {error}") from error
    if len(decoded) > limit:
        raise TooLargeError(f"more than {limit:,} bytes once decompressed")
    return decoded


def _brotli(body: bytes, limit: int) -> bytes:
    try:
        decoded = BrotliReader(io.BytesIO(body)).read(limit + 1)
    except OSError as error:
        raise BadBodyError(f"compressed body: {error}") from error
    if len(decoded) > limit:
        raise TooLargeError(f"more than {limit:,} bytes once decompressed")
    return decoded
