"""Loss of every token from its advantage and log-probabilities: (B, T) each, lower is better.

Notation: A advantage (B, 1) or (B, T), log p (B, T) under the policy that is trained, log q under
the one that sampled, r = p / q their ratio. With p = q every loss here has the gradient
-A grad log p. `Metrics` are tensors of shape (B, T) for the logs, without gradient.
"""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from cs336_alignment.masked import masked_mean

PerToken = Float[Tensor, "batch seq"]
Advantages = Float[Tensor, "batch one_or_seq"]
Metrics = dict[str, Tensor]


def naive_loss(advantages: Advantages, log_probs: PerToken) -> PerToken:
    """-A log p (REINFORCE, Williams 1992; on-policy only)."""
    return -advantages * log_probs


def clipped_loss(
    advantages: Advantages,
    log_probs: PerToken,
    old_log_probs: PerToken,
    clip_low: float,
    clip_high: float,
) -> tuple[PerToken, Metrics]:
    """-min(r A, clip(r, 1 - low, 1 + high) A) (PPO, Schulman et al. 2017, 1707.06347, eq. 7).

    A token whose ratio has already moved beyond the clip in the direction of its advantage gets no
    gradient. GRPO has low = high; DAPO's clip-higher (Yu et al. 2025, 2503.14476, eq. 10) has
    high > low, so improbable tokens can grow.
    """
    ratio = (log_probs - old_log_probs).exp()
    free, capped = ratio * advantages, ratio.clamp(1 - clip_low, 1 + clip_high) * advantages
    metrics = {"ratio": ratio.detach(), "clipped": (capped < free).detach()}
    return -torch.minimum(free, capped), metrics


def unclipped_loss(
    advantages: Advantages, log_probs: PerToken, old_log_probs: PerToken
) -> tuple[PerToken, Metrics]:
    """-r A: importance sampling token by token, without a limit (the ablation of the clip)."""
    ratio = (log_probs - old_log_probs).exp()
    return -ratio * advantages, {
        "ratio": ratio.detach(),
        "clipped": torch.zeros_like(ratio, dtype=torch.bool),
    }


def gspo_loss(
    advantages: Advantages,
    log_probs: PerToken,
    old_log_probs: PerToken,
    mask: Bool[Tensor, "batch seq"],
    clip_low: float,
    clip_high: float,
) -> tuple[PerToken, Metrics]:
    """-min(s A, clip(s, 1 - low, 1 + high) A), s = (p(y)/q(y))^(1/|y|) of the whole answer.

    GSPO (Zheng et al. 2025, 2507.18071, eq. 5-7): the ratio is the geometric mean over the answer,
    so an answer is clipped as a whole. Every token of the row carries the row's loss; a mean over
    the answer gives it back. Its clips are narrower than the token's (3e-4, 4e-4 in the paper).
    """
    difference = (log_probs - old_log_probs).masked_fill(~mask, 0.0)
    empty = ~mask.any(dim=1, keepdim=True)
    mean = masked_mean(difference, mask | empty, dim=1)
    ratio = mean.exp().unsqueeze(1).expand_as(log_probs)
    free, capped = ratio * advantages, ratio.clamp(1 - clip_low, 1 + clip_high) * advantages
    metrics = {"ratio": ratio.detach(), "clipped": (capped < free).detach()}
    return -torch.minimum(free, capped), metrics


def cispo_loss(
    advantages: Advantages,
    log_probs: PerToken,
    old_log_probs: PerToken,
    clip_high: float,
) -> tuple[PerToken, Metrics]:
    """-sg(min(r, 1 + high)) A log p, sg = no gradient (CISPO, MiniMax 2025, 2506.13585, eq. 4-5).

    The weight of importance sampling is capped instead of the update, so every token keeps a
    gradient.
    """
    ratio = (log_probs - old_log_probs).exp().detach()
    weight = ratio.clamp(max=1 + clip_high)
    return -weight * advantages * log_probs, {"ratio": ratio, "clipped": ratio > 1 + clip_high}
