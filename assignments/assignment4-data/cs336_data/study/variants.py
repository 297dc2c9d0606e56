"""The six training sets of the study, as lists of document numbers of one pool.

All documents of the pool went through the same extraction; a variant only chooses among them, so a
difference in loss is a difference of choice. What was said about each document is in its tags.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from cs336_data.dedup.clusters import cluster
from cs336_data.dedup.fast_minhash import text_signatures
from cs336_data.dedup.minhash import band_keys, jaccard, shingle_hashes

NUM_HASHES, NUM_BANDS, NGRAMS, THRESHOLD = 128, 16, 5, 0.8


def choose(
    texts: Sequence[str],
    tags: Sequence[Mapping[str, str]],
    tokens: NDArray[np.int64],
    seed: int = 0,
) -> dict[str, list[int]]:
    """Document numbers of each variant; `tags` are the rules that a document breaks.

    `c` is drawn from the whole pool until it has as many tokens as `e`.
    """
    everything = range(len(texts))
    english = [i for i in everything if "language" not in tags[i]]
    filtered = [i for i in everything if not set(tags[i]) - {"quality"}]
    unique = without_duplicates([texts[i] for i in filtered])
    deduplicated = [filtered[i] for i in unique]
    good = [i for i in deduplicated if "quality" not in tags[i]]
    size = int(tokens[deduplicated].sum())
    drawn = np.random.default_rng(seed).permutation(len(texts))
    enough = int(np.searchsorted(np.cumsum(tokens[drawn]), size)) + 1
    return {
        "a": list(everything),
        "b": english,
        "c": sorted(drawn[:enough].tolist()),
        "d": filtered,
        "e": deduplicated,
        "f": good,
    }


def without_duplicates(texts: Sequence[str]) -> list[int]:
    """Numbers of the texts that stay when of each cluster of near duplicates the first is kept."""
    if not texts:
        return []
    keys = band_keys(text_signatures(texts, NUM_HASHES, NGRAMS), NUM_BANDS)
    clusters = cluster(
        len(texts),
        keys.T,
        lambda i, k: jaccard(shingle_hashes(texts[i], NGRAMS), shingle_hashes(texts[k], NGRAMS)),
        THRESHOLD,
    )
    return [i for i in range(len(texts)) if clusters.find(i) == i]
