"""MinHash signatures by rensa, in Rust, from words hashed in one pass over bytes: the fast path.

rensa's R-MinHash needs 4 microseconds for the shingles of 300 words where numpy needs 200. What is
left is hashing words, and a look-up for each would take longer than all of rensa. So a word's hash
is a polynomial of its bytes, read off running sums over the whole text (`bench/bench_minhash.py`).

Hash functions differ from `minhash`'s, so signatures of the two do not mix; all else is shared.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rensa import RMinHash

from cs336_data.text.hashing import Hashes, mix, ngram_hashes
from cs336_data.text.normalise import normalise

SEED = 42
BATCH_BYTES = 1 << 16  # of texts hashed together: their sums stay in the cache
PIECE = 1 << 20  # bytes of a long text at a time
_BASE = 0x9E3779B97F4A7C15  # odd, so that it has an inverse modulo 2**64
_SPACES = bytes(range(9, 14)) + bytes(range(28, 33))  # what str.split takes for white space
_FOLD = bytes(
    32 if chr(i) in "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~" or i in _SPACES else i for i in range(256)
)


def shingle_stream(text: str, ngrams: int) -> Hashes:
    """Hashes of all shingles in the order of the text, repeats included: enough for a signature."""
    words = _word_hashes(_folded(text))
    if 0 < len(words) < ngrams:
        ngrams = len(words)
    return ngram_hashes(words, ngrams)


def signatures(shingles: Sequence[Hashes], num_hashes: int, seed: int = SEED) -> NDArray[np.uint32]:
    """(documents, num_hashes) signatures of texts, from their shingles; all ones for none."""
    if not shingles:
        return np.empty((0, num_hashes), dtype=np.uint32)
    ends = np.cumsum([0, *map(len, shingles)], dtype=np.uint64)
    matrix = RMinHash.digest_matrix_from_flat_token_hashes(
        np.concatenate(shingles), ends, num_hashes, seed
    )
    return np.array(matrix.to_rows(), dtype=np.uint32)


def text_signatures(texts: Sequence[str], num_hashes: int, ngrams: int) -> NDArray[np.uint32]:
    """(documents, num_hashes) signatures of texts, the same as of each alone."""
    shingles: list[Hashes] = []
    batch: list[bytes] = []
    size = 0
    for text in texts:
        folded = _folded(text)
        if size + len(folded) > BATCH_BYTES and batch:
            shingles += _shingles(batch, ngrams)
            batch, size = [], 0
        batch.append(folded)
        size += len(folded) + 1
    return signatures([*shingles, *_shingles(batch, ngrams)], num_hashes)


def _folded(text: str) -> bytes:
    """The text in `normalise`'s form as UTF-8, but for runs of spaces."""
    if text.isascii():
        return text.lower().encode("ascii").translate(_FOLD)
    return normalise(text).encode("utf-8", "surrogatepass")


def _shingles(batch: list[bytes], ngrams: int) -> list[Hashes]:
    """Shingles of each text of a batch; their words are hashed as one text."""
    if len(batch) < 2:
        return [_of_words(_word_hashes(text), ngrams) for text in batch]
    joined = b" ".join(batch)
    words = _word_hashes(joined)
    ends = np.cumsum([_count_words(text) for text in batch])
    return [
        _of_words(words[start:end], ngrams)
        for start, end in zip([0, *ends[:-1]], ends, strict=True)
    ]


def _of_words(words: Hashes, ngrams: int) -> Hashes:
    return ngram_hashes(words, min(ngrams, len(words)) if len(words) else ngrams)


def _count_words(text: bytes) -> int:
    return len(text.split())


def _word_hashes(text: bytes) -> Hashes:
    """Hashes of the words of a folded text, piece by piece if it is long."""
    parts = []
    start = 0
    while len(text) - start > PIECE:
        cut = text.rfind(b" ", start + 1, start + PIECE)
        cut = cut if cut > start else start + PIECE
        parts.append(_piece_hashes(text[start:cut]))
        start = cut
    return np.concatenate([*parts, _piece_hashes(text[start:])])


def _piece_hashes(text: bytes) -> Hashes:
    """sum of (byte + 1) * BASE**(place in the word), for each word, from running sums.

    With S(i) the sum over the first i bytes by their place in the text, a word from i to j has
    (S(j) - S(i)) * BASE**-i: powers of an odd number can be divided by, modulo 2**64.
    """
    data = np.frombuffer(text, dtype=np.uint8)
    if not len(data):
        return np.empty(0, dtype=np.uint64)
    letters = np.empty(len(data) + 2, dtype=bool)
    letters[0] = letters[-1] = False
    np.not_equal(data, 32, out=letters[1:-1])
    edges = np.flatnonzero(letters[1:] != letters[:-1])
    starts, ends = edges[::2], edges[1::2]
    powers, inverses = _tables(len(data))
    sums = np.zeros(len(data) + 1, dtype=np.uint64)
    np.cumsum((data.astype(np.uint64) + np.uint64(1)) * powers[: len(data)], out=sums[1:])
    return mix((sums[ends] - sums[starts]) * inverses[starts])


_cached: list[Hashes] = []  # powers of the base and of its inverse, as far as they were needed


def _tables(length: int) -> tuple[Hashes, Hashes]:
    if not _cached or len(_cached[0]) < length:
        size = max(BATCH_BYTES, 1 << (length - 1).bit_length())
        inverse = pow(_BASE, -1, 1 << 64)
        made = []
        for base in (_BASE, inverse):
            values = np.full(size, base, dtype=np.uint64)
            values[0] = 1
            made.append(np.multiply.accumulate(values))
        _cached[:] = made
    return _cached[0], _cached[1]
