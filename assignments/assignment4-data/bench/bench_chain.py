"""The whole chain, archive to decision: documents a CPU second of one process, and its parts.

    python bench/bench_chain.py --warc warc --output results/chain.json

Reading, extraction of main content, language, Gopher's rules, in this order: the stages of the
peers in `bench_peers.py` (which has no language identification, since that needs a download). Then
the default configuration. Pages of up to 60 kB are drawn from all archives, so most languages are
there. "naive" is the same stages written down directly: the whole text to the language model's
first 2,000 characters, words split anew by each rule, n-grams as tuples.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable
from pathlib import Path

from cs336_data import langid
from cs336_data.extract import decode_html, extract
from cs336_data.pipeline.chain import Chain, Outcome
from cs336_data.pipeline.config import Duplicates, Filters, PipelineConfig, Text
from cs336_data.rules import gopher_quality, language, plain_repetition
from cs336_data.warc.items import Page
from cs336_data.warc.reader import read_archive
from cs336_data.warc.writer import WarcWriter, response_record
from records import machine

MAX_BYTES = 60_000
SAME_STAGES = ("language", "gopher_quality", "gopher_repetition")


def sample_archive(warc: Path, count: int, target: Path, seed: int = 0) -> None:
    """Write `count` pages drawn from all archives into one."""
    rng = random.Random(seed)
    archives = [path for path in sorted(warc.glob("*.warc.gz")) if not path.name.startswith("junk")]
    with target.open("wb") as file:
        writer = WarcWriter(file, "software: bench_chain")
        for archive in archives:
            pages = [
                item
                for item in read_archive(archive)
                if isinstance(item, Page) and len(item.body) <= MAX_BYTES
            ]
            for page in rng.sample(pages, min(len(pages), -(-count // len(archives)))):
                writer.write(response_record(page.url, page.body))


def naive(page: Page) -> Outcome:
    """The stages without anything shared between them."""
    text = extract(decode_html(page.body, page.charset))
    (score, label), *_ = langid._fasttext(" ".join(text[:2_000].split()), 1) or [(0.0, "none")]
    decision = language.judge(label, score, ("en",), 0.65)
    if decision.keep:
        decision = gopher_quality.decide(text)
    if decision.keep:
        decision = plain_repetition.decide(text)
    if not decision.keep:
        return Outcome(decision.rule, decision.reason)
    return Outcome(text=text)


def measure(name: str, chain: Callable[[Page], Outcome], archive: Path) -> dict[str, object]:
    """Read and judge every page in this process."""
    begin = time.process_time()
    outcomes = [chain(item) for item in read_archive(archive) if isinstance(item, Page)]
    seconds = time.process_time() - begin
    begin = time.process_time()
    size = sum(len(item.body) for item in read_archive(archive) if isinstance(item, Page))
    reading = time.process_time() - begin
    reasons: dict[str, int] = {}
    for outcome in outcomes:
        reasons[outcome.rule or "kept"] = reasons.get(outcome.rule or "kept", 0) + 1
    return {
        "chain": name,
        "pages": len(outcomes),
        "docs_per_second": round(len(outcomes) / seconds),
        "MB_of_html_per_second": round(size / 1e6 / seconds, 1),
        "reading_share": round(reading / seconds, 3),
        "outcomes": dict(sorted(reasons.items(), key=lambda entry: -entry[1])),
    }


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--warc", type=Path, required=True)
    parser.add_argument("--count", type=int, default=2_000)
    parser.add_argument("--archive", type=Path, default=Path("data/bench.warc.gz"))
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    options.archive.parent.mkdir(parents=True, exist_ok=True)
    if not options.archive.exists():
        sample_archive(options.warc, options.count, options.archive)
    same = PipelineConfig(
        text=Text(mask_personal_data=False),
        filters=Filters(rules=SAME_STAGES),
        duplicates=Duplicates(documents=False),
    )
    results = [
        measure("naive", naive, options.archive),
        measure("the peers' stages", Chain(same), options.archive),
        measure("default", Chain(PipelineConfig()), options.archive),
    ]
    record = {**machine(), "results": results}
    print(json.dumps(record, indent=1))
    if options.output:
        options.output.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
