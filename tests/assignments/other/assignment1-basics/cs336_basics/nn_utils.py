"""Softmax, cross-entropy and clipping."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor


def softmax(x: Tensor, dim: int) -> Tensor:
    """Stable: the largest is taken off first."""
    powers = (x - x.max(dim, keepdim=True).values).exp()
    return powers / powers.sum(dim, keepdim=True)


def cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """The mean in nats."""
    right = logits.gather(-1, targets[..., None])[..., 0]
    return (torch.logsumexp(logits, -1) - right).mean()


def clip_gradient_norm(
    parameters: Iterable[torch.nn.Parameter], max_l2_norm: float, eps: float = 1e-6
) -> Tensor:
    """One norm over all gradients."""
    gradients = [p.grad for p in parameters if p.grad is not None]
    norm = torch.sqrt(sum((g**2).sum() for g in gradients) + torch.zeros(()))
    if norm > max_l2_norm:
        for gradient in gradients:
            gradient.mul_(max_l2_norm / (norm + eps))
    return norm


clip_gradient = clip_gradient_norm
