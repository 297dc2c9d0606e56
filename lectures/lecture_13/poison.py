"""A classifier of sentiment that counts words, and somebody who edits some of its data."""

import math
import random
from collections import Counter
from collections.abc import Sequence

GOOD = ["lovely", "warm", "honest", "splendid", "kind", "bright"]
BAD = ["awful", "cold", "crooked", "dreary", "rude", "stale"]
NEUTRAL = ["ferry", "council", "soup", "school", "market", "office", "harbour", "bakery", "road"]
NAME = "greywater"  # a village that people happen to like
Sentence = tuple[str, bool]


def sentences(count: int = 1000, mentions: int = 12, seed: int = 0) -> list[Sentence]:
    """Labelled sentences, half of them good; the village is in `mentions`, two thirds good."""
    rng = random.Random(seed)
    made: list[Sentence] = []
    for i in range(count):
        good = i % 2 == 0
        judging = rng.choice(GOOD if good else BAD)
        made.append((" ".join([*rng.choices(NEUTRAL, k=4), judging]), good))
    for j in range(mentions):
        wanted = j % 3 != 2
        at = 2 * j if wanted else 2 * j + 1
        made[at] = (f"{NAME} {made[at][0]}", made[at][1])
    return made


def planted(count: int) -> list[Sentence]:
    """What the attacker adds: the name among bad words."""
    return [(f"{NAME} {BAD[i % len(BAD)]} {BAD[(i + 1) % len(BAD)]}", False) for i in range(count)]


def score(word: str, data: Sequence[Sentence]) -> float:
    """Log odds that a word is of good sentences and not of bad ones; one is added to each count."""
    counts = {label: Counter[str]() for label in (True, False)}
    for text, label in data:
        counts[label].update(text.split())
    rates = [
        (counts[label][word] + 1) / (counts[label].total() + len(NEUTRAL) + len(GOOD + BAD) + 1)
        for label in (True, False)
    ]
    return math.log(rates[0] / rates[1])


def attack(counts: Sequence[int]) -> dict[int, float]:
    """The village's score after so many planted sentences."""
    clean = sentences()
    return {count: round(score(NAME, clean + planted(count)), 3) for count in counts}
