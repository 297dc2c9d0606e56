"""AdamW and its schedule."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer


class AdamW(Optimizer):
    """Adam with decoupled weight decay."""

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[dict[str, Any]] | Iterable[tuple[str, Tensor]],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        given = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, given)

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """Update what has a gradient."""
        loss = closure() if closure is not None else None
        for group in self.param_groups:
            (one, two), rate = group["betas"], group["lr"]
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                state = self.state[parameter]
                t = state["t"] = state.get("t", 0) + 1
                if t == 1:
                    state["m"], state["v"] = (torch.zeros_like(parameter) for _ in range(2))
                m, v = state["m"], state["v"]
                m.mul_(one).add_(parameter.grad, alpha=1 - one)
                v.mul_(two).addcmul_(parameter.grad, parameter.grad, value=1 - two)
                parameter.mul_(1 - rate * group["weight_decay"])
                spread = (v / (1 - two**t)).sqrt_().add_(group["eps"])
                parameter.addcdiv_(m, spread, value=-rate / (1 - one**t))
        return loss


def get_lr_cosine_schedule(
    it: int,
    max_learning_rate: float,
    min_learning_rate: float,
    warmup_iters: int,
    cosine_cycle_iters: int,
) -> float:
    """Up in a line, down in half a cosine, then constant."""
    if it < warmup_iters:
        return max_learning_rate * it / warmup_iters
    if it >= cosine_cycle_iters:
        return min_learning_rate
    share = (it - warmup_iters) / (cosine_cycle_iters - warmup_iters)
    return min_learning_rate + (max_learning_rate - min_learning_rate) * (
        (1 + math.cos(math.pi * share)) / 2
    )


get_cosine_lr = get_lr_cosine_schedule
