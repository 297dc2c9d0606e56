"""Does a model repeat what it read? A model of word pairs, and a passage that it reads r times.

The background is sentences without sense over the same words, so that the passage has competition
at every word. Generation is greedy: the most frequent next word, the first one met among equals.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise

WORDS = [
    "harbour", "ferry", "winter", "bread", "letter", "captain", "tide", "window", "garden",
    "engine", "piano", "stairs", "morning", "island", "teacher", "chapel", "lamp", "rope",
    "kettle", "gull", "street", "market", "story", "river",
]  # fmt: skip
BACKGROUND, LENGTH = 20_000, 20  # words of the background; of the passage


def passages(count: int, seed: int = 0) -> list[list[str]]:
    """Passages in which no word comes twice, so that a pair of words says what follows."""
    rng = random.Random(seed)
    return [rng.sample(WORDS, LENGTH) for _ in range(count)]


def text_with(passage: Sequence[str], times: int, seed: int = 0) -> list[str]:
    """Words at random, and behind them the passage so many times."""
    return random.Random(1000 + seed).choices(WORDS, k=BACKGROUND) + [*passage] * times


def train(text: Sequence[str]) -> dict[str, Counter[str]]:
    """For each word, how often each other follows it."""
    follows: dict[str, Counter[str]] = defaultdict(Counter)
    for word, after in pairwise(text):
        follows[word][after] += 1
    return follows


def continue_greedily(model: dict[str, Counter[str]], start: str, length: int) -> list[str]:
    """The most frequent next word, again and again."""
    made = [start]
    while len(made) < length:
        made.append(model[made[-1]].most_common(1)[0][0])
    return made


def verbatim(model: dict[str, Counter[str]], passage: Sequence[str]) -> int:
    """The longest run of the passage that comes out, word for word, after one of its words."""
    best = 0
    for at, word in enumerate(passage):
        rest = passage[at:]
        made = continue_greedily(model, word, len(rest))
        same = [a == b for a, b in zip(made, rest, strict=True)]
        best = max(best, [*same, False].index(False))
    return best


def repeated(times: Sequence[int], tries: int = 12) -> dict[int, float]:
    """Mean length of the longest verbatim run when the passage was read so many times."""
    found: dict[int, float] = {}
    for r in times:
        runs = [
            verbatim(train(text_with(passage, r, number)), passage)
            for number, passage in enumerate(passages(tries))
        ]
        found[r] = sum(runs) / tries
    return found
