"""Estimators of KL(p || ref) from tokens drawn from p (Schulman 2020, "Approximating KL").

With l = log ref - log p of a drawn token, all (B, T). As a reward or in a log they estimate the
divergence; as a loss their gradients differ: see each.
"""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor

PerToken = Float[Tensor, "batch seq"]


def k1(log_probs: PerToken, reference_log_probs: PerToken) -> PerToken:
    """-l: unbiased, large variance, negative for half of the tokens.

    As a loss its gradient is grad log p, whose mean is 0: it does not pull towards the reference.
    """
    return log_probs - reference_log_probs


def k2(log_probs: PerToken, reference_log_probs: PerToken) -> PerToken:
    """l^2 / 2: biased by the third order, small variance.

    As a loss its expected gradient is that of KL(p || ref).
    """
    return (log_probs - reference_log_probs).square() / 2


def k3(log_probs: PerToken, reference_log_probs: PerToken) -> PerToken:
    """exp(l) - 1 - l: unbiased and never negative; GRPO's penalty (2402.03300, eq. 4).

    As a loss its expected gradient is that of KL(ref || p), the other direction.
    """
    log_ratio = reference_log_probs - log_probs
    return log_ratio.exp() - 1 - log_ratio
