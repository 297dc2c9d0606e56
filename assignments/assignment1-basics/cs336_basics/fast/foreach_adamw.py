"""The AdamW update over lists of tensors, for torch.compile: a few kernels for all parameters.

Same arithmetic as `optimizer.AdamW._update`; learning rate, bias corrections and the clipping
scale are tensors, so a captured graph reads new values at each replay.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor


def bias_scalars(betas: tuple[float, float], step: int) -> tuple[float, float]:
    """(1 - beta1^step, sqrt(1 - beta2^step)), in double precision; `step` counts from 1."""
    return 1 - betas[0] ** step, math.sqrt(1 - betas[1] ** step)


def foreach_adamw_update(
    parameters: list[Tensor],
    gradients: list[Tensor],
    exp_avgs: list[Tensor],
    exp_avg_sqs: list[Tensor],
    gradient_scale: Tensor,
    lr: Tensor,
    correction1: Tensor,
    correction2: Tensor,
    *,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float,
    copies: list[Tensor] | None = None,
    copied: list[Tensor] | None = None,
) -> None:
    """Update parameters and moments in place (Loshchilov & Hutter 2019, algorithm 2).

    `gradient_scale` multiplies the gradients (clipping) without writing them back; bf16 gradients
    are widened to the moments' dtype first. `copies` receive the new values of `copied`, a part of
    `parameters`, in their own dtype.
    """
    wide = [gradient.to(m.dtype) for gradient, m in zip(gradients, exp_avgs, strict=True)]
    scaled = torch._foreach_mul(wide, gradient_scale)
    torch._foreach_mul_(parameters, 1 - lr * weight_decay)
    torch._foreach_lerp_(exp_avgs, scaled, 1 - beta1)
    torch._foreach_mul_(exp_avg_sqs, beta2)
    torch._foreach_addcmul_(exp_avg_sqs, scaled, scaled, 1 - beta2)
    denominators = torch._foreach_sqrt(exp_avg_sqs)
    torch._foreach_div_(denominators, correction2)
    torch._foreach_add_(denominators, eps)
    updates = torch._foreach_div(exp_avgs, denominators)
    torch._foreach_mul_(updates, lr / correction1)
    torch._foreach_sub_(parameters, updates)
    if copies and copied:
        torch._foreach_copy_(copies, copied)
