"""From scores to kept documents, and how good the choice was where the truth is known."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Mask = NDArray[np.bool_]


def keep_top(scores: Vector, share: float) -> Mask:
    """(n,) the `share` of documents with the highest scores; of equal ones the first.

    Raises:
        ValueError: the share is not in [0, 1].
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share must be in [0, 1], got {share}")
    kept = np.zeros(len(scores), dtype=bool)
    kept[np.argsort(-scores, kind="stable")[: round(share * len(scores))]] = True
    return kept


def keep_by_chance(probabilities: Vector, rng: np.random.Generator, alpha: float = 9.0) -> Mask:
    """(n,) documents kept as GPT-3 did: if a draw of Pareto(alpha) exceeds 1 - probability.

    That happens with probability (2 - p)**-alpha (Brown et al. 2020, appendix A): surely for a
    document that the classifier is sure of, and at times for one that it rejects.
    """
    kept: Mask = rng.pareto(alpha, size=len(probabilities)) > 1 - probabilities
    return kept


def precision_and_recall(kept: Mask, wanted: Mask) -> tuple[float, float]:
    """Share of the kept that is wanted, and of the wanted that is kept; 1 where nothing is kept.

    Raises:
        ValueError: nothing is wanted, so there is no recall.
    """
    if not wanted.any():
        raise ValueError("recall needs at least one wanted document")
    both = int((kept & wanted).sum())
    return both / max(1, int(kept.sum())) if kept.any() else 1.0, both / int(wanted.sum())


def curve(scores: Vector, wanted: Mask) -> tuple[Vector, Vector]:
    """(n,) precision and (n,) recall of keeping the 1, 2, … n documents with the highest scores."""
    hits = np.cumsum(wanted[np.argsort(-scores, kind="stable")])
    return hits / np.arange(1, len(scores) + 1), hits / max(1, int(wanted.sum()))


def average_precision(scores: Vector, wanted: Mask) -> float:
    """Mean of the precision at each wanted document: 1 if all wanted ones come first."""
    precision, _ = curve(scores, wanted)
    return float(precision[wanted[np.argsort(-scores, kind="stable")]].mean())
