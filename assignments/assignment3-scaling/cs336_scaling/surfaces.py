"""A loss surface over training runs: what a run of a configuration would end with.

    loss(config) = base(N, D) · (1 + learning-rate bowl + shape bowl + batch effect)

The base law says how the loss falls with parameters N and tokens D when all else is right; the
effects say what it costs if it is not. `Surface.loss` is exact, `Surface.observe` adds the noise
of a run, which is a pure function of seed and configuration: asking twice gives the same number.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cs336_scaling.config import CONTRACT_DOMAIN, Domain, RunConfig

Array = NDArray[np.float64]
BaseLaw = Callable[[Array, Array], Array]
"""(parameters N, tokens D) -> loss in nats per token of a run with everything else right."""

DIVERGED_LOSS = 8.0
"""Least loss of a run that blew up (a tiny run may be that bad without)."""


@dataclass(frozen=True)
class Effects:
    """What learning rate, shape and batch size do to the loss, as fractions of it.

    Attributes:
        lr_best: best learning rate at N = 1e8 and batch 128.
        lr_width_power: it falls as N to the minus this power.
        lr_batch_power: it grows as the batch size to this power.
        lr_cost: fraction lost one octave off the best learning rate, small steps.
        lr_asymmetry: too high costs this much more than too low (saturating).
        aspect_best: best d_model / num_layers.
        aspect_cost: fraction lost at a factor e off the best aspect, small steps.
        batch_cost: fraction won or lost by doubling the batch, per decade of compute.
        batch_neutral_flops: compute at which both batch sizes are equally good.
    """

    lr_best: float
    lr_width_power: float
    lr_batch_power: float
    lr_cost: float
    lr_asymmetry: float
    aspect_best: float
    aspect_cost: float
    batch_cost: float
    batch_neutral_flops: float

    def best_learning_rate(self, parameters: Array, batch_size: Array) -> Array:
        """The bottom of the learning-rate bowl, before the domain cuts it."""
        scale = (parameters / 1e8) ** -self.lr_width_power
        return np.asarray(self.lr_best * scale * (batch_size / 128) ** self.lr_batch_power)

    def learning_rate_cost(self, octaves: Array) -> Array:
        """Fraction lost `octaves` = log2(lr / best) off: flatter than a parabola far away."""
        bowl = octaves**2 / (1 + 0.05 * octaves**2)
        return np.asarray(self.lr_cost * bowl * (1 + self.lr_asymmetry * np.tanh(octaves)))

    def shape_cost(self, aspect: Array) -> Array:
        """Fraction lost by a model that is too wide or too deep: linear far away."""
        distance = np.log(aspect / self.aspect_best)
        return np.asarray(2 * self.aspect_cost * (np.sqrt(1 + distance**2) - 1))

    def batch_effect(self, batch_size: Array, flops: float) -> Array:
        """Larger batches cost below the neutral compute and gain above it."""
        doublings = np.log2(batch_size / 128) - 0.5
        return np.asarray(self.batch_cost * np.log10(self.batch_neutral_flops / flops) * doublings)


@dataclass(frozen=True)
class Noise:
    """How runs of one configuration differ.

    Attributes:
        spread: standard deviation of ln(loss - floor) of an ordinary run.
        wild_share: share of runs with `wild_factor` times that spread.
        wild_factor: see `wild_share`.
        diverged_share: share of runs that end with NaN or far too high, above `DIVERGED_LOSS`.
        floor: in nats. At 0 a seed moves the whole loss; at the entropy it moves what is left to
            learn, in proportion, as it does on the source whose entropy is known exactly.
    """

    spread: float
    wild_share: float = 0.0
    wild_factor: float = 3.0
    diverged_share: float = 0.0
    floor: float = 0.0

    def apply(self, loss: float, rng: np.random.Generator) -> float:
        """The loss that one run reports instead of the exact one."""
        fate, wild, height = rng.random(3)
        if fate < self.diverged_share:
            blown_up = max(DIVERGED_LOSS, 1.5 * loss) + 4 * float(height)
            return float("nan") if height < 0.5 else blown_up
        spread = self.spread * (self.wild_factor if wild < self.wild_share else 1.0)
        return float(self.floor + (loss - self.floor) * np.exp(spread * rng.standard_normal()))


@dataclass(frozen=True)
class Optimum:
    """The best configuration of a domain at a budget, and its exact loss."""

    config: RunConfig
    loss: float


@dataclass(frozen=True)
class Surface:
    """Base law, effects, noise and the seed of the noise."""

    base: BaseLaw
    effects: Effects
    noise: Noise
    seed: int

    def loss(self, config: RunConfig) -> float:
        """The exact loss of a configuration, without noise."""
        one = np.ones(1)
        values = self._losses(
            one * config.d_model, one * config.num_layers, one * config.batch_size,
            one * config.learning_rate, config.train_flops,
        )  # fmt: skip
        return float(values[0])

    def observe(self, config: RunConfig) -> float:
        """What a run of the configuration reports: noisy, NaN or huge if it diverged."""
        name = f"{self.seed}:{tuple(config.as_dict().values())}".encode()
        seed = int.from_bytes(hashlib.blake2b(name, digest_size=16).digest(), "little")
        return self.noise.apply(self.loss(config), np.random.default_rng(seed))

    def optimum(self, train_flops: int, domain: Domain = CONTRACT_DOMAIN) -> Optimum:
        """The best configuration of the domain at a budget, by looking at every shape."""
        domain = domain.with_budget(train_flops)
        widths = np.arange(domain.d_model[0], domain.d_model[1] + 1)
        depths = np.arange(domain.num_layers[0], domain.num_layers[1] + 1)
        grid = np.meshgrid(widths, depths, np.array(domain.batch_sizes), indexing="ij")
        d_model, num_layers, batch = (axis.ravel().astype(float) for axis in grid)
        best_lr = self.effects.best_learning_rate(12 * num_layers * d_model**2, batch)
        rate = np.clip(best_lr, *domain.learning_rate)
        losses = self._losses(d_model, num_layers, batch, rate, train_flops)
        i = int(np.argmin(losses))
        heads = head_count(int(d_model[i]), domain)
        config = RunConfig(
            int(d_model[i]), int(num_layers[i]), heads, int(batch[i]), float(rate[i]),
            train_flops, domain,
        )  # fmt: skip
        return Optimum(config, float(losses[i]))

    def _losses(
        self, d_model: Array, num_layers: Array, batch: Array, rate: Array, flops: float
    ) -> Array:
        parameters = 12 * num_layers * d_model**2
        octaves = np.log2(rate / self.effects.best_learning_rate(parameters, batch))
        factor = (
            1
            + self.effects.learning_rate_cost(octaves)
            + self.effects.shape_cost(d_model / num_layers)
            + self.effects.batch_effect(batch, flops)
        )
        return np.asarray(self.base(parameters, flops / (6 * parameters)) * factor)


def head_count(d_model: int, domain: Domain = CONTRACT_DOMAIN) -> int:
    """Heads of about 64 dimensions, that divide the width where the domain asks for it."""
    low, high = domain.num_heads
    wanted = min(max(round(d_model / 64), low), high)
    if not domain.heads_divide_width:
        return wanted
    divisors = [heads for heads in range(low, high + 1) if d_model % heads == 0]
    if not divisors:
        raise ValueError(f"no number of heads from {low} to {high} divides width {d_model}")
    return min(divisors, key=lambda heads: abs(heads - wanted))
