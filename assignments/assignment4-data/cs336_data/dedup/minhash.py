"""MinHash signatures (Broder 1997) and the bands of locality-sensitive hashing, in numpy.

    shingles = shingle_hashes("a text of some words", ngrams=5)
    signature = MinHasher(num_hashes=128).signature(shingles)

Two sets with Jaccard similarity s agree in each number of their signatures with probability s. Cut
into b bands of r numbers, they agree in a whole band with probability 1 - (1 - s**r)**b: an S-curve
whose step lies near (1/b)**(1/r).

`signature` is the version to read: one hash function a number, h(x) = (a x + b) >> 32 with 64-bit
numbers. `fast_minhash` computes the same kind of thing in Rust, 4 times as fast.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cs336_data.text.hashing import POLYNOMIAL, Hashes, hash_words, mix, ngram_hashes
from cs336_data.text.normalise import normalised_words

Signature = NDArray[np.uint32]  # (num_hashes,)


class MinHasher:
    """`num_hashes` hash functions, the same ones for the same seed."""

    def __init__(self, num_hashes: int, seed: int = 0) -> None:
        if num_hashes < 1:
            raise ValueError(f"num_hashes must be at least 1, got {num_hashes}")
        rng = np.random.default_rng(seed)
        self.num_hashes = num_hashes
        self._a = rng.integers(0, 1 << 64, size=(num_hashes, 1), dtype=np.uint64) | np.uint64(1)
        self._b = rng.integers(0, 1 << 64, size=(num_hashes, 1), dtype=np.uint64)

    def signature(self, shingles: Hashes) -> Signature:
        """(num_hashes,) smallest hash of a shingle for each function; all ones for none."""
        if not len(shingles):
            return np.full(self.num_hashes, 0xFFFFFFFF, dtype=np.uint32)
        least = np.full(self.num_hashes, 0xFFFFFFFF, dtype=np.uint32)
        for i in range(0, len(shingles), 4096):  # so that a long text's table stays in the cache
            values = (self._a * shingles[i : i + 4096] + self._b) >> np.uint64(32)
            np.minimum(least, values.min(axis=1).astype(np.uint32), out=least)
        return least


def shingle_hashes(text: str, ngrams: int) -> Hashes:
    """(n,) different hashes of all runs of `ngrams` words of the normalised text, sorted.

    A text with fewer words is one shingle; one without any word has none.
    """
    words = hash_words(normalised_words(text))
    if 0 < len(words) < ngrams:
        ngrams = len(words)
    return np.unique(ngram_hashes(words, ngrams))


def jaccard(one: Hashes, two: Hashes) -> float:
    """|A & B| / |A | B| of sorted sets of hashes; two empty sets are the same: 1."""
    if not len(one) and not len(two):
        return 1.0
    both = len(np.intersect1d(one, two, assume_unique=True))
    return both / (len(one) + len(two) - both)


def band_keys(signatures: NDArray[np.uint32], num_bands: int) -> NDArray[np.uint64]:
    """(documents, num_bands) 64-bit key of each band of (documents, num_hashes) signatures.

    Raises:
        ValueError: the bands do not divide the signature.
    """
    documents, num_hashes = signatures.shape
    if num_bands < 1 or num_hashes % num_bands:
        raise ValueError(f"{num_bands} bands do not divide {num_hashes} hashes")
    rows = num_hashes // num_bands
    keys = np.empty((documents, num_bands), dtype=np.uint64)
    for band in range(num_bands):
        keys[:, band] = band_key(signatures[:, band * rows : (band + 1) * rows])
    return keys


def band_key(numbers: NDArray[np.uint32]) -> NDArray[np.uint64]:
    """(documents,) 64-bit key of (documents, rows) numbers: a polynomial in them, mixed."""
    key = np.zeros(len(numbers), dtype=np.uint64)
    for column in range(numbers.shape[1]):
        key = mix(key * POLYNOMIAL + numbers[:, column].astype(np.uint64) + np.uint64(1))
    return key


def match_probability(similarity: float, num_hashes: int, num_bands: int) -> float:
    """Probability that two sets of this Jaccard similarity share a band."""
    return float(1 - (1 - similarity ** (num_hashes // num_bands)) ** num_bands)


def bands_for(num_hashes: int, similarity: float, recall: float) -> int:
    """The fewest bands with which sets of this similarity share one with probability `recall`.

    The fewest have the most rows, and so let the fewest pairs through that are less similar.

    Raises:
        ValueError: not even bands of one row reach it.
    """
    divisors = [bands for bands in range(1, num_hashes + 1) if num_hashes % bands == 0]
    for bands in divisors:
        if match_probability(similarity, num_hashes, bands) >= recall:
            return bands
    raise ValueError(
        f"{num_hashes} hashes find pairs of similarity {similarity} with less than {recall}"
    )
