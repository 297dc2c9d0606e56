"""A fifth kind of world, written when the planner was frozen, from a form that it does not hold.

    L(N, D) = E + A / (N + w N^(1/3))^a + B / D^b

(Pearce & Song 2024, arXiv:2406.12907.) The loss is Hoffmann's in all parameters, but whoever plans
counts those outside the embeddings. The embeddings' share grows with the width alone, at a constant
shape as N^(1/3): they are most of a small model and little of a large one, so the exponent that one
sees goes from near a/3 to a, over all sizes and not around one. Noise and the effects around the
law are those of family 2.
"""

from __future__ import annotations

import numpy as np

from cs336_scaling.simulator import draw_base, draw_effects, power_law
from cs336_scaling.surfaces import Array, Noise, Surface

FAMILY = 5
REFERENCE = 1e8
"""Parameters at which the embeddings' share is drawn: 24 million for 32,000 tokens of width 750."""


def make_fifth_surface(seed: int) -> Surface:
    """The world of a seed."""
    rng = np.random.default_rng((FAMILY, seed))
    of_all, d_shape = power_law(rng, 1e6, 1e8), power_law(rng, 1e8, 1e10)
    share = rng.uniform(0.05, 0.3)

    def n_shape(n: Array) -> Array:
        return of_all(n + share * REFERENCE * (n / REFERENCE) ** (1 / 3))

    base, _ = draw_base(rng, n_shape, d_shape)
    noise = Noise(0.01, wild_share=0.1, diverged_share=0.03)
    return Surface(base, draw_effects(rng), noise, seed)
