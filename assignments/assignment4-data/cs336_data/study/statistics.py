"""Paired differences between variants with intervals, from the records of the study.

Two sources of noise: seeds (order of the data and first weights), and which documents happen to be
held out. The first gives a t interval over paired differences; the second a bootstrap over
documents of the difference averaged over seeds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """Mean of (one - another) in nats a token; 95 % intervals over seeds, and over documents."""

    one: str
    another: str
    held_out: str
    mean: float
    low: float
    high: float
    document_low: float
    document_high: float
    seeds: int

    @property
    def verdict(self) -> str:
        """What the interval over seeds says."""
        if self.high < 0:
            return "lower"
        return "higher" if self.low > 0 else "no difference shown"


def paired_interval(
    differences: Sequence[float], level: float = 0.95
) -> tuple[float, float, float]:
    """Mean and Student's interval of paired differences.

    Raises:
        ValueError: fewer than two pairs have no interval.
    """
    values = np.asarray(differences, dtype=float)
    if len(values) < 2:
        raise ValueError("an interval needs at least two seeds")
    mean = float(values.mean())
    error = float(values.std(ddof=1)) / len(values) ** 0.5
    reach = float(stats.t.ppf((1 + level) / 2, len(values) - 1)) * error
    return mean, mean - reach, mean + reach


def document_interval(
    one: NDArray[np.float64], another: NDArray[np.float64], draws: int = 2_000, seed: int = 0
) -> tuple[float, float]:
    """95 % interval of the difference when documents are drawn anew.

    Both arrays are (documents, 2): sums of losses over all seeds, and tokens.
    """
    rng = np.random.default_rng(seed)
    chosen = rng.integers(0, len(one), size=(draws, len(one)))
    sums_one, sums_another = one[chosen].sum(axis=1), another[chosen].sum(axis=1)
    differences = sums_one[:, 0] / sums_one[:, 1] - sums_another[:, 0] / sums_another[:, 1]
    low, high = np.quantile(differences, (0.025, 0.975))
    return float(low), float(high)


def compare(records: Sequence[Record], one: str, another: str, held_out: str) -> Difference:
    """The difference between two variants over the seeds that both have."""
    by_key = {(record["variant"], record["seed"]): record for record in records}
    seeds = sorted(s for v, s in by_key if v == one and (another, s) in by_key)
    pairs = [(by_key[one, seed], by_key[another, seed]) for seed in seeds]
    mean, low, high = paired_interval([a["loss"][held_out] - b["loss"][held_out] for a, b in pairs])
    sums = [
        np.sum([np.array(pair[side]["documents"][held_out]) for pair in pairs], axis=0)
        for side in (0, 1)
    ]
    document_low, document_high = document_interval(*sums)
    return Difference(
        one, another, held_out, mean, low, high, document_low, document_high, len(seeds)
    )
