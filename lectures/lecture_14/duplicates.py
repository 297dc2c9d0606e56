"""Experiments on hashes, filters, signatures, bands and clusters, each beside its formula."""

import random
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from cs336_data.crawl.junk import edited
from cs336_data.dedup.bloom import BloomFilter
from cs336_data.dedup.clusters import Clusters, cluster
from cs336_data.dedup.minhash import (
    MinHasher,
    band_keys,
    jaccard,
    match_probability,
    shingle_hashes,
)
from cs336_data.deduplication import exact_line_deduplication
from cs336_data.selection.kneser_ney import KneserNey
from cs336_data.text.hashing import Hashes, mix
from cs336_data.text.normalise import normalised_words

from lectures.lecture_14.selection import Document, load

NUM_HASHES = 128
PAGES = {
    "song.txt": "Home | Contact\nRow, row, row your boat\ngently down the stream,\n"
    "row, row, row your boat\nlife is but a dream.\nRow, row, row your boat\n",
    "talk.txt": "Home | Contact\nIs it raining?\nYes.\nWill it stop?\nYes.\n",
}
PIPELINES = {"assignment 4": (16, 8), "FineWeb": (14, 8), "DCLM": (93, 15),
             "Lee and others": (450, 20)}  # fmt: skip
"""Bands and rows that are used."""
JUNK = ("sentence spam", "keyword spam", "code", "cookie page", "shop", "forum")


def collisions(items: int, bits: int, seed: int = 0) -> int:
    """How many of so many different items share a hash of so many bits with an earlier one."""
    hashes = mix(np.arange(items, dtype=np.uint64) + np.uint64(seed << 32)) >> np.uint64(64 - bits)
    return items - len(np.unique(hashes))


def without_repeated_lines(texts: Mapping[str, str]) -> dict[str, str]:
    """Files of these names and texts, after the assignment's exact-line deduplication."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "in"
        source.mkdir()
        files = [source / name for name in texts]
        for file in files:
            file.write_text(texts[file.name], encoding="utf-8")
        exact_line_deduplication(files, Path(folder) / "out")
        return {name: (Path(folder) / "out" / name).read_text(encoding="utf-8") for name in texts}


def numbered(first: int, count: int) -> Hashes:
    """Hashes of `count` different items."""
    return mix(np.arange(first, first + count, dtype=np.uint64))


def false_positive_rows(
    bits: int, items: int, hash_counts: Sequence[int], queries: int = 20_000
) -> list[dict[str, float]]:
    """Measured and computed rate of wrong answers, by the number of hash functions."""
    rows = []
    for k in hash_counts:
        seen = BloomFilter(bits, k)
        seen.add(numbered(0, items))
        wrong = seen.contains(numbered(1 << 40, queries)).mean()
        rows.append(
            {"k": k, "measured": round(float(wrong), 5),
             "computed": round(seen.expected_false_positives(items), 5)}
        )  # fmt: skip
    return rows


def overfilled(times: int, items: int = 1000, rate: float = 0.01) -> float:
    """Measured false positives of a filter with `times` the items that it was sized for."""
    seen = BloomFilter.sized(items, rate)
    seen.add(numbered(0, times * items))
    return float(seen.contains(numbered(1 << 40, 50_000)).mean())


def pair_of_sets(similarity: float, union: int, rng: np.random.Generator) -> tuple[Hashes, Hashes]:
    """Two sets with that Jaccard similarity, up to rounding, in a union of so many random items."""
    both = round(similarity * union)
    items = rng.integers(0, 1 << 63, size=union, dtype=np.uint64)
    half = both + (union - both) // 2
    return items[:half], np.concatenate([items[:both], items[half:]])


def estimates(similarity: float, hash_counts: Sequence[int], pairs: int = 60) -> dict[int, float]:
    """Standard deviation of the estimated similarity by the number of hashes."""
    rng = np.random.default_rng(0)
    errors: dict[int, list[float]] = {count: [] for count in hash_counts}
    hasher = MinHasher(max(hash_counts))
    for _ in range(pairs):
        one, two = pair_of_sets(similarity, 100, rng)
        same = hasher.signature(one) == hasher.signature(two)
        for count in hash_counts:
            errors[count].append(float(same[:count].mean()))
    return {count: float(np.std(found)) for count, found in errors.items()}


def s_curve(
    bands: Sequence[int], pairs: int = 200, num_hashes: int = NUM_HASHES
) -> list[dict[str, float]]:
    """Rows of bands, similarity, and the share of pairs with a common band, measured, computed."""
    rng = np.random.default_rng(1)
    hasher = MinHasher(num_hashes)
    rows = []
    for similarity in np.linspace(0.3, 1, 15):
        made = [pair_of_sets(float(similarity), 100, rng) for _ in range(pairs)]
        signed = [np.stack([hasher.signature(s) for s in side]) for side in zip(*made, strict=True)]
        for count in bands:
            keys = [band_keys(signatures, count) for signatures in signed]
            met = (keys[0] == keys[1]).any(axis=1).mean()
            rows.append(
                {"bands": count, "similarity": round(float(similarity), 3),
                 "measured": round(float(met), 4),
                 "computed": round(match_probability(float(similarity), num_hashes, count), 4)}
            )  # fmt: skip
    return rows


def similarity_after_edits(
    texts: Sequence[str], shares: Sequence[float], ngrams: Sequence[int]
) -> dict[int, dict[float, float]]:
    """Mean Jaccard similarity of texts to themselves with a share of words replaced, by n."""
    rng = random.Random(0)
    found: dict[int, dict[float, float]] = {n: {} for n in ngrams}
    for share in shares:
        pairs = [(text, edited(text, share, rng)) for text in texts]
        for n in ngrams:
            values = [jaccard(shingle_hashes(a, n), shingle_hashes(b, n)) for a, b in pairs]
            found[n][share] = round(float(np.mean(values)), 3)
    return found


def expected_similarity(share: float, ngrams: int) -> float:
    """The same from theory: a shingle survives if all its words do, as others rarely match."""
    kept = (1 - share) ** ngrams
    return kept / (2 - kept)


def revisions(words: Sequence[str], count: int, length: int, step: int) -> list[str]:
    """Texts of `length` words, each of which begins `step` words after the one before it."""
    return [" ".join(words[i * step : i * step + length]) for i in range(count)]


def clusters_of(texts: Sequence[str], threshold: float, bands: int = 16) -> Clusters:
    """Verified clusters of texts by 5-grams of words."""
    shingles = [shingle_hashes(text, 5) for text in texts]
    hasher = MinHasher(NUM_HASHES)
    keys = band_keys(np.stack([hasher.signature(s) for s in shingles]), bands)
    return cluster(len(texts), keys.T, lambda i, k: jaccard(shingles[i], shingles[k]), threshold)


def similarity_to_first(texts: Sequence[str]) -> list[float]:
    """Jaccard similarity of each text's 5-grams to those of the first."""
    first = shingle_hashes(texts[0], 5)
    return [jaccard(first, shingle_hashes(text, 5)) for text in texts]


def kept_by_leaders(texts: Sequence[str], threshold: float) -> list[int]:
    """Texts that are like no text kept before them: chains cannot reach further than one link."""
    shingles = [shingle_hashes(text, 5) for text in texts]
    kept: list[int] = []
    for i, own in enumerate(shingles):
        if all(jaccard(own, shingles[k]) < threshold for k in kept):
            kept.append(i)
    return kept


def mirrored(
    copied: Sequence[Document], single: Sequence[Document], copies: int, seed: int = 0
) -> list[Document]:
    """A shuffled pool in which some documents have near copies, 2 % of their words changed."""
    rng = random.Random(seed)
    pool = list(single)
    for document in copied:
        pool.append(document)
        pool += [
            Document(document.kind, document.source, edited(document.text, 0.02, rng))
            for _ in range(copies - 1)
        ]
    rng.shuffle(pool)
    return pool


def deduplicated(pool: Sequence[Document], threshold: float = 0.7) -> list[Document]:
    """The first document of each cluster."""
    clusters = clusters_of([document.text for document in pool], threshold, bands=32)
    return [document for i, document in enumerate(pool) if clusters.find(i) == i]


def loss_of(
    pool: Sequence[Document], test: Sequence[str], vocabulary: set[str], budget: int
) -> float:
    """Nats a word on `test` of a bigram model trained on the first `budget` words of the pool."""
    words = [word for document in pool for word in document.words][:budget]
    model = KneserNey.fit([words], order=2, vocabulary=vocabulary)
    return -model.log_probability(test) / len(test)


def words_of(documents: Sequence[Document]) -> list[str]:
    """All words of documents, one after the other."""
    return [word for document in documents for word in normalised_words(document.text)]


def losses_before_and_after(seeds: int = 5, budget: int = 4_000) -> dict[str, float]:
    """Losses on held-out lectures by which kind has copies, and whether these were removed.

    60 documents of one kind stand four times in a pool with 180 of others; means over seeds.
    """
    documents = load().pool
    held = ("lecture_08", "lecture_09")
    test = words_of([d for d in documents if d.source in held])
    common = Counter(words_of(documents)).most_common(1000)
    vocabulary = {word for word, _ in common}
    good = [d for d in documents if d.kind == "lecture" and d.source not in held]
    junk = [d for d in documents if d.kind in JUNK]
    cases = {"good copied": (good[:60], junk[:180]),
             "junk copied": (junk[:60], good[:120] + junk[60:120])}  # fmt: skip
    found: dict[str, list[float]] = {}
    for name, (copied, single) in cases.items():
        for seed in range(seeds):
            pool = mirrored(copied, single, copies=4, seed=seed)
            unique = deduplicated(pool)
            random.Random(seed).shuffle(unique)  # first copies stand early
            for state, read in (("as it is", pool), ("deduplicated", unique)):
                lost = loss_of(read, test, vocabulary, budget)
                found.setdefault(f"{name}, {state}", []).append(lost)
    return {name: float(np.mean(values)) for name, values in found.items()}


def band_table(similarities: Sequence[float]) -> list[list[object]]:
    """Rows of pipeline, bands, rows, and the probability that pairs so similar meet."""
    return [
        [name, b, r, *(round(match_probability(s, b * r, b), 3) for s in similarities)]
        for name, (b, r) in PIPELINES.items()
    ]
