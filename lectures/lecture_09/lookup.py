"""A learner that is a table: it knows a fact if it has seen it once and has room for it.

Facts have the frequencies of assignment 3's Zipf source: P(rank >= r) = r^-alpha. What the table
does not know costs the entropy of the answers, so its excess loss is the probability of the facts
that are unknown. The most frequent facts have the room.
"""

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

SINGLE = 4096  # ranks below it are counted one by one, the others in groups of similar frequency
GROUPS = 3000
LAST = 1e12


@cache
def _groups(alpha: float) -> tuple[Array, Array, Array]:
    """First rank, number of ranks and probability of each group of facts."""
    edges = np.unique(np.round(np.geomspace(SINGLE, LAST, GROUPS)))
    first = np.concatenate([np.arange(1.0, SINGLE), edges[:-1]])
    after = np.concatenate([first[1:], edges[-1:]])
    return first, after - first, first**-alpha - after**-alpha


def unknown_mass(examples: float, room: float = LAST, alpha: float = 0.5) -> float:
    """Expected probability of a fact that a table of `room` facts has not seen in `examples`."""
    first, count, mass = _groups(alpha)
    seen = -np.expm1(examples * np.log1p(-np.minimum(mass / count, 1 - 1e-12)))
    kept = np.clip((room + 1 - first) / count, 0.0, 1.0)
    return float(1 - (mass * seen * kept).sum())


def counted_unknown(ranks: Sequence[int], alpha: float) -> float:
    """The same for the facts of one sample: one minus the probability of the distinct ranks."""
    distinct = np.unique(np.asarray(ranks, dtype=np.float64))
    return float(1 - (distinct**-alpha - (distinct + 1) ** -alpha).sum())


def best_table(budget: float, alpha: float = 0.5) -> tuple[float, float]:
    """(room, unknown mass) of the best table with room x examples = budget."""
    rooms = np.unique(np.round(np.geomspace(2, budget / 2, 400)))
    masses = [unknown_mass(budget / room, room, alpha) for room in rooms]
    best = int(np.argmin(masses))
    return float(rooms[best]), masses[best]
