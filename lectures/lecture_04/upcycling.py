"""Upcycling: a dense network becomes a mixture of experts by copying (Komatsuzaki et al. 2022)."""

import torch
from cs336_basics.layers import SwiGLU
from cs336_basics.optimizer import AdamW
from torch import Tensor, nn

from lectures.lecture_04.moe import Mixture, StackedMixture, stacked_from
from lectures.lecture_04.router import balance_loss
from lectures.lecture_04.toy import GROUPS, WIDTH, Fields

HIDDEN, CHOSEN = 16, 2


def copies(dense: SwiGLU, num_experts: int, k: int) -> Mixture:
    """A mixture whose experts all are `dense`, with a fresh router."""
    d_ff, d_model = dense.w1.weight.shape
    mixture = Mixture(d_model, d_ff, num_experts, k)
    for expert in mixture.experts:
        expert.load_state_dict(dense.state_dict())
    return mixture


def fit(model: nn.Module, data: Fields, steps: int, curve: list[float]) -> None:
    """AdamW on the toy; appends the mean loss of every ten steps."""
    optimizer = AdamW(model.parameters(), lr=1e-2, weight_decay=0.0)
    recent = 0.0
    for step in range(1, steps + 1):
        x, y, _ = data.batch(256)
        error = (model(x) - y).square().mean()
        total = error
        if isinstance(model, StackedMixture) and model.routing is not None:
            total = error + 0.1 * balance_loss(model.routing)
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
        recent += error.item() / 10
        if step % 10 == 0:
            curve.append(recent)
            recent = 0.0


def three_ways(dense_steps: int, more: int, seed: int = 0) -> dict[str, list[float]]:
    """Loss of every ten steps: the dense one goes on, it is upcycled, or a mixture starts afresh.

    All three take `dense_steps + more` steps.
    """
    torch.manual_seed(seed)
    data, dense = Fields(seed), SwiGLU(WIDTH, HIDDEN)
    before: list[float] = []
    fit(dense, data, dense_steps, before)
    upcycled = stacked_from(copies(dense, GROUPS, CHOSEN))
    fresh = StackedMixture(WIDTH, HIDDEN, GROUPS, CHOSEN)
    curves: dict[str, list[float]] = {}
    for name, model in (("dense", dense), ("upcycled", upcycled), ("fresh mixture", fresh)):
        curves[name] = [] if name == "fresh mixture" else list(before)
        steps = dense_steps + more if name == "fresh mixture" else more
        fit(model, data, steps, curves[name])
    return curves


def router_gradient(mixture: Mixture, x: Tensor, target: Tensor) -> float:
    """Norm of the gradient that the mean squared error gives to the router."""
    mixture.zero_grad()
    (mixture(x) - target).square().mean().backward()
    gradient = mixture.router.weight.grad
    assert gradient is not None
    return float(gradient.norm())
