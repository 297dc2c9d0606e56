"""A ratio that is often written by mistake: of the logarithms, instead of the probabilities."""

from functools import cache

import torch
from cs336_alignment.losses.policy_gradient import clipped_loss
from torch import Tensor

from lectures.lecture_17.settings import GRPO, SEEDS
from lectures.lecture_17.training import Curve, Setting, train

CLIP = 0.2


def ratio_of_logs_loss(advantages: Tensor, log_probs: Tensor, old_log_probs: Tensor) -> Tensor:
    """The clipped loss with r = log p / log q, as the public course's program has it.

    Both logarithms are negative. So r falls where p grows, and the gradient's sign is reversed.
    """
    ratio = log_probs / old_log_probs
    capped = ratio.clamp(1 - CLIP, 1 + CLIP)
    return -(ratio * advantages).minimum(capped * advantages)


def gradients(p: float) -> dict[str, float]:
    """Of both losses by log p, for one token of advantage 1 that both policies give p."""
    found, advantage, log_q = {}, torch.ones(1, 1), torch.tensor([[p]]).log()
    for name in ("p / q", "log p / log q"):
        log_p = log_q.clone().requires_grad_()
        if name == "p / q":
            loss, _ = clipped_loss(advantage, log_p, log_q, CLIP, CLIP)
        else:
            loss = ratio_of_logs_loss(advantage, log_p, log_q)
        (gradient,) = torch.autograd.grad(loss.sum(), log_p)
        found[name] = round(float(gradient), 3)
    return found


@cache
def trained() -> dict[str, Curve]:
    """Five epochs with either ratio, noted after each."""
    right = Setting("p / q", GRPO.recipe, epochs=5)
    wrong = Setting("log p / log q", GRPO.recipe, epochs=5, token_loss=ratio_of_logs_loss)
    return {curve.setting.name: curve for curve in train([right, wrong], SEEDS, every=1)}


def mean_rewards(curves: dict[str, Curve]) -> tuple[list[float], list[float]]:
    """E[R] after each epoch with the wrong and with the right ratio, means of the seeds."""
    falling, rising = (
        [round(float(curves[name].reward(at).mean()), 2) for at in range(6)]
        for name in ("log p / log q", "p / q")
    )
    return falling, rising
