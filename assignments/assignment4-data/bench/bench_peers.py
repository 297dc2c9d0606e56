"""The peers, in an environment of their own: datatrove's rules and chain, datasketch, warcio.

    python -m venv peers
    peers/bin/pip install "datatrove[processing,io]" datasketch rensa warcio spacy aiohttp requests
\\
        lxml_html_clean fastwarc resiliparse
    python bench/bench_rules.py --warc warc --texts texts.jsonl
    peers/bin/python bench/bench_peers.py --texts texts.jsonl --archive warc/git-doc.warc.gz \\
        --output results/peers.json

Imports nothing of this repository but `records`.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from records import machine

PAGES = 150  # of the archive, for the chain


def measure_rules(texts: list[str]) -> list[dict[str, object]]:
    """datatrove's filters one by one; a first document loads spaCy and is not counted."""
    from datatrove.data import Document
    from datatrove.pipeline import filters

    rows = []
    for made in (
        filters.GopherQualityFilter(),
        filters.GopherRepetitionFilter(),
        filters.C4QualityFilter(),
        filters.FineWebQualityFilter(),
    ):
        documents = [Document(text=text, id=str(i)) for i, text in enumerate(texts)]
        made.filter(Document(text=texts[0], id="first"))
        begin = time.process_time()
        rejected = sum(made.filter(document) is not True for document in documents)
        seconds = time.process_time() - begin
        rows.append(
            {
                "rule": type(made).__name__,
                "docs_per_second": round(len(texts) / seconds, 1),
                "rejected": rejected,
            }
        )
    return rows


def measure_chain(archive: Path) -> dict[str, object]:
    """datatrove from WARC to Gopher's rules, without language identification (it needs a
    download).
    """
    from datatrove.pipeline import filters
    from datatrove.pipeline.extractors import Trafilatura
    from datatrove.pipeline.readers import WarcReader

    steps: list[Any] = [
        WarcReader(str(archive.parent), glob_pattern=archive.name, limit=PAGES),
        Trafilatura(favour_precision=True, timeout=30),
        filters.GopherQualityFilter(),
        filters.GopherRepetitionFilter(),
    ]
    begin = time.process_time()
    stream: Iterable[Any] = ()
    for step in steps:
        stream = step.run(stream, 0, 1)
    kept = sum(1 for _ in stream)
    children = sum_of_children()
    seconds = time.process_time() - begin + children
    return {"pages": PAGES, "kept": kept, "docs_per_second": round(PAGES / seconds, 1)}


def sum_of_children() -> float:
    """CPU seconds of ended child processes: the extractor runs in one."""
    import resource

    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def planted(count: int, seed: int = 1) -> list[list[str]]:
    """The documents of bench_minhash: 300 Zipf words, a fifth of them copies with changed words."""
    rng = random.Random(seed)
    vocabulary = [f"w{i}" for i in range(30_000)]
    weights = [1 / (i + 1) for i in range(len(vocabulary))]
    base = count * 4 // 5
    documents = [rng.choices(vocabulary, weights, k=300) for _ in range(base)]
    for i in range(count - base):
        copy = documents[i].copy()
        for at in rng.sample(range(300), round(300 * (0.0, 0.01, 0.02, 0.05, 0.1)[i % 5])):
            copy[at] = f"new{rng.randrange(1 << 30)}"
        documents.append(copy)
    return documents


def measure_minhash(documents: list[list[str]]) -> list[dict[str, object]]:
    """Signatures and bands of all documents, shingling included."""
    shingled = [" ".join(words) for words in documents]
    return [
        _timed("datasketch", lambda: _datasketch(shingled), len(documents)),
        _timed("rensa RMinHashLSH", lambda: _rensa(shingled), len(documents)),
    ]


def _timed(name: str, run: Callable[[], int], count: int) -> dict[str, object]:
    begin = time.process_time()
    duplicates = run()
    seconds = time.process_time() - begin
    return {"name": name, "docs_per_second": round(count / seconds), "with_a_candidate": duplicates}


def _shingles(text: str) -> list[str]:
    words = text.split()
    return [" ".join(words[i : i + 5]) for i in range(len(words) - 4)]


def _datasketch(texts: list[str]) -> int:
    from datasketch import MinHash, MinHashLSH

    lsh = MinHashLSH(num_perm=128, params=(16, 8))
    found = 0
    for i, text in enumerate(texts):
        signature = MinHash(num_perm=128)
        signature.update_batch([shingle.encode() for shingle in set(_shingles(text))])
        found += bool(lsh.query(signature))
        lsh.insert(i, signature)
    return found


def _rensa(texts: list[str]) -> int:
    from rensa import RMinHash, RMinHashLSH

    lsh = RMinHashLSH(threshold=0.8, num_perm=128, num_bands=16)
    found = 0
    for i, text in enumerate(texts):
        signature = RMinHash(num_perm=128, seed=42)
        signature.update(_shingles(text))
        found += bool(lsh.query(signature))
        lsh.insert(i, signature)
    return found


def main() -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--texts", type=Path, required=True, help="from bench_rules --texts")
    parser.add_argument("--archive", type=Path, required=True)
    parser.add_argument("--documents", type=int, default=10_000, help="for MinHash")
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    lines = options.texts.read_text(encoding="utf-8").splitlines()
    texts = [json.loads(line)["text"] for line in lines][:120]
    record = {
        **machine(),
        "minhash": measure_minhash(planted(options.documents)),
        "rules": measure_rules(texts),
        "chain": measure_chain(options.archive),
    }
    print(json.dumps(record, indent=1))
    if options.output:
        options.output.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
