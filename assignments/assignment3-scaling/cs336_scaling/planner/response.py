"""The planner's model of the loss of a run.

With x = ln(N/N0), y = ln(D/D0), b = ±1/2 for the batch size,

    ln L = g ln(E^(1/g) + (A e^(-u))^(1/g) + (B e^(-v))^(1/g))        a law in N and D
         + k z² e^(r z),  z = log2 lr - l0 - l1 x - l2 b                learning-rate bowl
         + s (ln(d_model/num_layers) - a)²                             shape bowl
         + b (b0 + b1 ln(C/C0))                                        batch size

    u = alpha x + Σ c h(x) + p x y        v = beta y + Σ d h(y) + q x y

With c = d = p = q = 0 and g = 1 it is the law of Hoffmann et al. (2022, arXiv:2203.15556, equation
10). The other constants say how the world may depart from it. Each h is a smooth corner: c and d
bend a power law. With p and q the exponent of one variable depends on the other. And g says how the
two shortages add up, as the power under which effects add does in Box & Cox (1964): below 1 the
larger one counts more. `posterior` gives every constant a prior.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from cs336_scaling.config import RunConfig

Array = NDArray[np.float64]

N0, D0, C0 = 1e7, 1e9, 6e16

CORNERS = np.array([-4.5, -3.0, -1.5, 0.0, 1.5, 3.0])
"""Where exponents may change, in x and in y: every factor of 4.5 of N and of D."""
CORNER_WIDTH = 0.7

LAW, EFFECTS = slice(0, 5), slice(5, 14)
N_DRIFTS = slice(14, 14 + len(CORNERS))
D_DRIFTS = slice(N_DRIFTS.stop, N_DRIFTS.stop + len(CORNERS))
CROSSINGS = slice(D_DRIFTS.stop, D_DRIFTS.stop + 2)
POWER = CROSSINGS.stop
CONSTANTS = POWER + 1
"""How many constants theta has: ln E, ln A, ln B, ln alpha, ln beta; ln k, l0, l1, l2, ln s, a, b0,
b1, r; c; d; p, q; ln g."""


@dataclass(frozen=True)
class Features:
    """What the model sees of configurations; every attribute is (runs,)."""

    x: Array
    y: Array
    rate: Array
    aspect: Array
    batch: Array
    compute: Array

    @cached_property
    def corners(self) -> tuple[Array, Array]:
        """Smooth corners of x and of y, each (runs, corners)."""
        return corner(self.x), corner(self.y)

    @classmethod
    def of(
        cls, d_model: Array, num_layers: Array, batch_size: Array, rate: Array, flops: Array
    ) -> Features:
        """Features of configurations given as columns."""
        n = 12 * num_layers * d_model**2
        return cls(
            np.log(n / N0), np.log(flops / (6 * n) / D0), np.log2(rate),
            np.log(d_model / num_layers), np.log2(batch_size / 128) - 0.5, np.log(flops / C0),
        )  # fmt: skip

    @classmethod
    def of_configs(cls, configs: Sequence[RunConfig]) -> Features:
        """Features of configurations."""
        names = ("d_model", "num_layers", "batch_size", "learning_rate", "train_flops")
        return cls.of(*(np.array([float(getattr(c, name)) for c in configs]) for name in names))


def log_loss(theta: Array, f: Features) -> Array:
    """ln L of the model, (runs,)."""
    return log_loss_and_slopes(theta, f)[0]


def log_loss_and_slopes(theta: Array, f: Features) -> tuple[Array, Array]:
    """ln L (runs,) and its derivatives (runs, constants)."""
    law, law_slopes, form_slopes = _law(theta, f)
    effects, effect_slopes = _effects(theta, f)
    return law + effects, np.concatenate([law_slopes, effect_slopes, form_slopes], axis=1)


def corner(x: Array) -> Array:
    """Half of |x - corner|, rounded off: the slope goes from -1/2 to 1/2; (runs, corners)."""
    distance = (x[:, None] - CORNERS) / CORNER_WIDTH
    return np.asarray(0.5 * CORNER_WIDTH * np.logaddexp(distance, -distance))


def _law(theta: Array, f: Features) -> tuple[Array, Array, Array]:
    """ln L (runs,), its derivatives by `LAW` and by all constants from `N_DRIFTS` on."""
    ln_e, ln_a, ln_b, ln_alpha, ln_beta = theta[LAW]
    alpha, beta, g = np.exp(ln_alpha), np.exp(ln_beta), np.exp(theta[POWER])
    n_corners, d_corners = f.corners
    p, q = theta[CROSSINGS]
    both = f.x * f.y
    n_term = ln_a - alpha * f.x - n_corners @ theta[N_DRIFTS] - p * both
    d_term = ln_b - beta * f.y - d_corners @ theta[D_DRIFTS] - q * both
    terms = np.minimum(np.stack([np.full_like(both, ln_e), n_term, d_term]), 50.0)
    value = g * np.logaddexp.reduce(terms / g)
    shares = np.exp((terms - value) / g)
    e, n, d = shares
    law_slopes = np.stack([e, n, d, -n * alpha * f.x, -d * beta * f.y], axis=1)
    by_g = value - (shares * terms).sum(axis=0)
    crossed = np.stack([-n * both, -d * both, by_g], axis=1)
    form_slopes = np.hstack([-n[:, None] * n_corners, -d[:, None] * d_corners, crossed])
    return value, law_slopes, form_slopes


def _effects(theta: Array, f: Features) -> tuple[Array, Array]:
    """What learning rate, shape and batch add to ln L (runs,), and derivatives by `EFFECTS`."""
    ln_k, l0, l1, l2, ln_s, a, b0, b1, r = theta[EFFECTS]
    s = np.exp(ln_s)
    octaves = f.rate - l0 - l1 * f.x - l2 * f.batch
    tilt = np.exp(np.clip(r * octaves, -2.0, 2.0))
    bowl = np.exp(ln_k) * octaves**2 * tilt
    down = -np.exp(ln_k) * octaves * (2 + r * octaves) * tilt
    wide = f.aspect - a
    value = bowl + s * wide**2 + f.batch * (b0 + b1 * f.compute)
    slopes = [
        bowl, down, down * f.x, down * f.batch,
        s * wide**2, -2 * s * wide, f.batch, f.batch * f.compute, bowl * octaves,
    ]  # fmt: skip
    return value, np.stack(slopes, axis=1)


def bowls(theta: Array, f: Features) -> Array:
    """What learning rate and shape cost a run, (runs,)."""
    without_batch = theta.copy()
    without_batch[11:13] = 0.0
    return _effects(without_batch, f)[0]
