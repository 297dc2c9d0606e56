"""MinHash and verified clusters on planted near duplicates: speed, precision, recall.

    python bench/bench_minhash.py --peers peers/bin/python --output results/minhash.json

10,000 documents of 300 words drawn by Zipf's law, 5-grams, 128 hashes, 16 bands of 8; a fifth are
copies with 0, 1, 2, 5 or 10 % of the words changed. The teaching version is measured with 18 bands
of 7 (126 hashes), too: more pairs are found, and more candidates have to be verified. Truth is the
exact Jaccard similarity of each copy and its source. Peers get the same documents; what they find
is not verified.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from bench_peers import planted
from cs336_data.dedup.clusters import Clusters, buckets, cluster
from cs336_data.dedup.fast_minhash import text_signatures
from cs336_data.dedup.minhash import (
    MinHasher,
    band_keys,
    jaccard,
    match_probability,
    shingle_hashes,
)
from numpy.typing import NDArray
from records import keep, parser, peers

NUM_HASHES, NUM_BANDS, NGRAMS, THRESHOLD = 128, 16, 5, 0.8
MORE_HASHES, MORE_BANDS = 126, 18


def teaching(texts: list[str], num_hashes: int = NUM_HASHES) -> NDArray[np.uint32]:
    """Signatures by one numpy expression a text."""
    hasher = MinHasher(num_hashes)
    return np.array([hasher.signature(shingle_hashes(text, NGRAMS)) for text in texts])


def fast(texts: list[str]) -> NDArray[np.uint32]:
    """Signatures by rensa, in batches."""
    parts = [
        text_signatures(texts[i : i + 1_000], NUM_HASHES, NGRAMS)
        for i in range(0, len(texts), 1_000)
    ]
    return np.concatenate(parts)


def measure(
    sign: Callable[[list[str]], NDArray[np.uint32]],
    texts: list[str],
    truth: dict[tuple[int, int], float],
    num_bands: int = NUM_BANDS,
) -> dict[str, Any]:
    """CPU time of signatures and of bands, and what is found of the planted pairs."""
    begin = time.process_time()
    keys = band_keys(sign(texts), num_bands)
    candidates = {
        (int(bucket[0]), int(other))
        for band in keys.T
        for bucket in buckets(band)
        for other in bucket[1:]
    }
    seconds = time.process_time() - begin
    verified = time.process_time()
    clusters = cluster(len(texts), keys.T, lambda i, k: similarity(texts, i, k), THRESHOLD)
    verification = time.process_time() - verified
    similar = {pair for pair, value in truth.items() if value >= THRESHOLD}
    found = {pair for pair in similar if clusters.find(pair[0]) == clusters.find(pair[1])}
    right = candidates & similar
    return {
        "docs_per_second": round(len(texts) / seconds),
        "docs_per_second_with_verification": round(len(texts) / (seconds + verification)),
        "pairs": len(similar),
        "unverified_precision": round(len(right) / max(1, len(candidates)), 4),
        "precision": round(precision(clusters, texts), 4),
        "recall": round(len(found) / max(1, len(similar)), 4),
    }


def similarity(texts: list[str], one: int, another: int) -> float:
    """Exact Jaccard similarity of two texts."""
    return jaccard(shingle_hashes(texts[one], NGRAMS), shingle_hashes(texts[another], NGRAMS))


def precision(clusters: Clusters, texts: list[str]) -> float:
    """Share of edges whose true similarity, from sets of strings, reaches the threshold."""
    right = 0
    for one, another, _ in clusters.edges:
        sets = []
        for text in (texts[one], texts[another]):
            words = text.split()
            sets.append({tuple(words[i : i + NGRAMS]) for i in range(len(words) - NGRAMS + 1)})
        right += len(sets[0] & sets[1]) / len(sets[0] | sets[1]) >= THRESHOLD
    return right / max(1, len(clusters.edges))


def expected_recall(truth: dict[tuple[int, int], float], num_hashes: int, num_bands: int) -> float:
    """Mean probability of the similar pairs to share a band."""
    similar = [value for value in truth.values() if value >= THRESHOLD]
    likely = [match_probability(value, num_hashes, num_bands) for value in similar]
    return round(sum(likely) / len(likely), 4)


def main() -> None:
    """Measure, print, write."""
    options = parser(__doc__)
    options.add_argument("--documents", type=int, default=10_000)
    options.add_argument("--peers", help="the Python of an environment with datasketch and rensa")
    chosen = options.parse_args()
    documents = planted(chosen.documents)
    texts = [" ".join(words) for words in documents]
    base = chosen.documents * 4 // 5
    truth = {(i, base + i): similarity(texts, i, base + i) for i in range(len(texts) - base)}
    fast(texts[:100])
    results = {
        "numpy": measure(teaching, texts, truth),
        "numpy, 18 bands of 7": measure(
            lambda texts: teaching(texts, MORE_HASHES), texts, truth, MORE_BANDS
        ),
        "rensa": measure(fast, texts, truth),
    }
    record: dict[str, Any] = {
        "documents": len(texts),
        "results": results,
        "recall_expected_of_16_bands_of_8": expected_recall(truth, NUM_HASHES, NUM_BANDS),
        "recall_expected_of_18_bands_of_7": expected_recall(truth, MORE_HASHES, MORE_BANDS),
    }
    peer = peers(chosen.peers, "minhash", "--documents", str(chosen.documents))
    if peer:
        record["peers"] = peer
        record["times_peers"] = {
            f"{name} / {other}": round(one["docs_per_second"] / float(theirs["docs_per_second"]), 2)
            for name, one in results.items()
            for other, theirs in peer.items()
        }
    keep(record, chosen.output)


if __name__ == "__main__":
    main()
