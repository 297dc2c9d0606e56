"""Learning rates over a run, as factors from 0 to 1."""

from collections.abc import Callable
from math import cos, pi

Schedule = Callable[[int], float]
"""(step, from 0) -> factor on the peak learning rate."""

DECAY = 0.2  # share of a run


def warmed(step: int, warmup: int) -> float:
    """Linear from 1 / warmup to 1."""
    return min(1.0, (step + 1) / warmup)


def cosine(steps: int, warmup: int = 1) -> Schedule:
    """Warm-up, then half a cosine down to 0 at the end of `steps`."""

    def factor(step: int) -> float:
        done = max(0, step - warmup) / max(1, steps - warmup)
        return warmed(step, warmup) * 0.5 * (1 + cos(pi * done))

    return factor


def constant(warmup: int = 1) -> Schedule:
    """Warm-up, then 1 for ever: the trunk of WSD."""
    return lambda step: warmed(step, warmup)


def linear_to_zero(steps: int, warmup: int = 1) -> Schedule:
    """Warm-up, then straight down."""
    return lambda step: min(warmed(step, warmup), (steps - step) / max(1, steps - warmup))


def wsd(steps: int, warmup: int = 1, decay: float = DECAY) -> Schedule:
    """Warm-up, stable, and in the last share `decay` straight down (MiniCPM, arXiv:2404.06395)."""
    length = decay_steps(steps, decay)
    return lambda step: min(warmed(step, warmup), (steps - step) / length)


def decay_steps(steps: int, decay: float = DECAY) -> int:
    """Steps of the decay, at least one."""
    return max(1, round(decay * steps))


def steps_saved(lengths: list[int], decay: float = DECAY) -> tuple[int, int]:
    """Steps of one run for each length, and of one trunk with a branch for each."""
    trunk = max(lengths) - decay_steps(max(lengths), decay)
    return sum(lengths), trunk + sum(decay_steps(length, decay) for length in lengths)
