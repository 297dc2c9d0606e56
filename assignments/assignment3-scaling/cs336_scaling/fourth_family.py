"""A fourth kind of world, written when the planner was frozen, from a form that it does not hold.

    L(N, D) = exp(a3 N^c + b3) + exp(a2 N^b + b2) D^(-exp(a1 N^a + b1))

(Farseer, Li et al. 2025, arXiv:2506.10972.) How fast the loss falls with data depends on the size
of the model, by an exponential of a power; and the floor of a size is an exponential, too, where
Hoffmann's law has a power. Noise and the effects around the law are those of family 2.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq

from cs336_scaling.simulator import TARGET_FLOPS, draw_effects
from cs336_scaling.surfaces import Array, BaseLaw, Noise, Surface

FAMILY = 4


def make_fourth_surface(seed: int) -> Surface:
    """The world of a seed."""
    rng = np.random.default_rng((FAMILY, seed))
    base = draw_crossed_law(rng)
    noise = Noise(0.01, wild_share=0.1, diverged_share=0.03)
    return Surface(base, draw_effects(rng), noise, seed)


def draw_crossed_law(rng: np.random.Generator) -> BaseLaw:
    """The law, with the optimum at the target drawn as in the other families.

    `steep` is a1 N^a at the target's N: with an `a` of 0.05 to 0.15 the exponent of D changes by 5
    to 20 percent from 1e5 to 1e8 parameters. b = a, and a2 makes the term of D depend least on N
    at a length `pivot`, as if models of all sizes learnt alike from so many tokens. `floor_power`
    is -c; above 0.28 the smallest models would be worse than any guess.
    """
    entropy, reducible = rng.uniform(1.5, 2.2), rng.uniform(0.8, 1.6)
    ratio = np.exp(rng.uniform(np.log(40), np.log(200)))  # tokens a parameter
    parameters = np.sqrt(TARGET_FLOPS / (6 * ratio))
    tokens = ratio * parameters
    d_exponent, floor_power = rng.uniform(0.28, 0.42), rng.uniform(0.15, 0.28)
    a, steep = rng.uniform(0.05, 0.15), rng.uniform(0.15, 0.4) * rng.choice([-1, 1])
    pivot = np.exp(rng.uniform(np.log(1e9), np.log(1e10)))
    level = steep * d_exponent * np.log(pivot)  # a2 N^b at the target's N

    def imbalance(d_term: float) -> float:
        """d ln L / d ln N at constant compute, times -L: zero at the optimum."""
        floor = entropy + reducible - d_term
        n_slope = floor * np.log(floor / entropy) * floor_power
        d_by_n = d_term * a * (level - steep * d_exponent * np.log(tokens))
        return float(n_slope - d_by_n - d_term * d_exponent)

    d_term = brentq(imbalance, 1e-6 * reducible, (1 - 1e-6) * reducible)
    height = np.log((entropy + reducible - d_term) / entropy)  # a3 N^c at the target's N

    def base(n: Array, d: Array) -> Array:
        size = n / parameters
        change = size**a - 1
        exponent = d_exponent * np.exp(steep * change)
        log_d_term = (
            np.log(d_term) + level * change + d_exponent * np.log(tokens) - exponent * np.log(d)
        )
        return np.asarray(entropy * np.exp(height * size**-floor_power) + np.exp(log_d_term))

    return base
