"""What an advantage does to prompts of different difficulty, by assignment 5's enumeration."""

import math
from collections.abc import Callable, Mapping, Sequence

from cs336_alignment.losses.advantages import centred, divided_by_mean, standardized
from cs336_alignment.losses.difficulty import difficulty_weight
from torch import Tensor

KINDS: Mapping[str, Callable[[Tensor], Tensor]] = {
    "mean taken off": centred,
    "and divided by std": standardized,
    "and divided by mean": divided_by_mean,
}
LIMITS: Mapping[str, Callable[[float], float]] = {
    "mean taken off": lambda p: 1.0,
    "and divided by std": lambda p: 1 / math.sqrt(p * (1 - p)),
    "and divided by mean": lambda p: 1 / p,
}
"""What the weights tend to for large groups."""


def signal(success: float, samples: int) -> float:
    """Probability that a group holds both right and wrong answers."""
    return 1 - success**samples - (1 - success) ** samples


def weights(chances: Sequence[float], samples: int) -> dict[str, list[float]]:
    """w(p) of each kind of advantage."""
    return {
        kind: [difficulty_weight(advantage, p, samples) for p in chances]
        for kind, advantage in KINDS.items()
    }


def cosine(one: Sequence[float], other: Sequence[float]) -> float:
    """Of two directions."""
    dot = sum(a * b for a, b in zip(one, other, strict=True))
    return dot / (math.hypot(*one) * math.hypot(*other))


def directions(chances: Sequence[float], samples: int) -> dict[str, float]:
    """Cosine of each expected gradient with that of the mean success.

    The policy has one logit a prompt, so that dp / d(logit) = p (1 - p).
    """
    slopes = [p * (1 - p) for p in chances]
    return {
        kind: cosine([w * s for w, s in zip(found, slopes, strict=True)], slopes)
        for kind, found in weights(chances, samples).items()
    }


def ascent(
    kind: str, chances: Sequence[float], samples: int, steps: int, length: float = 0.05
) -> list[list[float]]:
    """Success of every prompt after each step of equal length along the expected gradient."""
    logits = [math.log(p / (1 - p)) for p in chances]
    course = []
    for _ in range(steps + 1):
        now = [1 / (1 + math.exp(-x)) for x in logits]
        course.append(now)
        pushes = [difficulty_weight(KINDS[kind], p, samples) * p * (1 - p) for p in now]
        norm = math.hypot(*pushes)
        logits = [x + length * push / norm for x, push in zip(logits, pushes, strict=True)]
    return course
