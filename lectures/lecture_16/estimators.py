"""Estimators of KL(p || ref): what they are worth in a log, and what they pull at as a loss."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from cs336_alignment.losses.kl import k1, k2, k3
from torch import Tensor

Estimator = Callable[[Tensor, Tensor], Tensor]
ESTIMATORS: Mapping[str, Estimator] = {"k1": k1, "k2": k2, "k3": k3}


@dataclass(frozen=True)
class Quality:
    """In units of the true divergence."""

    bias: float
    spread: float
    """Standard deviation of a single sample."""


def quality(shift: float, samples: int = 400_000) -> dict[str, Quality]:
    """Samples of N(shift, 1) against N(0, 1), whose divergence is shift² / 2."""
    draw = torch.Generator().manual_seed(0)
    x = torch.randn(1, samples, generator=draw, dtype=torch.float64) + shift
    log_p, log_ref, true = -((x - shift) ** 2) / 2, -(x**2) / 2, shift**2 / 2
    values = {name: estimate(log_p, log_ref) / true for name, estimate in ESTIMATORS.items()}
    return {name: Quality(float(v.mean()) - 1, float(v.std())) for name, v in values.items()}


LOGITS, REFERENCE = (1.2, 0.3, -0.5, -1.0), (0.0, 0.5, 0.2, -0.4)


def divergence_gradients() -> dict[str, list[float]]:
    """Exact gradients in the logits of a policy over four tokens."""
    ref = torch.tensor(REFERENCE, dtype=torch.float64).log_softmax(0)

    def ahead(log_p: Tensor) -> Tensor:
        return (log_p.exp() * (log_p - ref)).sum()

    def back(log_p: Tensor) -> Tensor:
        return (ref.exp() * (ref - log_p)).sum()

    return {"KL(p || ref)": _gradient(ahead), "KL(ref || p)": _gradient(back)}


def loss_gradients(*, weighted: bool) -> dict[str, list[float]]:
    """Expected gradient of each estimator as a loss on tokens drawn from the policy itself.

    `weighted` multiplies it by the ratio of the policy to the one that sampled: its value is 1 and
    its gradient is not 0, so that the choice of the token is differentiated, too.
    """
    ref = torch.tensor(REFERENCE, dtype=torch.float64).log_softmax(0)

    def expected(estimate: Estimator) -> Callable[[Tensor], Tensor]:
        def loss(log_p: Tensor) -> Tensor:
            drawn = log_p.detach().exp()
            ratio = (log_p - log_p.detach()).exp() if weighted else torch.ones_like(log_p)
            return (drawn * ratio * estimate(log_p, ref)).sum()

        return loss

    return {name: _gradient(expected(estimate)) for name, estimate in ESTIMATORS.items()}


def _gradient(loss: Callable[[Tensor], Tensor]) -> list[float]:
    logits = torch.tensor(LOGITS, dtype=torch.float64, requires_grad=True)
    (found,) = torch.autograd.grad(loss(logits.log_softmax(0)), logits)
    return [round(float(x), 4) + 0.0 for x in found]
