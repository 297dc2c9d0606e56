"""Pages for benchmarks, drawn evenly from all archives that `make_warc` made."""

from __future__ import annotations

import random
from itertools import islice
from pathlib import Path

from cs336_data.warc.items import Page
from cs336_data.warc.reader import read_archive
from cs336_data.warc.writer import compressed, response_record

READ = 400  # pages at the beginning of an archive that are drawn from


def mixed_pages(warc: Path, count: int, max_bytes: int = 40_000, seed: int = 0) -> list[Page]:
    """`count` HTML pages, about as many of each archive, in random order.

    Larger ones than `max_bytes` are left out: a few books in one page would be half of all bytes,
    and documents a second would say nothing.

    Raises:
        FileNotFoundError: there are no archives.
    """
    archives = sorted(warc.glob("*.warc.gz"))
    if not archives:
        raise FileNotFoundError(f"no *.warc.gz in {warc}: `python -m cs336_data.make_warc` first")
    rng = random.Random(seed)
    found: list[Page] = []
    for number, archive in enumerate(archives):
        pages = (
            item
            for item in read_archive(archive)
            if isinstance(item, Page) and len(item.body) <= max_bytes
        )
        own = list(islice(pages, READ))
        share = (count - len(found)) // (len(archives) - number)
        found += rng.sample(own, min(len(own), share))
    rng.shuffle(found)
    return found


def as_members(pages: list[Page]) -> list[bytes]:
    """Pages as records of an archive again, a gzip member each."""
    return [compressed(response_record(page.url, page.body)) for page in pages]
