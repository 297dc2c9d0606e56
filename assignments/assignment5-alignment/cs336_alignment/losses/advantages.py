"""From rewards to advantages: how good an answer is beside the others to the same prompt.

Rewards come as (prompts, samples); G is the number of samples of a prompt. Every function returns
the same shape and gives exactly 0 to a group whose rewards are all equal (except `raw_rewards` and
`kept_answers`, which have no baseline).
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

Rewards = Float[Tensor, "prompts samples"]


def raw_rewards(rewards: Rewards) -> Rewards:
    """A_i = r_i: REINFORCE without a baseline (Williams 1992)."""
    return rewards


def centred(rewards: Rewards) -> Rewards:
    """A_i = r_i - mean(r): the group's mean as baseline (Dr. GRPO, Liu et al. 2025, 2503.20783)."""
    return _without_equal_groups(rewards, rewards - rewards.mean(dim=1, keepdim=True))


def standardized(rewards: Rewards, eps: float = 1e-6) -> Rewards:
    """A_i = (r_i - mean(r)) / (std(r) + eps), std with G - 1 (GRPO, Shao et al. 2024, 2402.03300).

    A group of one has no spread to divide by, and advantage 0.
    """
    if rewards.shape[1] == 1:
        return torch.zeros_like(rewards)
    scaled = centred(rewards) / (rewards.std(dim=1, keepdim=True) + eps)
    return _without_equal_groups(rewards, scaled)


def leave_one_out(rewards: Rewards) -> Rewards:
    """A_i = r_i - mean of the others = G/(G-1) (r_i - mean(r)) (RLOO, Ahmadian 2024, 2402.14740).

    The baseline does not depend on answer i, so the gradient has no bias. Group of one: 0.
    """
    size = rewards.shape[1]
    if size == 1:
        return torch.zeros_like(rewards)
    return centred(rewards) * (size / (size - 1))


def divided_by_mean(rewards: Rewards, eps: float = 1e-6) -> Rewards:
    """A_i = (r_i - mean(r)) / (mean(r) + eps) (MaxRL, 2602.02710).

    With rewards 0 and 1 the expected gradient approaches that of log P(correct) as G grows: maximum
    likelihood of being right, where plain reward is P(correct) itself.
    """
    scaled = centred(rewards) / (rewards.mean(dim=1, keepdim=True) + eps)
    return _without_equal_groups(rewards, scaled)


def kept_answers(rewards: Rewards) -> Rewards:
    """A_i = 1 for a full reward, else 0: fit the right answers (RFT, Yuan et al. 2023, 2308.01825).

    One round of rejection sampling fine-tuning; expert iteration repeats it.
    """
    return (rewards >= 1.0).to(rewards.dtype)


def _without_equal_groups(rewards: Rewards, advantages: Rewards) -> Rewards:
    """Exactly 0 where a group's rewards are equal: no rounding of their mean, no 0/0."""
    equal = (rewards == rewards[:, :1]).all(dim=1, keepdim=True)
    return advantages.masked_fill(equal, 0.0)
