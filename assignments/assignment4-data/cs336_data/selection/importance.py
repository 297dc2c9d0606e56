"""Importance weights of documents, as in DSIR (Xie et al. 2023, arXiv:2302.03169).

    weights = ImportanceWeights.fit(target_texts, raw_texts, buckets=10_000)
    logs = np.array([weights.log_weight(text) for text in pool])
    chosen = resample(logs, 200, np.random.default_rng(0))

Samples come from q (the pool) and are wanted from p (the target): drawing them anew in proportion
to p(x) / q(x) gives samples of p. For texts both are bags of hashed words and pairs of words, so
log p(x) / q(x) is a sum over the text's features. Add-one smoothing keeps it finite.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cs336_data.text.hashing import hash_words, mix, ngram_hashes
from cs336_data.text.normalise import normalised_words

Vector = NDArray[np.float64]


def feature_counts(text: str, buckets: int) -> Vector:
    """(buckets,) how many words and pairs of words of the normalised text fall into each bucket."""
    words = hash_words(normalised_words(text))
    hashes = np.concatenate([mix(words), ngram_hashes(words, 2)])
    places = (hashes % np.uint64(buckets)).astype(np.int64)
    return np.bincount(places, minlength=buckets).astype(np.float64)


def bucket_probabilities(texts: Iterable[str], buckets: int, smoothing: float = 1.0) -> Vector:
    """(buckets,) share of each bucket among all features of the texts, `smoothing` added to each.

    Raises:
        ValueError: fewer than one bucket, or a smoothing of 0 or less: an empty bucket would make
            weights infinite.
    """
    if buckets < 1 or smoothing <= 0:
        raise ValueError(f"buckets >= 1 and smoothing > 0, not {buckets} and {smoothing}")
    counts = np.full(buckets, smoothing)
    for text in texts:
        counts += feature_counts(text, buckets)
    probabilities: Vector = counts / counts.sum()
    return probabilities


@dataclass(frozen=True)
class ImportanceWeights:
    """`log_ratio` (buckets,): log p - log q of a feature."""

    log_ratio: Vector

    @classmethod
    def fit(cls, target: Iterable[str], raw: Iterable[str], buckets: int) -> ImportanceWeights:
        """Both models from texts of the target and of the pool."""
        p, q = bucket_probabilities(target, buckets), bucket_probabilities(raw, buckets)
        return cls(np.log(p) - np.log(q))

    def log_weight(self, text: str) -> float:
        """log p(text) - log q(text): a sum, so it grows with the length of the text."""
        return float(feature_counts(text, len(self.log_ratio)) @ self.log_ratio)


def resample(log_weights: Vector, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """`count` different numbers of documents, drawn in proportion to exp(log_weights).

    Adds Gumbel noise to each log weight and takes the largest: the same as drawing one after the
    other without putting back.

    Raises:
        ValueError: more are asked for than there are.
    """
    if not 0 <= count <= len(log_weights):
        raise ValueError(f"{count} of {len(log_weights)} documents cannot be drawn")
    keys = log_weights + rng.gumbel(size=len(log_weights))
    return np.sort(np.argsort(-keys, kind="stable")[:count])


def effective_sample_size(log_weights: Vector) -> float:
    """(sum w)**2 / sum w**2: how many equally weighted samples these are worth."""
    weights = np.exp(log_weights - log_weights.max())
    return float(weights.sum() ** 2 / (weights**2).sum())
