"""Mixing sources: which share of training each gets, how often it is repeated, and small
rehearsals.

    plan = plan_mixture({"web": 9_000, "books": 100}, {"web": 1, "books": 1}, budget=1_000,
max_epochs=4)
    plan.tokens    # {"web": 600, "books": 400}: books would have 5 epochs, so 4 and the rest to web

**Epoch caps.** Repeating a source up to about four times costs little, beyond that ever more
(Muennighoff et al. 2023, arXiv:2305.16264). What a cap takes away goes to the others by weight.
**Simulated epoching**: a rehearsal with a
hundredth of the budget must repeat a small source as often as the real run will; so each source is
cut to a hundredth first. Without that a rehearsal loves small sources, which it sees only once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Name = TypeVar("Name")


class MixtureError(ValueError):
    """A mixture that cannot be had from these sources."""


@dataclass(frozen=True, slots=True)
class Mixture:
    """Tokens to draw from each source, and how many times that goes through it."""

    tokens: dict[str, int]
    epochs: dict[str, float]

    @property
    def shares(self) -> dict[str, float]:
        """Each source's share of all tokens."""
        total = sum(self.tokens.values())
        return {name: count / total for name, count in self.tokens.items()}


def plan_mixture(
    sizes: Mapping[str, int],
    weights: Mapping[str, float],
    budget: int,
    max_epochs: float = 4.0,
) -> Mixture:
    """Divide `budget` tokens over sources of `sizes` tokens by `weights`, none beyond its cap.

    Raises:
        MixtureError: names do not match, a number is not positive, or all caps together are below
            the budget.
    """
    _check(sizes, weights, budget, max_epochs)
    caps = {name: max_epochs * size for name, size in sizes.items()}
    if sum(cap for name, cap in caps.items() if weights[name] > 0) < budget:
        raise MixtureError(
            f"{budget:,} tokens are more than {max_epochs:g} epochs of all sources "
            f"({sum(sizes.values()):,} tokens); add data or raise max_epochs"
        )
    tokens = dict.fromkeys(sizes, 0.0)
    free = {name for name in sizes if weights[name] > 0}
    left = float(budget)
    while left > 0.5 and free:  # fill by weight; whoever reaches its cap leaves
        total = sum(weights[name] for name in free)
        over = {n for n in free if tokens[n] + left * weights[n] / total >= caps[n]}
        for name in over or free:
            goal = caps[name] if over else tokens[name] + left * weights[name] / total
            tokens[name] = goal
        free -= over
        left = budget - sum(tokens.values())
        if not over:
            break
    rounded = _round(tokens, budget)
    return Mixture(rounded, {name: rounded[name] / sizes[name] for name in sizes})


def simulated_sizes(sizes: Mapping[str, int], budget: int, rehearsal: int) -> dict[str, int]:
    """Tokens of each source for a rehearsal, so that it repeats them as the full run would.

    Raises:
        MixtureError: the rehearsal is not smaller than the budget, or leaves a source empty.
    """
    if not 0 < rehearsal <= budget:
        raise MixtureError(f"a rehearsal of {rehearsal:,} tokens is not within {budget:,}")
    small = {name: round(size * rehearsal / budget) for name, size in sizes.items()}
    empty = [name for name, size in small.items() if size < 1]
    if empty:
        raise MixtureError(f"{empty[0]!r} would be empty in a rehearsal of {rehearsal:,} tokens")
    return small


def temperature_weights(sizes: Mapping[str, int], temperature: float) -> dict[str, float]:
    """Weights proportional to size**(1/temperature): 1 keeps the sizes, more flattens them."""
    if temperature <= 0:
        raise MixtureError(f"temperature must be positive, got {temperature}")
    raw = {name: float(size) ** (1 / temperature) for name, size in sizes.items()}
    total = sum(raw.values())
    return {name: value / total for name, value in raw.items()}


def draw_sources(mixture: Mixture, draws: int, seed: int) -> NDArray[np.int64]:
    """(draws,) which source each next sequence comes from, in the mixture's shares.

    Stratified: after any number of draws each source has its share, within two draws a source.

    Raises:
        MixtureError: a negative number of draws.
    """
    if draws < 0:
        raise MixtureError(f"{draws} draws cannot be made")
    shares = np.array(list(mixture.shares.values()))
    counts = np.array(list(_round(dict(enumerate(shares * draws)), draws).values()))
    rng = np.random.default_rng(seed)
    places = np.concatenate(
        [np.empty(0), *((np.arange(c) + rng.random()) / c for c in counts if c)]
    )
    names = np.repeat(np.arange(len(counts)), counts)
    drawn: NDArray[np.int64] = names[np.argsort(places, kind="stable")]
    return drawn


def _round(values: Mapping[Name, float], total: int) -> dict[Name, int]:
    """Whole numbers of that sum, each within one of its value (largest remainders)."""
    whole = {name: int(value) for name, value in values.items()}
    rest = total - sum(whole.values())
    by_remainder = sorted(values, key=lambda name: whole[name] - values[name])
    for name in by_remainder[:rest]:
        whole[name] += 1
    return whole


def _check(
    sizes: Mapping[str, int], weights: Mapping[str, float], budget: int, max_epochs: float
) -> None:
    if set(sizes) != set(weights):
        raise MixtureError(f"sources {sorted(sizes)} and weights {sorted(weights)} differ")
    if any(size < 1 for size in sizes.values()) or budget < 1 or max_epochs <= 0:
        raise MixtureError("sizes, budget and max_epochs must be positive")
    if any(weight < 0 for weight in weights.values()) or not any(weights.values()):
        raise MixtureError("weights must not be negative, and one must be positive")
