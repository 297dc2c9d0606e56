"""64-bit hashes of words, and from them of n-grams: one multiplication a word instead of a string.

    hashes = hash_words("a rose is a rose".split())
    ngram_hashes(hashes, 2)   # 4 numbers; those of "a rose" are equal

An n-gram's hash is a polynomial in the hashes of its words, modulo 2**64, as in Rabin and Karp's
search, and mixed at the end so that all bits are good. Two different n-grams of a million collide
with a chance of about 3e-8.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xxhash
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]

POLYNOMIAL = np.uint64(0x9E3779B97F4A7C15)  # odd: 2**64 over the golden ratio
MAX_CACHED_WORDS = 1_000_000
MAX_CACHED_LENGTH = 64  # a page of base64 has words that never come again


class _WordHashes(dict[str, int]):
    """Word -> hash, filled on demand; words repeat so often that a look-up is worth its memory."""

    def __missing__(self, word: str) -> int:
        value = word_hash(word)
        if len(word) <= MAX_CACHED_LENGTH:
            if len(self) >= MAX_CACHED_WORDS:
                self.clear()
            self[word] = value
        return value


_cache = _WordHashes()


def forget_words() -> None:
    """Empty the cache of words, so that benchmarks can begin with nothing."""
    _cache.clear()


def word_hash(word: str) -> int:
    """The word's hash; its lowest bit is 1 if any character is a letter."""
    digest = xxhash.xxh3_64_intdigest(word.encode("utf-8", "surrogatepass"))
    return (digest & ~1) | (word.isalpha() or any(map(str.isalpha, word)))


def hash_words(words: Sequence[str]) -> Hashes:
    """(words,) hashes."""
    return np.fromiter(map(_cache.__getitem__, words), dtype=np.uint64, count=len(words))


def extend_ngrams(ngrams: Hashes, hashes: Hashes, n: int) -> Hashes:
    """Unmixed hashes of n-grams from those of (n - 1)-grams; `hashes` are those of single words."""
    return ngrams[: len(hashes) - n + 1] * POLYNOMIAL + hashes[n - 1 :]


def mix(values: Hashes) -> Hashes:
    """Spread all bits over all bits (the end of MurmurHash3)."""
    values = values ^ (values >> np.uint64(33))
    values = values * np.uint64(0xFF51AFD7ED558CCD)
    values = values ^ (values >> np.uint64(33))
    values = values * np.uint64(0xC4CEB9FE1A85EC53)
    return values ^ (values >> np.uint64(33))


def ngram_hashes(hashes: Hashes, n: int) -> Hashes:
    """(words - n + 1,) hashes of all runs of n words; empty if there are fewer words.

    Raises:
        ValueError: n is below 1.
    """
    if n < 1:
        raise ValueError(f"n must be at least 1, got {n}")
    if len(hashes) < n:
        return np.empty(0, dtype=np.uint64)
    values = hashes
    for k in range(2, n + 1):
        values = extend_ngrams(values, hashes, k)
    return mix(values)
