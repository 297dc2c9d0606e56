"""HTML to text: resiliparse as it is used here, beside trafilatura.

    python bench/bench_extract.py --warc warc --peers peers/bin/python --output results/extract.json

Main content of the same pages, decoding included. What comes out differs: characters a page are
given, and pages of which nothing is left.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from corpus import as_members, mixed_pages
from cs336_data.extract import Mode, decode_html, extract
from cs336_data.warc.items import Page
from records import keep, parser, peers


def measure(pages: list[Page], mode: Mode) -> dict[str, Any]:
    """Pages and megabytes a CPU second, characters a page."""
    begin = time.process_time()
    texts = [extract(decode_html(page.body, page.charset), mode) for page in pages]
    seconds = time.process_time() - begin
    size = sum(len(page.body) for page in pages)
    return {
        "docs_per_second": round(len(pages) / seconds, 1),
        "MB_per_second": round(size / 1e6 / seconds, 1),
        "characters_a_page": round(sum(map(len, texts)) / len(pages)),
        "empty": sum(not text.strip() for text in texts),
    }


def main() -> None:
    """Measure, print, write."""
    options = parser(__doc__)
    options.add_argument("--warc", type=Path, required=True)
    options.add_argument("--pages", type=int, default=200)
    options.add_argument("--peers", help="the Python of an environment with trafilatura")
    chosen = options.parse_args()
    pages = mixed_pages(chosen.warc, chosen.pages)
    measure(pages[:20], "main")
    results = {"main": measure(pages, "main"), "all": measure(pages, "all")}
    with tempfile.TemporaryDirectory() as name:
        archive = Path(name, "pages.warc.gz")
        archive.write_bytes(b"".join(as_members(pages)))
        peer = peers(chosen.peers, "extract", "--archive", str(archive))
    record: dict[str, Any] = {"pages": len(pages), "results": results}
    if peer:
        record["trafilatura"] = peer
        record["times_trafilatura"] = round(
            float(results["main"]["docs_per_second"]) / float(peer["docs_per_second"]), 1
        )
    keep(record, chosen.output)


if __name__ == "__main__":
    main()
