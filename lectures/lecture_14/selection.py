"""One pool, a target, and scores of every document by three methods.

The pool holds prose of lectures 4 to 9, manuals, code, planted web junk, and text by a Markov chain
(`tools/make_pool.py`). Wanted are the lectures; known to the methods are lectures 1 to 3 and a part
of the pool that is set aside without labels, as in practice.
"""

import gzip
import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path

import numpy as np
from cs336_data.models.linear import Model, train
from cs336_data.selection.importance import ImportanceWeights
from cs336_data.selection.kneser_ney import KneserNey
from cs336_data.selection.thresholds import Mask, Vector, average_precision, curve, keep_by_chance
from cs336_data.text.normalise import normalised_words

FILE = Path(__file__).parent / "data" / "pool.json.gz"
TARGET = ("lecture_01", "lecture_02", "lecture_03")
ASIDE = 300  # documents of the pool that the methods may learn from, without labels
MACHINE = "machine text"
BUCKETS = 1024
SENTENCES = (
    "we live in san francisco",
    "we fly to san francisco",
    "they fly to san francisco",
    "she drinks tea",
    "he drinks water",
    "they drink tea",
)
"""San comes before Francisco, and nothing else does."""
Words = list[str]


@dataclass(frozen=True, slots=True)
class Document:
    """A text, which lecture or other source it is from, and what kind that is."""

    kind: str
    source: str
    text: str

    @property
    def words(self) -> Words:
        """Its words in lower case without punctuation; one that is unknown if there is none."""
        return normalised_words(self.text) or ["<none>"]


@dataclass(frozen=True)
class Data:
    """The sample of the target, the raw sample without labels, and the pool to choose from."""

    target: list[Document]
    raw: list[Document]
    pool: list[Document]

    @property
    def wanted(self) -> Mask:
        """(pool,) which documents are of the target's kind."""
        return np.array([document.kind == "lecture" for document in self.pool])

    @property
    def by_machine(self) -> Mask:
        """(pool,) which documents a Markov chain wrote."""
        return np.array([document.kind == MACHINE for document in self.pool])


@cache
def documents() -> tuple[Document, ...]:
    """Every document of the file, in its order."""
    return tuple(Document(**row) for row in json.loads(gzip.decompress(FILE.read_bytes())))


def load() -> Data:
    """The documents, divided."""
    target = [d for d in documents() if d.source in TARGET]
    rest = [d for d in documents() if d.source not in TARGET]
    return Data(target, rest[:ASIDE], rest[ASIDE:])


def texts(chosen: Sequence[Document]) -> list[str]:
    """The texts of documents."""
    return [document.text for document in chosen]


def known_twice(chosen: Sequence[Document]) -> set[str]:
    """Words that occur at least twice in the documents."""
    counts = Counter(word for document in chosen for word in document.words)
    return {word for word, count in counts.items() if count > 1}


def model_of_known_words(data: Data) -> KneserNey:
    """Trigrams of the target, in which words that it has only once are one word."""
    words = [document.words for document in data.target]
    return KneserNey.fit(words, vocabulary=known_twice(data.target))


def chances(levels: Sequence[float], draws: int = 20_000) -> dict[float, float]:
    """Share of documents that are kept by chance, by the classifier's probability."""
    rng = np.random.default_rng(1)
    return {p: float(keep_by_chance(np.full(draws, p), rng).mean()) for p in levels}


def fluency(model: KneserNey, pool: Sequence[Document]) -> Vector:
    """(pool,) mean log probability of a word: minus the logarithm of the perplexity."""
    return np.array([-math.log(model.perplexity(document.words)) for document in pool])


def perplexities_of_texts(model: KneserNey, data: Data) -> dict[str, float]:
    """Perplexities of a text that the model has read, and of four that it has not."""
    unseen = next(d for d in data.pool if d.kind == "lecture").words
    return {
        "a paragraph of lecture 1": model.perplexity(data.target[5].words),
        "an unseen lecture": model.perplexity(unseen),
        "its words, sorted": model.perplexity(sorted(unseen)),
        "the, sixteen times": model.perplexity(["the"] * 16),
        "five invented words": model.perplexity(["blorp", "zim", "wug", "dax", "toma"]),
    }


def median_perplexities(values: Vector, data: Data) -> dict[str, float]:
    """Median perplexity of each kind of document, from mean log probabilities."""
    kinds = np.array([document.kind for document in data.pool])
    return {kind: math.exp(-float(np.median(values[kinds == kind]))) for kind in sorted({*kinds})}


def average_precisions(
    scores: Mapping[str, Vector], data: Data, some: Mask | None = None
) -> dict[str, float]:
    """Average precision of each score among some documents of the pool, or all."""
    among = np.ones(len(data.pool), dtype=bool) if some is None else some
    wanted = data.wanted[among]
    return {name: average_precision(values[among], wanted) for name, values in scores.items()}


def trained_classifier(data: Data, buckets: int = 1 << 14) -> Model:
    """Target against raw sample, whose wanted documents count as negatives: nobody labelled it."""
    labels = [1] * len(data.target) + [0] * len(data.raw)
    return train(texts(data.target + data.raw), labels, "words", buckets=buckets, epochs=5)


def class_scores(model: Model, pool: Sequence[Document]) -> Vector:
    """(pool,) scores of a linear model."""
    return np.array([model.score(document.text) for document in pool])


def log_weights(data: Data, buckets: int = BUCKETS) -> Vector:
    """(pool,) logarithms of the importance weights."""
    weights = ImportanceWeights.fit(texts(data.target), texts(data.raw), buckets)
    return np.array([weights.log_weight(document.text) for document in data.pool])


@cache
def all_scores() -> dict[str, Vector]:
    """The three scores of the pool, by the names that the figures have."""
    data = load()
    model = KneserNey.fit([document.words for document in data.target])
    return {
        "n-gram model": fluency(model, data.pool),
        "classifier": class_scores(trained_classifier(data), data.pool),
        "importance weight": log_weights(data),
    }


def rank_correlations(scores: Mapping[str, Vector]) -> dict[str, float]:
    """Spearman's correlation of each pair of scores."""
    ranks = {name: np.argsort(np.argsort(values)) for name, values in scores.items()}
    return {
        f"{one}, {two}": float(np.corrcoef(ranks[one], ranks[two])[0, 1])
        for one, two in combinations(ranks, 2)
    }


def precision_by_buckets(data: Data, sizes: Sequence[int]) -> dict[int, float]:
    """Average precision of the classifier by the size of its table, machine text left out."""
    people = ~data.by_machine
    return {
        size: average_precision(
            class_scores(trained_classifier(data, size), data.pool)[people], data.wanted[people]
        )
        for size in sizes
    }


def curves(scores: Mapping[str, Vector], data: Data) -> list[dict[str, object]]:
    """Rows of method, pool ("all" or "without machine text"), recall and precision."""
    rows: list[dict[str, object]] = []
    for pool, mask in (("whole pool", data.wanted | True), ("pool without machine text",
                                                           ~data.by_machine)):  # fmt: skip
        for method, values in scores.items():
            precision, recall = curve(values[mask], data.wanted[mask])
            for level in np.linspace(0.05, 1, 20):
                at = int(np.searchsorted(recall, level - 1e-9))
                rows.append(
                    {"pool": pool, "method": method, "recall": round(float(level), 2),
                     "precision": round(float(precision[at]), 3)}
                )  # fmt: skip
    return rows


def first_kinds(scores: Vector, data: Data, count: int) -> dict[str, int]:
    """What the `count` documents with the highest scores are."""
    best = np.argsort(-scores, kind="stable")[:count]
    return dict(Counter(data.pool[i].kind for i in best).most_common())


def precision_at(share: float, precision: float, recall: float, new_share: float) -> float:
    """Precision of the same filter on a pool with another share of wanted documents.

    Recall and the rate of false alarms belong to the filter; how many alarms are false depends on
    the pool.
    """
    false_alarms = recall * share / precision * (1 - precision) / (1 - share)
    return recall * new_share / (recall * new_share + false_alarms * (1 - new_share))
