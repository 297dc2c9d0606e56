"""A linear classifier over hashed n-grams, as fastText's without hidden layer: train, save, load.

    model = train(texts, labels, kind="words")
    model.probability("some text")

The score of a text is the mean weight of its n-grams plus a bias (Joulin et al. 2016 average word
vectors; with two classes and no hidden layer that is one number a word). Each n-gram's hash modulo
the table's size is its place, so there is no vocabulary; weights are kept as int8. A logistic curve
fitted on texts not trained on makes the score a probability (Platt 1999).

Kinds of features: "words" are words and pairs of words in lower case, and the shapes of lines
(their length and whether they end a sentence), alone and in twos and threes; "characters" adds runs
of 3 to 5 characters inside a line, which survive misspelling, and judges a long text by its worst
windows.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from cs336_basics.support.whole_file import whole_file
from numpy.typing import NDArray

from cs336_data.text.hashing import hash_words, mix, ngram_hashes
from cs336_data.text.view import View

Kind = Literal["words", "characters"]
FOLDER = Path(__file__).parent
TRAINERS = {"toxic": "toxicity", "nsfw": "toxicity"}  # others train under their own name
MAX_WORDS = 2_000  # of a text that are looked at
MAX_WINDOWS = 500  # the same for a model that judges by windows
MAX_LINES = 400
SHAPE_WEIGHT = 3  # a line has many words and one shape
WINDOW_WORDS = 40
TOP_SHARE = 0.05  # share of windows, the worst ones, whose mean is the score of a long text
_SPACED = re.compile(r"(?<!\w)(?:\w ){3,}\w(?!\w)")
_TOKEN = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True)
class Model:
    """Weights (buckets,) in units of `scale`, and the calibration of their mean."""

    kind: Kind
    weights: NDArray[np.int8]
    scale: float
    bias: float
    slope: float
    about: dict[str, Any]

    def probability(self, text: str | View) -> float:
        """Probability of the positive class."""
        raw = text.text if isinstance(text, View) else text
        if self.kind == "words":
            return _sigmoid(self.slope * self.score(raw) + self.bias)
        scores = np.sort(self.window_scores(raw))[::-1]
        worst = scores[: max(1, round(len(scores) * TOP_SHARE))]
        return _sigmoid(self.slope * float(worst.mean()) + self.bias)

    def score(self, text: str) -> float:
        """Mean weight of the text's n-grams, not calibrated; 0 for a text without any."""
        places = features(text, self.kind, len(self.weights))
        return float(self.weights[places].mean()) * self.scale if len(places) else 0.0

    def window_scores(self, text: str) -> NDArray[np.float64]:
        """`score` of pieces of about `WINDOW_WORDS` words, in one pass over the text."""
        count = max(1, -(-len(text.split()) // WINDOW_WORDS))
        total, number = np.zeros(count), np.zeros(count)
        for places in feature_groups(text, self.kind, len(self.weights)):
            if len(places):
                piece = np.arange(len(places)) * count // len(places)
                total += np.bincount(piece, self.weights[places], count)
                number += np.bincount(piece, minlength=count)
        scores: NDArray[np.float64] = total / np.maximum(number, 1) * self.scale
        return scores

    def save(self, path: Path) -> None:
        """Write an .npz file that `load` reads; it appears whole."""
        numbers = np.array([self.scale, self.bias, self.slope])
        with whole_file(path) as file:
            np.savez_compressed(
                file,
                weights=self.weights,
                numbers=numbers,
                about=np.array(json.dumps({"kind": self.kind, **self.about})),
            )


def load(path: Path) -> Model:
    """Read a model.

    Raises:
        FileNotFoundError: no such file, with the command that makes it.
    """
    if not path.is_file():
        raise FileNotFoundError(
            f"no model {path}: `git checkout` it, or train it with `python -m "
            f"cs336_data.models.train_{TRAINERS.get(path.stem, path.stem)}`"
        )
    with np.load(path, allow_pickle=False) as file:
        about = json.loads(str(file["about"]))
        scale, bias, slope = (float(number) for number in file["numbers"])
        return Model(about.pop("kind"), file["weights"], scale, bias, slope, about)


@cache
def load_model(name: str) -> Model:
    """One of the models in this folder, read once."""
    return load(FOLDER / f"{name}.npz")


def features(text: str, kind: Kind, buckets: int) -> NDArray[np.int64]:
    """(n,) places of the text's n-grams in a table of `buckets` weights."""
    return np.concatenate(feature_groups(text, kind, buckets))


def feature_groups(text: str, kind: Kind, buckets: int) -> list[NDArray[np.int64]]:
    """The same, one array for each kind of n-gram, in the order of the text."""
    lower = text.lower()
    limit = MAX_WORDS
    if kind == "characters":
        lower = _SPACED.sub(lambda match: match[0].replace(" ", ""), lower)
        limit = MAX_WINDOWS * WINDOW_WORDS
    words = hash_words(_TOKEN.findall(lower)[:limit])
    parts = [mix(words), ngram_hashes(words, 2)]
    if kind == "characters":
        line = f" {' '.join(lower.split()[:limit])} ".encode("utf-32-le", "replace")
        points = np.frombuffer(line, dtype="<u4").astype(np.uint64)
        parts += [ngram_hashes(points, n) for n in (3, 4, 5)]
    else:
        shapes = hash_words(line_shapes(text))
        parts += [mix(shapes), ngram_hashes(shapes, 2), ngram_hashes(shapes, 3)] * SHAPE_WEIGHT
    return [(part % np.uint64(buckets)).astype(np.int64) for part in parts]


def line_shapes(text: str) -> list[str]:
    """A name for the shape of each line: how many words, how it begins, how it ends."""
    shapes = []
    for line in text.split("\n")[:MAX_LINES]:
        stripped = line.strip()
        if stripped:
            count = len(stripped.split())
            size = "1" if count < 2 else "4" if count < 5 else "12" if count < 13 else "long"
            end = (
                "."
                if stripped[-1] in ".!?:"
                else stripped[-1]
                if not stripped[-1].isalnum()
                else ""
            )
            begin = (
                stripped[0] if not stripped[0].isalnum() else "A" if stripped[0].isupper() else "a"
            )
            shapes.append(f"\n{begin}{size}{end}")
    return shapes


def train(
    texts: Sequence[str],
    labels: Sequence[int],
    kind: Kind = "words",
    *,
    buckets: int = 1 << 17,
    epochs: int = 8,
    rate: float = 1.0,
    decay: float = 1e-5,
    seed: int = 0,
    unknown: float | None = None,
    about: dict[str, Any] | None = None,
) -> Model:
    """Logistic regression by Adagrad, one text at a time; labels are 0 and 1.

    Classes weigh the same however many texts they have. `unknown` fixes the bias, which is what a
    text without any known n-gram gets: where most of the language was never seen in training, it
    has to be negative. Calibrate with `calibrated` on other texts.
    """
    if len(texts) != len(labels) or len(set(labels)) != 2:
        raise ValueError("train needs as many labels as texts, and both classes")
    places = [features(text, kind, buckets) for text in texts]
    positives = sum(labels) / len(labels)
    weight = (0.5 / (1 - positives), 0.5 / positives)
    weights = np.zeros(buckets)
    squares = np.full(buckets, 1e-8)
    bias = unknown or 0.0
    rng = np.random.default_rng(seed)
    for epoch in range(epochs):
        step = rate * (1 - epoch / epochs)
        for i in rng.permutation(len(texts)):
            at = places[i]
            if not len(at):
                continue
            error = _sigmoid(float(weights[at].mean()) + bias) - labels[i]
            unique, counts = np.unique(at, return_counts=True)
            slope = error * weight[labels[i]] * counts / len(at) + decay * weights[unique]
            squares[unique] += slope**2
            weights[unique] -= step * slope / np.sqrt(squares[unique])
            if unknown is None:
                bias -= 0.01 * step * error
    scale = float(np.quantile(np.abs(weights), 0.9999)) / 127 or 1.0
    rounded = np.clip(np.rint(weights / scale), -127, 127).astype(np.int8)
    return Model(kind, rounded, scale, bias, 1.0, dict(about or {}))


def calibrated(model: Model, texts: Sequence[str], labels: Sequence[int]) -> Model:
    """The model with slope and bias fitted on texts that it was not trained on (Platt 1999).

    Targets are slightly inside 0 and 1, as Platt proposes, so that separable classes stay finite.

    Raises:
        ValueError: the texts are of one class.
    """
    if len(set(labels)) != 2:
        raise ValueError("calibrated needs texts of both classes")
    scores = np.array([model.score(text) for text in texts])
    truth = np.array(labels, dtype=float)
    positives, negatives = truth.sum(), len(truth) - truth.sum()
    target = np.where(truth == 1, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    weight = np.where(truth == 1, 0.5 / positives, 0.5 / negatives)
    columns = np.stack((scores, np.ones_like(scores)))  # (2, texts): slope and bias
    solution = np.array([1.0, model.bias])
    for _ in range(100):  # Newton's method
        p = 1 / (1 + np.exp(-np.clip(solution @ columns, -30, 30)))
        gradient = columns @ (weight * (p - target))
        hessian = (columns * (weight * p * (1 - p) + 1e-12)) @ columns.T
        move = np.linalg.solve(hessian + 1e-9 * np.eye(2), gradient)
        solution = solution - move
        if np.abs(move).max() < 1e-8:
            break
    slope, bias = map(float, solution)
    return Model(model.kind, model.weights, model.scale, bias, slope, model.about)


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, x))))
