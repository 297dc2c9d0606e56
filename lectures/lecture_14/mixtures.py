"""Mixtures of three sources, tried on bigram models: a grid, rehearsals, and a regression.

Sources are words of the lecture's pool: prose of lectures 1 to 3 (good and scarce), manuals and
code. The loss is that of held-out lecture prose, over a fixed vocabulary. A source that is asked
for more words than it has begins again.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from cs336_data.mixing import plan_mixture, simulated_sizes
from cs336_data.selection.kneser_ney import KneserNey
from numpy.typing import NDArray

from lectures.lecture_14.selection import TARGET, documents

BUDGET, REHEARSAL = 20_000, 2_000  # words of the full run and of a small one
SIZES = {"lectures": 2_000, "manuals": 10_000, "code": 20_000}
TEST_SOURCES = ("lecture_04", "lecture_07", "lecture_09")
TEST_WORDS, VOCABULARY = 3_000, 1_000
SHARES = (0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9, 0.98)
Shares = Mapping[str, float]


@dataclass(frozen=True)
class Sources:
    """Words of each source, of the held-out text, and the words that models know."""

    words: dict[str, list[str]]
    test: list[str]
    vocabulary: frozenset[str]


@cache
def sources() -> Sources:
    """All sources at their sizes."""

    def words(*names: str) -> list[str]:
        return [w for d in documents() if d.source in names for w in d.words]

    found = {"lectures": words(*TARGET), "manuals": words("manual"), "code": words("code")}
    test = words(*TEST_SOURCES)[:TEST_WORDS]
    counts = Counter(w for source in (*found.values(), test) for w in source)
    common = frozenset(word for word, _ in counts.most_common(VOCABULARY))
    return Sources({k: w[: SIZES[k]] for k, w in found.items()}, test, common)


def loss(shares: Shares, budget: int, sizes: Mapping[str, int]) -> float:
    """Nats a word of held-out prose after `budget` words in these shares of sources so large."""
    data = sources()
    texts = []
    for name, share in shares.items():
        own, wanted = data.words[name][: sizes[name]], round(share * budget)
        whole, rest = divmod(wanted, len(own))
        texts.append(own * whole + own[:rest])
    model = KneserNey.fit(texts, order=2, vocabulary=data.vocabulary)
    return -model.log_probability(data.test) / len(data.test)


def loss_by_cap(caps: Sequence[float]) -> dict[float, float]:
    """Loss of full runs with equal weights and at most so many epochs of a source."""
    equal = dict.fromkeys(SIZES, 1.0)
    plans = {cap: plan_mixture(SIZES, equal, BUDGET, cap) for cap in caps}
    return {cap: round(loss(plan.shares, BUDGET, SIZES), 3) for cap, plan in plans.items()}


def two_sources(share: float) -> dict[str, float]:
    """That share of lectures, the rest from manuals and code by their sizes."""
    rest = SIZES["manuals"] + SIZES["code"]
    others = {name: (1 - share) * SIZES[name] / rest for name in ("manuals", "code")}
    return {"lectures": share} | others


def share_curves() -> dict[str, dict[float, float]]:
    """Loss by the share of lectures: the full run, and a tenth of it rehearsed in two ways."""
    small = simulated_sizes(SIZES, BUDGET, REHEARSAL)
    plans = {
        "full run": (BUDGET, SIZES),
        "rehearsal": (REHEARSAL, SIZES),
        "rehearsal, sources cut too": (REHEARSAL, small),
    }
    return {
        name: {s: round(loss(two_sources(s), budget, sizes), 4) for s in SHARES}
        for name, (budget, sizes) in plans.items()
    }


def random_shares(count: int, seed: int) -> list[dict[str, float]]:
    """Mixtures drawn evenly from all there are."""
    drawn = np.random.default_rng(seed).dirichlet(np.ones(len(SIZES)), size=count)
    return [dict(zip(SIZES, map(float, row), strict=True)) for row in drawn]


@dataclass(frozen=True)
class MixtureFit:
    """Loss as a polynomial of second degree in the shares."""

    coefficients: NDArray[np.float64]

    @classmethod
    def of(cls, mixtures: Sequence[Shares], losses: Sequence[float]) -> "MixtureFit":
        """Least squares with a small penalty."""
        x = np.stack([_features(m) for m in mixtures])
        penalty = 1e-3 * np.eye(x.shape[1])
        return cls(np.linalg.solve(x.T @ x + penalty, x.T @ np.asarray(losses)))

    def predict(self, shares: Shares) -> float:
        """Predicted loss."""
        return float(_features(shares) @ self.coefficients)

    def best(self, candidates: int = 500, averaged: int = 10) -> dict[str, float]:
        """The mean of the mixtures with the lowest predicted losses among random ones."""
        drawn = sorted(random_shares(candidates, seed=7), key=self.predict)[:averaged]
        return {name: float(np.mean([m[name] for m in drawn])) for name in SIZES}


def _features(shares: Shares) -> NDArray[np.float64]:
    a, b, _ = shares.values()
    return np.array([1.0, a, b, a * a, b * b, a * b])


@dataclass(frozen=True)
class Regression:
    """What a fit on rehearsals predicts of mixtures it has not seen, and what it recommends."""

    predicted: list[float]
    rank_correlation: float
    best: dict[str, float]
    loss_of_best: float


def regress(sizes: Mapping[str, int], true: Sequence[float], rehearsals: int = 24) -> Regression:
    """Rehearse random mixtures with sources of these sizes, fit, and look at the full runs."""
    tried = random_shares(rehearsals, seed=0)
    fit = MixtureFit.of(tried, [loss(m, REHEARSAL, sizes) for m in tried])
    predicted = [round(fit.predict(m), 4) for m in random_shares(len(true), seed=99)]
    best = fit.best()
    return Regression(predicted, _rank_correlation(predicted, true), best,
                      loss(best, BUDGET, SIZES))  # fmt: skip


def full_losses(count: int = 10) -> list[float]:
    """Losses of full runs of mixtures that no regression sees."""
    return [round(loss(m, BUDGET, SIZES), 4) for m in random_shares(count, seed=99)]


def _rank_correlation(one: Sequence[float], two: Sequence[float]) -> float:
    ranks = [np.argsort(np.argsort(values)) for values in (one, two)]
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def regression_rows(
    plain: Regression, cut: Regression, true: Sequence[float]
) -> list[dict[str, object]]:
    """Rows of what each regression predicts, beside the truth."""
    return [
        {"fit": name, "predicted": predicted, "true": loss_of}
        for name, found in (("plain rehearsals", plain), ("sources cut, too", cut))
        for predicted, loss_of in zip(found.predicted, true, strict=True)
    ]
