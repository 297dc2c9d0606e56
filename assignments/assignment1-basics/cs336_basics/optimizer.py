"""AdamW, one readable line per equation, and the cosine learning-rate schedule with warm-up."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, overload

import torch
from torch import Tensor
from torch.optim import Optimizer


class AdamW(Optimizer):
    """Adam with decoupled weight decay (Loshchilov & Hutter 2019, algorithm 2).

    Per parameter: m = b1 m + (1-b1) g; v = b2 v + (1-b2) g^2;
    theta = theta - lr wd theta - lr (m / (1-b1^t)) / (sqrt(v / (1-b2^t)) + eps).
    State per parameter: `step` (int), `exp_avg` (m) and `exp_avg_sq` (v), shaped like it.

    Raises:
        ValueError: a hyperparameter is outside its range.
    """

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[dict[str, Any]] | Iterable[tuple[str, Tensor]],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        if lr < 0:
            raise ValueError(f"lr must not be negative, got {lr!r}")
        if not all(0 <= beta < 1 for beta in betas):
            raise ValueError(f"betas must lie in [0, 1), got {betas!r}")
        if eps < 0:
            raise ValueError(f"eps must not be negative, got {eps!r}")
        if weight_decay < 0:
            raise ValueError(f"weight_decay must not be negative, got {weight_decay!r}")
        defaults = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, defaults)

    @overload
    def step(self, closure: None = None) -> None: ...

    @overload
    def step(self, closure: Callable[[], float]) -> float: ...

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """Update every parameter that has a gradient; returns the closure's loss, if one ran."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._update(parameter, parameter.grad, group)
        return loss

    def state_of(self, parameter: Tensor) -> dict[str, Any]:
        """The parameter's state, created with zero moments on first use."""
        state: dict[str, Any] = self.state[parameter]
        if not state:
            state["step"] = 0
            state["exp_avg"] = torch.zeros_like(parameter)
            state["exp_avg_sq"] = torch.zeros_like(parameter)
        return state

    def _update(self, parameter: Tensor, gradient: Tensor, group: dict[str, Any]) -> None:
        lr, (beta1, beta2) = group["lr"], group["betas"]
        state = self.state_of(parameter)
        state["step"] += 1
        m, v, t = state["exp_avg"], state["exp_avg_sq"], state["step"]
        parameter.mul_(1 - lr * group["weight_decay"])
        m.lerp_(gradient, 1 - beta1)
        v.mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
        denominator = (v.sqrt() / math.sqrt(1 - beta2**t)).add_(group["eps"])
        parameter.addcdiv_(m, denominator, value=-lr / (1 - beta1**t))


def get_lr_cosine_schedule(
    it: int,
    max_learning_rate: float,
    min_learning_rate: float,
    warmup_iters: int,
    cosine_cycle_iters: int,
) -> float:
    """Learning rate of iteration `it` (0-based): linear warm-up, half a cosine, then constant.

    it < warmup: it / warmup * max. Up to the cycle's end: min + (max - min) (1 + cos(pi p)) / 2
    with p the elapsed share of the cycle after warm-up (Loshchilov & Hutter 2017, eq. 5 without
    restarts). After it: min.
    """
    if it < warmup_iters:
        return it / warmup_iters * max_learning_rate
    if it >= cosine_cycle_iters:
        return min_learning_rate
    progress = (it - warmup_iters) / (cosine_cycle_iters - warmup_iters)
    weight = 0.5 * (1 + math.cos(math.pi * progress))
    return min_learning_rate + weight * (max_learning_rate - min_learning_rate)


get_cosine_lr = get_lr_cosine_schedule
