"""Reading archives: speed on a whole file, and what is left of damaged ones; beside the peers.

    python bench/bench_warc.py --warc warc --peers peers/bin/python --output results/warc.json

320 pages and the record that describes the file, one gzip member each; then the same file damaged
in the ways that were seen. "whole" counts the pages that come out byte for byte as they went in.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from corpus import as_members, mixed_pages
from cs336_data.warc.items import Page, Skipped
from cs336_data.warc.reader import read_archive
from cs336_data.warc.writer import compressed, record, response_record
from records import keep, parser, peers

PAGES = 320
Members = list[bytes]


def flipped(members: Members, pages: list[Page]) -> Members:
    """30 bytes in the middle of one member."""
    middle = bytearray(members[PAGES // 2])
    at = len(middle) // 2
    middle[at : at + 30] = bytes(byte ^ 0xFF for byte in middle[at : at + 30])
    return [*members[: PAGES // 2], bytes(middle), *members[PAGES // 2 + 1 :]]


def no_magic(members: Members, pages: list[Page]) -> Members:
    """One member does not begin as gzip does."""
    return [
        *members[: PAGES // 2],
        b"\0\0\0" + members[PAGES // 2][3:],
        *members[PAGES // 2 + 1 :],
    ]


def cut(members: Members, pages: list[Page]) -> Members:
    """The file ends inside its last member."""
    return [*members[:-1], members[-1][: len(members[-1]) // 2]]


def wrong_length(members: Members, pages: list[Page]) -> Members:
    """One record claims a billion bytes."""
    page = pages[PAGES // 2 - 1]
    head, _, rest = response_record(page.url, page.body).partition(b"Content-Length: ")
    claimed = head + b"Content-Length: 999999999" + rest[rest.index(b"\r\n") :]
    return [*members[: PAGES // 2], compressed(claimed), *members[PAGES // 2 + 1 :]]


def whole(members: Members, pages: list[Page]) -> Members:
    """Nothing is damaged."""
    return members


FAULTS: tuple[Callable[[Members, list[Page]], Members], ...] = (
    whole, flipped, no_magic, cut, wrong_length,
)  # fmt: skip


def read(path: Path, pages: dict[str, bytes]) -> dict[str, Any]:
    """What our reader makes of a file; every record is a page or has a reason."""
    begin = time.process_time()
    items = list(read_archive(path))
    seconds = time.process_time() - begin
    found = [item for item in items if isinstance(item, Page)]
    size = sum(len(item.body) for item in found)
    return {
        "records": len(items),
        "whole": sum(pages.get(item.url) == item.body for item in found),
        "not_whole": sum(pages.get(item.url) != item.body for item in found),
        "reasons": dict(Counter(item.reason for item in items if isinstance(item, Skipped))),
        "records_per_second": round(len(items) / seconds),
        "MB_per_second": round(size / 1e6 / seconds),
    }


def main() -> None:
    """Measure, print, write."""
    options = parser(__doc__)
    options.add_argument("--warc", type=Path, required=True)
    options.add_argument("--peers", help="the Python of an environment with fastwarc and warcio")
    chosen = options.parse_args()
    pages = mixed_pages(chosen.warc, PAGES)
    if len(pages) < PAGES:
        raise SystemExit(f"{chosen.warc} has {len(pages)} pages, {PAGES} are needed")
    members = [compressed(record("warcinfo", b"software: bench")), *as_members(pages)]
    bodies = {page.url: page.body for page in pages}
    with tempfile.TemporaryDirectory() as name:
        for fault in FAULTS:
            path = Path(name, f"{fault.__name__}.warc.gz")
            path.write_bytes(b"".join(fault(members, pages)))
        ours = {path.name: read(path, bodies) for path in sorted(Path(name).iterdir())}
        peer = peers(chosen.peers, "warc", "--folder", name)
    record_of_all: dict[str, Any] = {"records": len(members), "ours": ours}
    if peer:
        record_of_all["peers"] = peer
    keep(record_of_all, chosen.output)


if __name__ == "__main__":
    main()
