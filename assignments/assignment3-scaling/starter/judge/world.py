"""A world to train in: what a run of any configuration would end with, without training it.

The base is a law of N and D. Rate, shape and batch multiply it, each run has its own luck, and a
few blow up. Whoever asks twice about a configuration gets the same answer.
"""

from __future__ import annotations

import math
import random
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from judge.laws import Array, Law
from numpy.typing import ArrayLike

Config = Mapping[str, float]
FIELDS = ("d_model", "num_layers", "num_heads", "batch_size", "learning_rate", "train_flops")
RANGES: Mapping[str, tuple[float, float]] = {
    "d_model": (64, 1024),
    "num_layers": (2, 24),
    "num_heads": (2, 16),
    "learning_rate": (1e-4, 1e-3),
}
BATCHES = (128, 256)
BUDGETS = [*(digit * 10**power for power in range(13, 18) for digit in (1, 3, 6)), 10**18]
TARGET = 10**19


@dataclass(frozen=True)
class Best:
    """The best configuration at a budget and its loss without luck."""

    config: dict[str, float]
    loss: float


@dataclass(frozen=True)
class World:
    """A law and what multiplies it.

    Attributes:
        law: the loss of N and D when all else is right.
        rate: the best one at N = 1e8 and batch 128.
        rate_power: it falls as N to the minus this.
        rate_cost: share of the loss that an octave beside it costs.
        aspect: the best d_model / num_layers.
        aspect_cost: share that a factor of e beside it costs.
        batch_cost: share that a doubled batch costs, for each decade below `even`.
        even: compute at which both batches are equally good.
        luck: standard deviation of ln L.
        blown_up: share of runs that end with NaN.
        seed: of the luck.
    """

    law: Law
    rate: float
    rate_power: float
    rate_cost: float
    aspect: float
    aspect_cost: float
    batch_cost: float
    even: float
    luck: float
    blown_up: float
    seed: int

    def loss(self, config: Config) -> float:
        """The loss that runs of a configuration have on average."""
        return float(self._losses(*(config[name] for name in FIELDS if name != "num_heads")))

    def report(self, config: Config) -> float:
        """What one run says: the loss with the luck of this configuration, NaN if it blew up."""
        words = " ".join(repr(float(config[name])) for name in FIELDS)
        chance = random.Random(zlib.crc32(f"{self.seed} {words}".encode()))
        if chance.random() < self.blown_up:
            return math.nan
        return self.loss(config) * math.exp(chance.gauss(0, self.luck))

    def best(self, budget: float = TARGET) -> Best:
        """The best of all shapes and batches, each at its own best rate."""
        ends = [*RANGES["d_model"], *RANGES["num_layers"]]
        widths, depths = (np.arange(ends[i], ends[i + 1] + 1) for i in (0, 2))
        d_model, layers, batch = (
            values.ravel() for values in np.meshgrid(widths, depths, np.array(BATCHES, dtype=float))
        )
        rates = np.clip(self._best_rate(12 * layers * d_model**2, batch), *RANGES["learning_rate"])
        losses = self._losses(d_model, layers, batch, rates, budget)
        at = int(np.nanargmin(losses))
        values = (d_model[at], layers[at], 8, batch[at], rates[at], budget)
        return Best(dict(zip(FIELDS, map(float, values), strict=True)), float(losses[at]))

    def _best_rate(self, n: ArrayLike, batch: ArrayLike) -> Array:
        size = (np.asarray(n, dtype=float) / 1e8) ** -self.rate_power
        return np.asarray(self.rate * size * np.sqrt(np.asarray(batch) / 128))

    def _losses(
        self, d_model: ArrayLike, layers: ArrayLike, batch: ArrayLike, rate: ArrayLike, flops: float
    ) -> Array:
        width, depth = np.asarray(d_model, dtype=float), np.asarray(layers, dtype=float)
        n = 12 * depth * width**2
        off = np.log2(np.asarray(rate) / self._best_rate(n, batch))
        lean = np.log(width / depth / self.aspect)
        costs = self.rate_cost * off**2 / (1 + 0.04 * off**2)
        costs = costs + self.aspect_cost * lean**2 / (1 + 0.1 * lean**2)
        costs = costs + self.batch_cost * np.log10(self.even / flops) * np.log2(
            np.asarray(batch) / 128
        )
        return np.asarray(self.law.at(n, flops) * (1 + costs))


def drawn_world(seed: int, luck: float = 0.005, blown_up: float = 0.02) -> World:
    """The world of a seed. Its best model at 1e19 FLOPs lies well inside of the ranges."""
    draw = random.Random(f"world {seed}")
    alpha, beta = draw.uniform(0.29, 0.40), draw.uniform(0.29, 0.40)
    n = draw.uniform(1.0e8, 1.8e8)
    tokens = TARGET / 6 / n
    terms = draw.uniform(0.8, 1.5)
    law = Law(
        draw.uniform(1.5, 2.1),
        terms * beta / (alpha + beta) * n**alpha,
        terms * alpha / (alpha + beta) * tokens**beta,
        alpha,
        beta,
    )
    return World(
        law,
        rate=draw.uniform(2e-4, 3.6e-4),
        rate_power=draw.uniform(0.06, 0.2),
        rate_cost=draw.uniform(0.012, 0.04),
        aspect=draw.uniform(38, 60),
        aspect_cost=draw.uniform(0.006, 0.025),
        batch_cost=draw.uniform(0.001, 0.005),
        even=10 ** draw.uniform(15.5, 17.5),
        luck=luck,
        blown_up=blown_up,
        seed=seed,
    )


def without_luck(world: World) -> World:
    """The same world with runs that all say the truth."""
    return replace(world, luck=0.0, blown_up=0.0)
