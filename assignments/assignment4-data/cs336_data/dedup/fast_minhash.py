"""MinHash signatures by rensa, in Rust, from the same shingles: the fast path.

rensa's R-MinHash needs 4 microseconds for the shingles of 300 words where numpy needs 200; with it,
splitting and hashing words is what is left (`bench/bench_minhash.py`). Its hash functions are
others than `minhash.MinHasher`'s, so signatures of the two do not mix; all else is shared.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rensa import RMinHash

from cs336_data.text.hashing import Hashes, hash_words, ngram_hashes
from cs336_data.text.normalise import normalised_words


def shingle_stream(text: str, ngrams: int) -> Hashes:
    """Hashes of all shingles in the order of the text, repeats included: enough for a signature."""
    words = hash_words(normalised_words(text))
    if 0 < len(words) < ngrams:
        ngrams = len(words)
    return ngram_hashes(words, ngrams)


def signatures(shingles: Sequence[Hashes], num_hashes: int, seed: int = 42) -> NDArray[np.uint32]:
    """(documents, num_hashes) signatures of texts, from their shingles; all ones for none."""
    if not shingles:
        return np.empty((0, num_hashes), dtype=np.uint32)
    ends = np.cumsum([0, *map(len, shingles)], dtype=np.uint64)
    matrix = RMinHash.digest_matrix_from_flat_token_hashes(
        np.concatenate(shingles), ends, num_hashes, seed
    )
    return np.array(matrix.to_rows(), dtype=np.uint32)


def text_signatures(texts: Sequence[str], num_hashes: int, ngrams: int) -> NDArray[np.uint32]:
    """(documents, num_hashes) signatures of texts."""
    return signatures([shingle_stream(text, ngrams) for text in texts], num_hashes)
