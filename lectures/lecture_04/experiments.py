"""Small measurements on the routers that lecture 4 trained, each a few lines of its own."""

from collections.abc import Sequence

import torch
from torch import Tensor

from lectures.lecture_04.moe import Mixture, StackedMixture
from lectures.lecture_04.router import admitted, capacity_of, load, route
from lectures.lecture_04.toy import Fields

FACTORS = (1, 1.25, 2, 4)


@torch.no_grad()
def choices(model: StackedMixture, x: Tensor) -> Tensor:
    """The experts that a trained router chooses, (T, k)."""
    return route(model.router(x), model.k, model.bias).experts


def lost(model: StackedMixture, x: Tensor) -> dict[float, float]:
    """Share of the assignments without a place, by capacity factor."""
    experts, count = choices(model, x), len(model.w1)
    places = {c: capacity_of(len(x), model.k, count, c) for c in FACTORS}
    return {c: 1 - admitted(experts, count, p).float().mean().item() for c, p in places.items()}


def wanted(model: StackedMixture, x: Tensor) -> list[int]:
    """Assignments of each expert."""
    shares = load(choices(model, x), len(model.w1))
    return [round(float(share) * len(x) * model.k) for share in shares]


@torch.no_grad()
def in_company(model: StackedMixture, factor: float | None) -> dict[str, list[float]]:
    """The first three outputs for one token: alone, before 63 others, and behind them.

    `factor` is the capacity in fair shares; None gives every expert room for all.
    """
    x, _, _ = Fields(0).batch(64)
    token, others = x[:1], x[1:]
    before, model.factor = model.factor, factor
    try:
        found = {
            "alone": model(token)[0],
            "first": model(torch.cat([token, others]))[0],
            "last": model(torch.cat([others, token]))[-1],
        }
    finally:
        model.factor = before
    return {name: [round(v, 3) for v in y[:3].tolist()] for name, y in found.items()}


@torch.no_grad()
def flipped(model: StackedMixture, added: Sequence[float]) -> dict[float, float]:
    """Percent of 4096 tokens whose experts change if logits are shifted and rounded to bfloat16."""
    logits = model.router(Fields(0).batch(4096)[0])
    exact = route(logits, model.k).experts.sort(dim=1).values
    found = {}
    for shift in added:
        rounded = (logits + shift).bfloat16().float()
        other = route(rounded, model.k).experts.sort(dim=1).values
        found[shift] = round(100 * (other != exact).any(dim=1).float().mean().item(), 1)
    return found


def router_gradients() -> dict[str, float]:
    """Norm of the router's gradient from the model's own loss, by k and form of the gates."""
    x, target, _ = Fields(0).batch(256)
    found = {}
    for label, k, renormalise in (
        ("k = 1, divided", 1, True),
        ("k = 1, probability", 1, False),
        ("k = 2, divided", 2, True),
    ):
        torch.manual_seed(0)
        model = Mixture(16, 8, 16, k)
        routing = route(model.router(x), k, renormalise=renormalise)
        outputs = torch.stack([expert(x) for expert in model.experts], dim=1).detach()
        picked = outputs[torch.arange(len(x))[:, None], routing.experts]
        y = (picked * routing.gates[..., None]).sum(dim=1)
        (gradient,) = torch.autograd.grad((y - target).square().mean(), model.router.weight)
        found[label] = round(float(gradient.norm()), 4)
    return found
