"""From a size to a configuration, and the best configuration that a fitted model knows."""

from __future__ import annotations

import numpy as np

from cs336_scaling.config import Domain, RunConfig
from cs336_scaling.planner.posterior import Mixture, Posterior
from cs336_scaling.planner.response import EFFECTS, Array, Features
from cs336_scaling.surfaces import head_count

WIDTHS = 100
"""Widths looked at; neighbours differ by 3 % from 64 to 1024, which costs nothing measurable."""
RATE_DIGITS = 4
"""Significant digits of a learning rate. A run's noise belongs to its very configuration: with all
digits the last bit of a fit, which differs between machines, would draw all noise anew."""


def configure(
    domain: Domain, flops: int, parameters: float, aspect: float, rate: float, batch_size: int
) -> RunConfig:
    """The configuration of a domain nearest to a size and d_model/num_layers."""
    layers = _inside(round((parameters / (12 * aspect**2)) ** (1 / 3)), domain.num_layers)
    width = _inside(round((parameters / (12 * layers)) ** 0.5), domain.d_model)
    if domain.heads_divide_width:
        width = _inside(8 * round(width / 8), domain.d_model)
    return RunConfig(
        width, layers, head_count(width, domain), batch_size, _rounded(rate, domain), flops, domain
    )  # fmt: skip


def best_config(posterior: Posterior | Mixture, domain: Domain, flops: int) -> RunConfig:
    """The configuration with the least predicted loss at a budget; looks at all depths."""
    step = 8 if domain.heads_divide_width else 1
    widths = step * np.unique(np.round(np.geomspace(*domain.d_model, WIDTHS) / step))
    layers = np.arange(domain.num_layers[0], domain.num_layers[1] + 1, dtype=np.float64)
    grid = np.meshgrid(widths, layers, np.array(domain.batch_sizes, dtype=np.float64))
    width, depth, batch = (axis.ravel() for axis in grid)
    rate = best_rates(posterior, width, depth, batch, domain)
    features = Features.of(width, depth, batch, rate, np.full_like(width, float(flops)))
    i = int(np.argmin(posterior.predict(features)))
    heads = head_count(int(width[i]), domain)
    best_rate = _rounded(float(rate[i]), domain)
    return RunConfig(int(width[i]), int(depth[i]), heads, int(batch[i]), best_rate, flops, domain)


def best_rates(
    posterior: Posterior | Mixture, width: Array, depth: Array, batch: Array, domain: Domain
) -> Array:
    """The bottom of the learning-rate bowl for each shape, inside the domain."""
    f = Features.of(width, depth, batch, np.ones_like(width), np.ones_like(width))
    _, l0, l1, l2 = posterior.theta[EFFECTS][:4]
    rates = np.exp2(l0 + l1 * f.x + l2 * f.batch)
    return np.asarray(np.clip(rates, *domain.learning_rate))


def _rounded(rate: float, domain: Domain) -> float:
    low, high = domain.learning_rate
    return min(max(float(f"{rate:.{RATE_DIGITS}g}"), low), high)


def _inside(value: int, bounds: tuple[int, int]) -> int:
    return min(max(value, bounds[0]), bounds[1])
