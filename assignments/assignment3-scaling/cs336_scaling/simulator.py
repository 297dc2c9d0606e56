"""Worlds to practise on: loss surfaces whose truth is hidden behind a seed.

    loss_fn = make_loss_fn(seed=7, family=1)     # a Callable[[RunConfig], float]

A seed draws a base law, the effects around it and the noise. The best model at the target of
1e19 FLOPs always lies inside the API's domain (90 to 200 million parameters of at most 302, best
learning rate, shape and depth within their ranges): a border would answer the question.

Family 1 is Hoffmann's form with effects around it that no fit here contains exactly. Family 2
bends: both power laws break smoothly somewhere in the range (Caballero et al. 2022,
arXiv:2210.14891, equation 1 with one break), the noise has heavy tails and 3 % of runs diverge.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from cs336_scaling.config import RunConfig
from cs336_scaling.surfaces import Array, BaseLaw, Effects, Noise, Surface

TARGET_FLOPS = 10**19
"""The budget that the course asks about."""

FAMILIES = (1, 2)

Shape = Callable[[Array], Array]
"""A falling function of N or D, known up to a factor."""


def make_loss_fn(seed: int, family: int = 1) -> Callable[[RunConfig], float]:
    """What runs report in the world of a seed: noisy losses, in family 2 some NaN or above 8."""
    return make_surface(seed, family).observe


def make_surface(seed: int, family: int = 1, noise_of: str = "loss") -> Surface:
    """The world of a seed with its truth, for scoring.

    Seeds move the "loss" by 0.5 % (family 1) or 1 % (2); or only the "excess" over the entropy.
    """
    if family not in FAMILIES:
        raise ValueError(f"family is {family!r}; it must be one of {FAMILIES}")
    rng = np.random.default_rng((family, seed))
    draw_shape = power_law if family == 1 else broken_power_law
    n_shape, d_shape = draw_shape(rng, 1e6, 1e8), draw_shape(rng, 1e8, 1e10)
    base, entropy = draw_base(rng, n_shape, d_shape)
    noise = Noise(0.005) if family == 1 else Noise(0.01, wild_share=0.1, diverged_share=0.03)
    if noise_of == "excess":
        noise = replace(noise, floor=entropy)
    return Surface(base, draw_effects(rng), noise, seed)


def power_law(rng: np.random.Generator, low: float, high: float) -> Shape:
    """x^-a with a from 0.28 to 0.42; the range is not needed."""
    exponent = rng.uniform(0.28, 0.42)
    return lambda x: np.asarray(x**-exponent)


def broken_power_law(rng: np.random.Generator, low: float, high: float) -> Shape:
    """x^-a that turns to x^-(a + c) around a break drawn between low and high."""
    exponent = rng.uniform(0.28, 0.42)
    change = rng.uniform(0.04, 0.12) * rng.choice([-1, 1])
    place = np.exp(rng.uniform(np.log(low), np.log(high)))
    sharpness = rng.uniform(0.3, 1.0)

    def shape(x: Array) -> Array:
        turn = (1 + (x / place) ** (1 / sharpness)) ** (-change * sharpness)
        return np.asarray(x**-exponent * turn)

    return shape


def draw_base(rng: np.random.Generator, n_shape: Shape, d_shape: Shape) -> tuple[BaseLaw, float]:
    """E + a n_shape(N) + b d_shape(D) with its optimum and its height at the target, and E.

    The optimum of a n(N) + b d(C/6N) is where the local exponents times the terms are equal;
    with the sum of the terms that fixes both factors.
    """
    entropy, reducible = rng.uniform(1.5, 2.2), rng.uniform(0.8, 1.6)
    ratio = np.exp(rng.uniform(np.log(40), np.log(200)))  # tokens a parameter
    parameters = np.sqrt(TARGET_FLOPS / (6 * ratio))
    tokens = ratio * parameters
    n_slope, d_slope = local_exponent(n_shape, parameters), local_exponent(d_shape, tokens)
    n_factor = reducible * d_slope / (n_slope + d_slope) / n_shape(np.array(parameters))
    d_factor = reducible * n_slope / (n_slope + d_slope) / d_shape(np.array(tokens))

    def base(n: Array, d: Array) -> Array:
        return np.asarray(entropy + n_factor * n_shape(n) + d_factor * d_shape(d))

    return base, entropy


def local_exponent(shape: Shape, x: float, step: float = 1e-4) -> float:
    """-d ln shape / d ln x by a central difference."""
    up, down = shape(np.array(x * np.exp(step))), shape(np.array(x * np.exp(-step)))
    return float(-(np.log(up) - np.log(down)) / (2 * step))


def draw_effects(rng: np.random.Generator) -> Effects:
    """Effects whose best values lie inside the API's domain at the target."""
    return Effects(
        lr_best=float(np.exp(rng.uniform(np.log(1.6e-4), np.log(4e-4)))),
        lr_width_power=rng.uniform(0.05, 0.22),
        lr_batch_power=rng.uniform(0.3, 0.7),
        lr_cost=float(np.exp(rng.uniform(np.log(0.01), np.log(0.05)))),
        lr_asymmetry=rng.uniform(0.0, 0.3),
        aspect_best=rng.uniform(36, 64),
        aspect_cost=rng.uniform(0.005, 0.03),
        batch_cost=rng.uniform(0.001, 0.006),
        batch_neutral_flops=float(10 ** rng.uniform(15, 18)),
    )
