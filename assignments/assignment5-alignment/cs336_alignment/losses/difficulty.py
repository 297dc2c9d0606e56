"""The weight that each kind of advantage gives to a prompt of success probability p, exactly.

For rewards 0 and 1 the expected gradient of a prompt is w(p) grad p. Here w is computed by
enumerating how many of the G samples are right, so it holds for the group size at hand, where the
papers give the limit of large G: none and mean 1, std 1/sqrt(p (1 - p)), mean 1/p.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

AdvantageFunction = Callable[[Tensor], Tensor]


def difficulty_weight(advantages: AdvantageFunction, success: float, samples: int) -> float:
    """w(p) with E[sum_i A_i grad log pi(y_i)] / G = w(p) grad p, for 0 < p < 1.

    For a Bernoulli policy grad log pi is grad p / p of a right answer and -grad p / (1 - p) of a
    wrong one. `advantages` maps (1, G) rewards to (1, G) advantages.
    """
    if not 0 < success < 1:
        raise ValueError(f"the success probability must lie between 0 and 1, got {success!r}")
    weight = 0.0
    for right in range(samples + 1):
        rewards = torch.zeros(1, samples, dtype=torch.float64)
        rewards[0, :right] = 1.0
        values = advantages(rewards)[0]
        score = float(values[:right].sum()) / success - float(values[right:].sum()) / (1 - success)
        weight += binomial(right, samples, success) * score / samples
    return weight


def binomial(successes: int, trials: int, probability: float) -> float:
    """P(exactly `successes` of `trials`)."""
    ways = math.comb(trials, successes)
    return ways * probability**successes * (1 - probability) ** (trials - successes)
