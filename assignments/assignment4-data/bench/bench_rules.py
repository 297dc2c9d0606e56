"""Rules, documents a CPU second, on English pages of archives; beside plain Python and datatrove.

    python bench/bench_rules.py --warc warc --peers peers/bin/python --output results/rules.json

Texts are handed over as strings, so splitting and hashing words is counted. datatrove's filters get
the first `--peer-count` of them.
"""

from __future__ import annotations

import json
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench_chain import plain_quality
from cs336_data.crawl.packages import PACKAGES
from cs336_data.decision import Decision
from cs336_data.langid import identify_language
from cs336_data.models.train_quality import page_texts
from cs336_data.quality import quality_score
from cs336_data.rules import c4, fineweb, gopher_quality, gopher_repetition, plain_repetition
from cs336_data.text import hashing
from records import keep, parser, peers

REPEATS = 3
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


def measure(decide: Callable[[str], Decision | float | bool], texts: list[str]) -> dict[str, Any]:
    """Best of several rounds over all texts, in CPU time of this process. Each begins without the
    hashes of words that a longer run would know already.
    """
    seconds = []
    for _ in range(REPEATS):
        hashing.forget_words()
        begin = time.process_time()
        answers = [decide(text) for text in texts]
        seconds.append(time.process_time() - begin)
    judged = isinstance(answers[0], Decision | bool)
    rejected = sum(not answer for answer in answers) if judged else None
    size = sum(map(len, texts))
    return {
        "docs_per_second": round(len(texts) / min(seconds)),
        "MB_per_second": round(size / 1e6 / min(seconds), 1),
        "rejected": rejected,
    }


def main() -> None:
    """Measure, print, write."""
    options = parser(__doc__)
    options.add_argument("--warc", type=Path, required=True)
    options.add_argument("--count", type=int, default=300)
    options.add_argument("--peers", help="the Python of an environment with datatrove")
    options.add_argument("--peer-count", type=int, default=60)
    chosen = options.parse_args()
    texts = english_pages(chosen.warc, chosen.count)
    results = {
        "gopher_quality": measure(gopher_quality.decide, texts),
        "gopher_quality, plain": measure(plain_quality, texts),
        "gopher_repetition": measure(gopher_repetition.decide, texts),
        "gopher_repetition, plain": measure(plain_repetition.decide, texts),
        "c4": measure(lambda text: c4.decide(text).decision, texts),
        "fineweb": measure(fineweb.decide, texts),
        "quality classifier": measure(quality_score, texts),
    }
    record: dict[str, Any] = {
        "documents": len(texts),
        "characters": sum(map(len, texts)),
        "results": results,
        "times_plain": {
            rule: times(results[rule], results[f"{rule}, plain"])
            for rule in ("gopher_quality", "gopher_repetition")
        },
    }
    few = texts[: chosen.peer_count]
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        file.writelines(json.dumps({"text": text}) + "\n" for text in few)
        file.flush()
        peer = peers(chosen.peers, "rules", "--texts", file.name)
    if peer:
        record["datatrove"] = peer
        own = {
            "datatrove GopherQualityFilter": measure(gopher_quality.decide, few),
            "datatrove GopherRepetitionFilter": measure(gopher_repetition.decide, few),
            "datatrove C4QualityFilter": measure(lambda text: c4.decide(text).decision, few),
            "datatrove FineWebQualityFilter": measure(fineweb.decide, few),
        }
        record["ours_on_the_same"] = own
        record["times_datatrove"] = {name: times(one, peer[name]) for name, one in own.items()}
    keep(record, chosen.output)


def times(ours: dict[str, Any], theirs: dict[str, Any]) -> float:
    """How many times as fast."""
    return round(float(ours["docs_per_second"]) / float(theirs["docs_per_second"]), 1)


if __name__ == "__main__":
    main()
