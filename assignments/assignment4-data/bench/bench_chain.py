"""The whole chain on one process: WARC in, judged texts out; beside a naive chain and datatrove.

    python bench/bench_chain.py --warc warc --peers peers/bin/python --output results/chain.json

The same stages for all: read, main text, language (English from .65), Gopher's quality rules,
Gopher's repetition rules. The naive chain is an afternoon's work: fastwarc, resiliparse,
lid.176 on the first 2,000 characters, the rules in plain Python. datatrove gets the first
`--peer-pages` pages only, and no language stage, since its model has to be downloaded; ours is
measured on these pages with and without that stage.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from corpus import as_members, mixed_pages
from cs336_data import langid
from cs336_data.pipeline.chain import Chain
from cs336_data.pipeline.config import DEFAULT_RULES, Duplicates, Filters, PipelineConfig
from cs336_data.pipeline.config import Text as TextConfig
from cs336_data.rules import plain_repetition
from cs336_data.warc.items import Page
from cs336_data.warc.reader import read_archive
from fastwarc.warc import ArchiveIterator, WarcRecordType
from records import keep, parser, peers
from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.encoding import bytes_to_str, detect_encoding

SHARED = ("language", "gopher_quality", "gopher_repetition")
ROUNDS = 2


def chain_of(rules: tuple[str, ...], all_stages: bool) -> Chain:
    """Rules alone, or with masks and signatures, too."""
    return Chain(
        PipelineConfig(
            text=TextConfig(mask_personal_data=all_stages),
            filters=Filters(rules=rules),
            duplicates=Duplicates(documents=all_stages),
        )
    )


def run_chain(archive: Path, chain: Chain) -> int:
    """Pages that are kept."""
    return sum(chain(item).keep for item in read_archive(archive) if isinstance(item, Page))


def run_naive(archive: Path) -> int:
    """The same without any of this repository's speed."""
    kept = 0
    with archive.open("rb") as file:
        for record in ArchiveIterator(file, record_types=WarcRecordType.response):
            body = record.reader.read()
            html = bytes_to_str(body, detect_encoding(body) or "utf-8")
            text = extract_plain_text(html, preserve_formatting=True, main_content=True)
            found = langid._fasttext(text[:2000].replace("\n", " "), 1)
            english = bool(found) and found[0][1] == "en" and found[0][0] >= 0.65
            kept += english and plain_quality(text) and plain_repetition.decide(text).keep
    return kept


def plain_quality(text: str) -> bool:
    """Gopher's quality rules, word by word."""
    words = text.split()
    if not 50 <= len(words) <= 100_000:
        return False
    if not 3 <= sum(map(len, words)) / len(words) <= 10:
        return False
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if sum(line.endswith(("...", "…")) for line in lines) > 0.3 * len(lines):
        return False
    if sum(line.startswith(("•", "-", "*")) for line in lines) > 0.9 * len(lines):
        return False
    if max(text.count("#"), text.count("...") + text.count("…")) > 0.1 * len(words):
        return False
    if sum(any(c.isalpha() for c in word) for word in words) < 0.8 * len(words):
        return False
    return len({"the", "be", "to", "of", "and", "that", "have", "with"} & set(words)) >= 2


def measure(run: Callable[[], int], pages: int, size: int) -> dict[str, Any]:
    """The best of some rounds, in CPU seconds of this process."""
    seconds = []
    for _ in range(ROUNDS):
        begin = time.process_time()
        kept = run()
        seconds.append(time.process_time() - begin)
    return {
        "kept": kept,
        "docs_per_second": round(pages / min(seconds), 1),
        "MB_of_html_per_second": round(size / 1e6 / min(seconds), 1),
    }


def main() -> None:
    """Measure, print, write."""
    options = parser(__doc__)
    options.add_argument("--warc", type=Path, required=True)
    options.add_argument("--pages", type=int, default=2_000)
    options.add_argument("--max-bytes", type=int, default=40_000, help="of a page")
    options.add_argument("--peers", help="the Python of an environment with datatrove")
    options.add_argument("--peer-pages", type=int, default=150)
    chosen = options.parse_args()
    pages = mixed_pages(chosen.warc, chosen.pages, chosen.max_bytes)
    members = as_members(pages)
    size = sum(len(page.body) for page in pages)
    with tempfile.TemporaryDirectory() as name:
        archive, small = Path(name, "mixed.warc.gz"), Path(name, "small.warc.gz")
        archive.write_bytes(b"".join(members))
        small.write_bytes(b"".join(members[: chosen.peer_pages]))
        ours, everything = chain_of(SHARED, False), chain_of((*DEFAULT_RULES, "quality"), True)
        run_chain(small, ours)
        results = {
            "ours": measure(lambda: run_chain(archive, ours), len(pages), size),
            "naive": measure(lambda: run_naive(archive), len(pages), size),
            "ours with all default rules, masks, signatures": measure(
                lambda: run_chain(archive, everything), len(pages), size
            ),
        }
        small_size = sum(len(page.body) for page in pages[: chosen.peer_pages])
        count, bare = chosen.peer_pages, chain_of(SHARED[1:], False)
        few = {
            "with language": measure(lambda: run_chain(small, ours), count, small_size),
            "without": measure(lambda: run_chain(small, bare), count, small_size),
        }
        peer = peers(chosen.peers, "chain", "--archive", str(small))
    record: dict[str, Any] = {
        "pages": len(pages),
        "MB_of_html": round(size / 1e6, 1),
        "results": results,
        "times_naive": ratio(results["ours"], results["naive"]["docs_per_second"]),
    }
    if peer:
        peer["docs_per_second"] = round(chosen.peer_pages / peer["cpu_seconds"], 1)
        record |= {"peer_pages": chosen.peer_pages, "ours_on_peer_pages": few, "datatrove": peer}
        record["times_datatrove"] = {
            name: ratio(one, peer["docs_per_second"]) for name, one in few.items()
        }
    keep(record, chosen.output)


def ratio(ours: dict[str, Any], peer: float) -> float:
    """How many times as fast."""
    return round(float(ours["docs_per_second"]) / peer, 2)


if __name__ == "__main__":
    main()
