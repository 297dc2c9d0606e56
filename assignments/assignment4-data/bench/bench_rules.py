"""Gopher's rules, documents a CPU second, on English pages of archives; beside plain Python.

    python bench/bench_rules.py --warc warc --output results/rules.json

Texts are handed over as strings, so splitting and hashing words is counted. datatrove is measured
by `bench_peers.py`, in its own environment, on the texts that this writes with --texts.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable
from pathlib import Path

from cs336_data.crawl.packages import PACKAGES
from cs336_data.decision import Decision
from cs336_data.langid import identify_language
from cs336_data.models.train_quality import page_texts
from cs336_data.quality import quality_score
from cs336_data.rules import c4, fineweb, gopher_quality, gopher_repetition, plain_repetition
from records import machine

REPEATS = 5
MAX_CHARACTERS = 12_000  # of a page: a book in one page would hide the others


def english_pages(warc: Path, count: int, seed: int = 0) -> list[str]:
    """Main texts of English pages of 50 words to 12,000 characters, from all pool packages."""
    rng = random.Random(seed)
    found = []
    for package in PACKAGES:
        archive = warc / f"{package.name}.warc.gz"
        if not archive.exists() or package.part != "pool":
            continue
        own = []
        for text in page_texts(archive, "main"):
            fits = len(text) <= MAX_CHARACTERS and len(text.split()) >= 50
            if fits and identify_language(text)[0] == "en":
                own.append(text)
            if len(own) >= 60:
                break
        found += own
    rng.shuffle(found)
    return found[:count]


def measure(
    name: str, decide: Callable[[str], Decision | float], texts: list[str]
) -> dict[str, object]:
    """Best of several rounds over all texts, in CPU time of this process."""
    seconds = []
    for _ in range(REPEATS):
        begin = time.process_time()
        answers = [decide(text) for text in texts]
        seconds.append(time.process_time() - begin)
    rejected = sum(not answer for answer in answers) if isinstance(answers[0], Decision) else None
    size = sum(map(len, texts))
    return {
        "rule": name,
        "docs_per_second": round(len(texts) / min(seconds)),
        "MB_per_second": round(size / 1e6 / min(seconds), 1),
        "rejected": rejected,
    }


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--warc", type=Path, required=True)
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--texts", type=Path, help="write the texts as jsonl, for the peers")
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    texts = english_pages(options.warc, options.count)
    if options.texts:
        lines = (json.dumps({"id": str(i), "text": text}) for i, text in enumerate(texts))
        options.texts.write_text("\n".join(lines) + "\n", encoding="utf-8")
    results = [
        measure("gopher_quality", gopher_quality.decide, texts),
        measure("gopher_repetition", gopher_repetition.decide, texts),
        measure("plain_repetition", plain_repetition.decide, texts),
        measure("c4", lambda text: c4.decide(text).decision, texts),
        measure("fineweb", fineweb.decide, texts),
        measure("quality classifier", quality_score, texts),
    ]
    record = {
        **machine(),
        "documents": len(texts),
        "characters": sum(map(len, texts)),
        "results": results,
    }
    print(json.dumps(record, indent=1))
    if options.output:
        options.output.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
