"""One record of a web archive byte by byte, and a small archive that is damaged on purpose."""

import io
from collections.abc import Mapping

from cs336_data.warc.members import Member, read_members
from cs336_data.warc.reader import MAX_PAGE_BYTES, read_member
from cs336_data.warc.writer import compressed, record, response_record
from fastwarc.warc import ArchiveIterator

from lectures.lecture_13.extractors import strip_tags
from lectures.lecture_13.mock_site import HOST
from lectures.lecture_13.pages import PAGES, WANTED, Block, render

DATE = "2026-11-02T04:10:00Z"
KEEP = MAX_PAGE_BYTES


def tiny_record() -> bytes:
    """The record of a page of two chunks, short enough to be read by eye."""
    page = b"<h1>Tide</h1><p>412.6 cm, falling.</p>"
    body = chunked([page[:13], page[13:]])
    http = {"Transfer-Encoding": "chunked"}
    return response_record(f"http://{HOST}/tide.html", body, date=DATE, http_headers=http)


def chunked(parts: list[bytes]) -> bytes:
    """A body as HTTP/1.1 sends it when its length is not known at the start."""
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in [*parts, b""])


def parts_of(data: bytes) -> dict[str, bytes]:
    """A response record cut at its two blank lines: its own headers, those of HTTP, body, end."""
    warc, _, rest = data.partition(b"\r\n\r\n")
    http, _, body = rest.removesuffix(b"\r\n\r\n").partition(b"\r\n\r\n")
    blank = b"\r\n\r\n"
    return {"WARC headers": warc + blank, "HTTP headers": http + blank, "body": body, "end": blank}


def hex_dump(data: bytes, start: int = 0, width: int = 16) -> str:
    """Offset, bytes and characters, as `xxd` shows them; the first byte has the offset `start`."""
    lines = []
    for at in range(0, len(data), width):
        row = data[at : at + width]
        pairs = " ".join(f"{byte:02x}" for byte in row)
        letters = "".join(chr(byte) if 32 <= byte < 127 else "·" for byte in row)
        lines.append(f"{start + at:4d}  {pairs:<{3 * width - 1}}  {letters}")
    return "\n".join(lines)


def dump_by_parts(parts: Mapping[str, bytes]) -> str:
    """The dump of a record, each part below its name."""
    shown, at = [], 0
    for name, data in parts.items():
        shown.append(f"{name}, {len(data)} bytes\n{hex_dump(data, at)}")
        at += len(data)
    return "\n\n".join(shown)


def archive() -> list[bytes]:
    """Six compressed records: one that describes the file, and the five pages of the town."""
    first = compressed(record("warcinfo", b"software: lecture 13", date=DATE))
    pages = [
        compressed(response_record(f"http://{HOST}/{n}.html", render(n).encode(), date=DATE))
        for n in PAGES
    ]
    return [first, *pages]


def damaged(members: list[bytes], which: int = 2, at: int = 200, length: int = 20) -> bytes:
    """The archive as one file, with zeros over `length` bytes inside one member."""
    broken = bytearray(members[which])
    broken[at : at + length] = bytes(length)
    return b"".join([*members[:which], bytes(broken), *members[which + 1 :]])


def read_by_fastwarc(data: bytes) -> int:
    """Records that fastwarc gives before it stops."""
    count = 0
    try:
        for found in ArchiveIterator(io.BytesIO(data), parse_http=False):
            found.reader.read()
            count += 1
    except OSError:
        pass
    return count


def members_of(data: bytes) -> list[Member]:
    """Members as assignment 4 finds them, damage included."""
    return list(read_members(io.BytesIO(data), 0, KEEP))


def items_of(data: bytes) -> list[tuple[int, str, str]]:
    """What assignment 4 makes of each member: offset, kind of item, address or reason."""
    rows = []
    for member in members_of(data):
        item = read_member(member, KEEP)
        about = getattr(item, "url", "") or getattr(item, "reason", "")
        detail = getattr(item, "detail", "")
        rows.append((item.place.offset, type(item).__name__, f"{about} {detail}".strip()))
    return rows


def sizes_of(name: str) -> dict[str, int]:
    """Bytes of a page's record by what they are for; together they are the record."""
    data = response_record(f"http://{HOST}/{name}.html", render(name).encode(), date=DATE)
    parts = parts_of(data)
    wanted = sum(len(visible(b)) for b in PAGES[name] if b.kind in WANTED)
    frame = sum(len(visible(b)) for b in PAGES[name] if b.kind not in WANTED)
    return {
        "WARC headers": len(parts["WARC headers"]) + len(parts["end"]),
        "HTTP headers": len(parts["HTTP headers"]),
        "tags, style, script": len(parts["body"]) - wanted - frame,
        "menu, cookies, footer": frame,
        "what a reader came for": wanted,
    }


def visible(block: Block) -> bytes:
    """The visible text of a block, as UTF-8."""
    return strip_tags(block.markup).encode()
