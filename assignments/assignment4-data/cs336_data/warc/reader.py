"""Web archives to pages: WARC and WET, gzipped record by record, gzipped as a whole, or plain.

    for item in read_archive("CC-MAIN-….warc.gz"):
        ...   # Page or Skipped; every record of the file is exactly one of them

Records are parsed by fastwarc. What it lacks is what a crawl's files need: it raises at a damaged
member and the rest of the file is lost; it hands out a record that is cut off without a word; it
believes a wrong Content-Length and swallows what follows. So the frame is found here: in a gzipped
file the next member, in a plain one the next line that begins with "WARC/1.".
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Literal

from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from cs336_data.warc.http import (
    HTML_TYPES,
    TEXT_TYPES,
    BadBodyError,
    TooLargeError,
    decode_body,
    read_response,
)
from cs336_data.warc.items import Item, Page, Place, Skipped
from cs336_data.warc.members import MAGIC, Member, read_members

MAX_PAGE_BYTES = 10_000_000
HEADER_BYTES = 1 << 16  # a record's own headers and those of HTTP, beside the body
LABEL_HEADER = "WARC-Planted"  # of archives made by make_warc: what kind of junk a page is
_STREAMS = (b"\x28\xb5\x2f\xfd", b"\x04\x22\x4d\x18")  # zstd, lz4
_NEXT = b"\r\n\r\nWARC/1."


def read_archive(
    path: str | os.PathLike[str],
    max_page_bytes: int = MAX_PAGE_BYTES,
    start: Place = Place(0),  # noqa: B008 (frozen)
) -> Iterator[Item]:
    """Yield every record of a file, from `start` (a place of an item yielded before) on.

    Never raises for what the file contains.

    Raises:
        OSError: the file cannot be opened or read.
    """
    with Path(path).open("rb") as file:
        first = file.read(4)
        if not first:
            return
        if first in _STREAMS:
            yield from _from_ordinal(_read_stream(file, max_page_bytes), start)
        elif (
            first.startswith(MAGIC) or Path(path).suffix == ".gz"
        ):  # the first bytes may be damaged
            yield from _read_gzip(file, start, max_page_bytes)
        else:
            yield from _read_plain(file, start.offset, max_page_bytes)


def _read_gzip(file: BinaryIO, start: Place, limit: int) -> Iterator[Item]:
    keep = limit + HEADER_BYTES
    for member in read_members(file, start.offset, keep):
        if member.offset == 0 and member.size > member_end(member.data) > 0:
            file.seek(0)  # several records in one member, perhaps all: no frame to rely on
            yield from _from_ordinal(_read_stream(file, limit), start)
            return
        yield read_member(member, limit)


def member_end(data: bytes) -> int:
    """Bytes of the first record in `data` with its blank lines, or 0 if that cannot be told.

    Only if another record follows there, the member has several; else the length may be wrong.
    """
    head = data.find(b"\r\n\r\n")
    if head < 0:
        return 0
    for line in data[:head].split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length" and value.strip().isdigit():
            end = head + 4 + int(value)
            follows = data[end : end + 32].lstrip(b"\r\n")
            return len(data) - len(data[end:].lstrip(b"\r\n")) if follows[:5] == b"WARC/" else 0
    return 0


def read_member(member: Member, limit: int) -> Item:
    """The record in one gzip member."""
    place = Place(member.offset)
    if member.fault == "damaged":
        lost = member.end - member.offset
        return Skipped(place, "damaged", f"{lost:,} compressed bytes cannot be read")
    if not member.data.startswith(b"WARC/"):
        return Skipped(place, "damaged", "a gzip member that is no record")
    if member.fault:
        return Skipped(place, "cut off", "the file ends inside the record")
    try:
        record = next(iter(ArchiveIterator(io.BytesIO(member.data), parse_http=False)), None)
    except OSError as error:
        return Skipped(place, "damaged", str(error))
    if record is None:
        return Skipped(place, "damaged", "no record in a gzip member")
    if member.size > len(member.data):
        return _other(record, place) or Skipped(place, "too large", f"{member.size:,} bytes")
    head = member.data.find(b"\r\n\r\n") + 4
    if abs(member.size - head - record.content_length) > 4:
        detail = f"Content-Length {record.content_length}, {member.size - head} bytes are there"
        return _other(record, place) or Skipped(place, "wrong length", detail)
    return read_record(record, place, limit)


def _read_plain(file: BinaryIO, start: int, limit: int) -> Iterator[Item]:
    """Records of a plain file; each one's end is checked before the next is believed."""
    offset = start
    size = os.fstat(file.fileno()).st_size
    while offset < size:
        file.seek(offset)
        head = file.read(HEADER_BYTES)
        blank = head.find(b"\r\n\r\n")
        record = None
        if head.startswith(b"WARC/") and blank >= 0:
            file.seek(offset)
            try:
                record = next(iter(ArchiveIterator(file, parse_http=False)), None)
            except OSError:
                record = None
        place = Place(offset)
        if record is None:
            offset = _next_record(file, offset + 1)
            yield Skipped(place, "damaged", f"{offset - place.offset:,} bytes are no record")
            continue
        end = offset + blank + 4 + record.content_length
        following = _follows(file, end, size)
        if following is None:
            reason = "cut off" if end > size else "wrong length"
            offset = _next_record(file, offset + 1)
            detail = f"Content-Length {record.content_length}"
            if reason == "cut off" and offset < size:
                reason = "wrong length"
            yield _other(record, place) or Skipped(place, reason, detail)
            continue
        if record.content_length > limit + HEADER_BYTES:
            detail = f"{record.content_length:,} bytes"
            yield _other(record, place) or Skipped(place, "too large", detail)
        else:
            file.seek(offset)  # checking the end has moved the file below the record
            again = next(iter(ArchiveIterator(file, parse_http=False)))
            yield read_record(again, place, limit)
        offset = following


def _follows(file: BinaryIO, end: int, size: int) -> int | None:
    """Offset of the record that follows at `end` after blank lines, or None if none does."""
    if end > size:
        return None
    file.seek(end)
    after = file.read(64)
    gap = len(after) - len(after.lstrip(b"\r\n"))
    if end + gap >= size or after[gap:].startswith(b"WARC/"):
        return end + gap
    return None


def _next_record(file: BinaryIO, start: int) -> int:
    """Offset of the next line that begins a record, or the file's end."""
    file.seek(start)
    offset, held = start, b""
    while chunk := file.read(1 << 20):
        held += chunk
        at = held.find(_NEXT)
        if at >= 0:
            return offset + at + 4
        offset += max(0, len(held) - len(_NEXT))
        held = held[-len(_NEXT) :]
    return offset + len(held)


def _read_stream(file: BinaryIO, limit: int) -> Iterator[Item]:
    """Records by fastwarc alone, where no frame is known (one gzip member for all, zstd, lz4).

    Damage ends the file: what follows cannot be decompressed.
    """
    file.seek(0)
    ordinal = 0
    try:
        for record in ArchiveIterator(file, parse_http=False):
            place = Place(0, ordinal)
            ordinal += 1
            if record.content_length > limit + HEADER_BYTES:
                detail = f"{record.content_length:,} bytes"
                yield _other(record, place) or Skipped(place, "too large", detail)
                continue
            yield read_record(record, place, limit)
    except OSError as error:
        yield Skipped(Place(0, ordinal), "damaged", f"{error}; the rest of the file is lost")


def _from_ordinal(items: Iterator[Item], start: Place) -> Iterator[Item]:
    for item in items:
        if item.place.ordinal >= start.ordinal:
            yield item


def read_record(record: WarcRecord, place: Place, limit: int) -> Item:
    """The page in a whole record, or why there is none."""
    other = _other(record, place)
    if other:
        return other
    label = record.headers.get(LABEL_HEADER)

    def skipped(reason: str, detail: str = "") -> Skipped:
        return Skipped(place, reason, detail, label)

    url = record.headers.get("WARC-Target-URI") or ""
    if not url:
        return skipped("no address")
    date = record.headers.get("WARC-Date") or ""
    record_id = record.headers.get("WARC-Record-ID") or ""
    url = url.strip("<>")
    if record.record_type == WarcRecordType.conversion:
        body = record.reader.read(limit + 1)
        if len(body) < min(record.content_length, limit + 1):
            return skipped("cut off")
        if len(body) > limit:
            return skipped("too large", f"{record.content_length:,} bytes")
        return Page(place, "text", body, url, date, record_id, "utf-8", label)
    try:
        response = read_response(record)
        if response.status != 200:
            return skipped("status", str(response.status))
        if response.mime and response.mime not in HTML_TYPES + TEXT_TYPES:
            return skipped("not a page", response.mime)
        raw = record.reader.read(limit + HEADER_BYTES)
        body = decode_body(raw, response.transfer, response.content, limit)
    except TooLargeError as error:
        return skipped("too large", str(error))
    except (BadBodyError, OSError) as error:
        return skipped("bad response", str(error))
    if not body.strip():
        return skipped("empty")
    if body[:5] == b"%PDF-" or body[:4] in (b"\x89PNG", b"PK\x03\x04", b"\xff\xd8\xff\xe0"):
        return skipped("not a page", "a file of another kind, whatever its header says")
    kind: Literal["text", "html"] = "text" if response.mime in TEXT_TYPES else "html"
    return Page(place, kind, body, url, date, record_id, response.charset, label)


def _other(record: WarcRecord, place: Place) -> Skipped | None:
    """Why a record of another type is no page."""
    if record.record_type in (WarcRecordType.response, WarcRecordType.conversion):
        return None
    return Skipped(place, "other record", record.headers.get("WARC-Type") or "no type")
