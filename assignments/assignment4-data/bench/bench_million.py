"""Near duplicates among a million documents: the pipeline's own stage, and the memory it takes.

    python bench/bench_million.py --output results/million.json

Documents of 60 words drawn by Zipf's law; one in ten is a copy of an earlier one with at most two
words changed. Rows and signatures are written as the pipeline writes them, then stage two runs in
this process, whose largest resident size is measured.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from cs336_data.dedup.fast_minhash import text_signatures
from cs336_data.dedup.minhash import jaccard, shingle_hashes
from cs336_data.pipeline.config import Duplicates
from cs336_data.pipeline.duplicates import find_duplicates, open_rows
from cs336_data.pipeline.filtering import ROWS, SIGNATURES
from cs336_data.pipeline.rows import pack
from records import keep, parser

FRAME = 250  # rows a frame: about what a block of pages holds
WORDS, VOCABULARY = 60, 50_000
COPIES = 10  # one document in so many is a copy


def frames(count: int, seed: int) -> Iterator[tuple[list[str], list[int]]]:
    """(texts, numbers of their sources or -1), a frame at a time."""
    rng = np.random.default_rng(seed)
    weights = 1 / np.arange(1, VOCABULARY + 1)
    cumulative = np.cumsum(weights / weights.sum())
    names = np.array([f"w{i}" for i in range(VOCABULARY)])
    earlier: list[tuple[int, np.ndarray[Any, Any]]] = []
    for start in range(0, count, FRAME):
        words = names[np.searchsorted(cumulative, rng.random((FRAME, WORDS)))].astype("<U12")
        sources = [-1] * FRAME
        for i in range(0, FRAME, COPIES):
            if earlier:
                source, copied = earlier[int(rng.integers(len(earlier)))]
                words[i], sources[i] = copied, source
                words[i, rng.integers(WORDS, size=int(rng.integers(3)))] = f"new{start + i}"
        # A source for later copies: an original of this frame, never a copy.
        earlier.append((start + 1, words[1].copy()))
        yield [" ".join(row) for row in words], sources


def write(folder: Path, count: int, config: Duplicates) -> tuple[list[Any], dict[int, int]]:
    """Rows and signatures as the pipeline writes them: (journal entries, copy -> source)."""
    entries, truth, at = [], {}, 0
    with (folder / ROWS).open("wb") as rows, (folder / SIGNATURES).open("wb") as signatures:
        for number, (texts, sources) in enumerate(frames(count, seed=1)):
            frame = pack([{"text": text} for text in texts])
            rows.write(frame)
            signed = text_signatures(texts, config.num_hashes, config.ngrams)
            signatures.write(signed.astype("<u4").tobytes())
            entries.append({"frame": [at, len(frame), len(texts)]})
            at += len(frame)
            truth.update(
                {number * FRAME + i: source for i, source in enumerate(sources) if source >= 0}
            )
    return entries, truth


def megabytes() -> float:
    """Largest resident size of this process so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1024 * 1.048576)


def main() -> None:
    """Measure, print, write."""
    options = parser(__doc__)
    options.add_argument("--documents", type=int, default=1_000_000)
    options.add_argument("--folder", type=Path, help="for temporary files")
    chosen = options.parse_args()
    config = Duplicates()
    with tempfile.TemporaryDirectory(dir=chosen.folder) as name:
        folder = Path(name)
        begin = time.process_time()
        entries, truth = write(folder, chosen.documents, config)
        written = time.process_time()
        before = megabytes()
        rows = open_rows(folder, entries, config.num_hashes)
        found = find_duplicates([], [rows], config)
        searched = time.process_time()
        peak = megabytes()
        similar = (
            {
                copy: source
                for copy, source in truth.items()
                if jaccard(*(shingle_hashes(str(rows.texts[i]["text"]), 5) for i in (copy, source)))
                >= config.threshold
            }
            if chosen.documents <= 20_000
            else {}
        )
        size = sum(file.stat().st_size for file in folder.iterdir())
    record: dict[str, Any] = {
        "documents": len(rows.texts),
        "words_a_document": WORDS,
        "copies": len(truth),
        "found": len(found.gone),
        "found_that_are_copies": sum(number in truth for number in found.gone),
        "candidates": found.candidates,
        "MB_resident_before_the_search": round(before),
        "MB_resident_peak": round(peak),
        "MB_on_disk": round(size / 1e6),
        "cpu_seconds_to_make_and_sign": round(written - begin, 1),
        "cpu_seconds_of_the_search": round(searched - written, 1),
        "docs_per_second_of_the_search": round(len(rows.texts) / (searched - written)),
    }
    if similar:
        record["recall"] = round(sum(copy in found.gone for copy in similar) / len(similar), 4)
    keep(record, chosen.output)


if __name__ == "__main__":
    main()
