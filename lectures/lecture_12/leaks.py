"""A benchmark of word problems, and training data into which it has leaked.

An item is thirteen tokens, "Ana has 13 pears and gets 5 more . how many ?" with the sum behind it;
eight items in a row are a window, which is what a model reads at once. Pairs of numbers that the
benchmark uses occur nowhere else in the training data, so a score on other held-out pairs is what
the model can do, and the difference is what the leak is worth.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

Tokens = NDArray[np.int64]
Leak = Literal["in order", "shuffled", "reworded"]
LEAKS: tuple[Leak, ...] = get_args(Leak)


def _words(text: str) -> list[str]:
    return text.split()


NUMBERS = 60  # operands are 0 ... 59
NAMES = _words("Ana Bo Cleo Dan Eva Finn Gus Hana Ida Jon Kim Lea Max Nora Otto Pia")
THINGS = _words("pears coins stamps shells books cards plums kites")
WORDS = _words("has and gets more . how many ? with than ,")
VOCABULARY = [str(number) for number in range(2 * NUMBERS - 1)] + NAMES + THINGS + WORDS
IDS = {word: place for place, word in enumerate(VOCABULARY)}
ITEM, ITEMS = 13, 8
WINDOW = ITEM * ITEMS
"""Tokens of an item, items of a window, tokens of a window."""

_PLAIN = _words("NAME has A THING and gets B more . how many ?")
_REWORDED = _words("with B more THING than A , how many has NAME ?")


@dataclass(frozen=True)
class Problem:
    """A name, a thing and two numbers."""

    name: str
    thing: str
    a: int
    b: int

    def words(self, *, reworded: bool = False) -> list[str]:
        """The item's thirteen words, the answer last."""
        said = {"NAME": self.name, "THING": self.thing, "A": str(self.a), "B": str(self.b)}
        form = _REWORDED if reworded else _PLAIN
        return [said.get(word, word) for word in form] + [str(self.a + self.b)]


def ids(problems: Sequence[Problem], *, reworded: bool = False) -> Tokens:
    """The items one after another, (problems, ITEM)."""
    return np.array([[IDS[w] for w in p.words(reworded=reworded)] for p in problems])


@dataclass(frozen=True)
class Exam:
    """The benchmark, in its published order, and other problems that nobody has seen."""

    items: list[Problem]
    fresh: list[Problem]
    training_pairs: NDArray[np.int64]


def make_exam(size: int = 128, seed: int = 0) -> Exam:
    """`size` benchmark items and as many fresh ones, from a fifth of all pairs of numbers."""
    rng = np.random.default_rng(seed)
    pairs = rng.permutation([(a, b) for a in range(NUMBERS) for b in range(NUMBERS)])
    held, trained = np.split(pairs, [len(pairs) // 5])
    chosen = [
        Problem(str(rng.choice(NAMES)), str(rng.choice(THINGS)), int(a), int(b))
        for a, b in held[: 2 * size]
    ]
    return Exam(chosen[:size], chosen[size:], trained)


def background(pairs: Tokens, windows: int, rng: np.random.Generator) -> Tokens:
    """Problems about the training pairs in both wordings, (windows, WINDOW)."""
    count = windows * ITEMS
    a, b = pairs[rng.integers(len(pairs), size=count)].T
    said = {
        "NAME": IDS[NAMES[0]] + rng.integers(len(NAMES), size=count),
        "THING": IDS[THINGS[0]] + rng.integers(len(THINGS), size=count),
        "A": a,
        "B": b,
    }
    forms = [
        np.stack([said[w] if w in said else np.full(count, IDS[w]) for w in form] + [a + b], 1)
        for form in (_PLAIN, _REWORDED)
    ]
    plain = rng.random(count) < 0.5
    return np.where(plain[:, None], forms[0], forms[1]).reshape(windows, WINDOW)


def leaked_windows(exam: Exam, leak: Leak, copies: int, rng: np.random.Generator) -> Tokens:
    """`copies` of the whole benchmark in windows, (copies · items / ITEMS, WINDOW)."""
    items = ids(exam.items, reworded=leak == "reworded")
    orders = [
        rng.permutation(len(items)) if leak == "shuffled" else np.arange(len(items))
        for _ in range(copies)
    ]
    if not orders:
        return np.zeros((0, WINDOW), dtype=np.int64)
    return np.concatenate([items[order].reshape(-1, WINDOW) for order in orders])


def training_windows(exam: Exam, windows: int, leak: Leak, copies: int, seed: int) -> Tokens:
    """Background with the leak in it, in random order, (windows, WINDOW).

    The background is the same for every leak of a seed, but for the windows that the leak replaces.

    Raises:
        ValueError: the leak is larger than the training data.
    """
    rng = np.random.default_rng((seed, copies, LEAKS.index(leak)))
    planted = leaked_windows(exam, leak, copies, rng)
    if len(planted) > windows:
        raise ValueError(f"{copies} copies are {len(planted)} windows, and there are {windows}")
    mixed = background(exam.training_pairs, windows, np.random.default_rng((seed, windows)))
    mixed[: len(planted)] = planted
    return np.asarray(rng.permutation(mixed))
