"""A third kind of world, written for an earlier planner from a form that it did not hold.

    L(N, D) = [E^(1/g) + (N_c/N)^(a/g) + (D_c/D)^(b/g)]^g

(Droppo & Elibol 2021, arXiv:2106.09488; Kaplan et al. 2020, equation 1.5, with an irreducible
term.) The two shortages do not add: for g < 1 the larger one counts more, for g > 1 less than in a
sum, and g = 1 would be Hoffmann's form. It broke that planner; today's has a g of its own.
Noise and the effects around the law are those of family 2.
"""

from __future__ import annotations

import numpy as np

from cs336_scaling.simulator import TARGET_FLOPS, draw_effects
from cs336_scaling.surfaces import Array, BaseLaw, Noise, Surface

FAMILY = 3


def make_third_surface(seed: int) -> Surface:
    """The world of a seed."""
    rng = np.random.default_rng((FAMILY, seed))
    base = draw_coupled_law(rng)
    noise = Noise(0.01, wild_share=0.1, diverged_share=0.03)
    return Surface(base, draw_effects(rng), noise, seed)


def draw_coupled_law(rng: np.random.Generator) -> BaseLaw:
    """The law, with the optimum at the target drawn as in the other families.

    At the optimum a times the N term equals b times the D term; their sum follows from the height.
    """
    entropy, reducible = rng.uniform(1.5, 2.2), rng.uniform(0.8, 1.6)
    a, b = rng.uniform(0.28, 0.42, size=2)
    g = rng.choice([rng.uniform(0.6, 0.85), rng.uniform(1.2, 1.6)])
    ratio = np.exp(rng.uniform(np.log(40), np.log(200)))  # tokens a parameter
    parameters = np.sqrt(TARGET_FLOPS / (6 * ratio))
    tokens = ratio * parameters
    both = (entropy + reducible) ** (1 / g) - entropy ** (1 / g)
    n_term, d_term = both * b / (a + b), both * a / (a + b)

    def base(n: Array, d: Array) -> Array:
        n_part = n_term * (n / parameters) ** (-a / g)
        d_part = d_term * (d / tokens) ** (-b / g)
        return np.asarray((entropy ** (1 / g) + n_part + d_part) ** g)

    return base
