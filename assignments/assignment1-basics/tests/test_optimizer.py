"""AdamW against torch, its state, and the learning-rate schedule by hand."""

from __future__ import annotations

import copy
import math
from typing import Any

import pytest
import torch
from cs336_basics.fast.foreach_adamw import bias_scalars, foreach_adamw_update
from cs336_basics.optimizer import AdamW, get_cosine_lr, get_lr_cosine_schedule
from torch import nn

SETTINGS: dict[str, Any] = {"lr": 1e-2, "betas": (0.9, 0.95), "eps": 1e-8, "weight_decay": 0.1}


def make_model() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 3))


def train(model: nn.Module, optimizer: torch.optim.Optimizer, steps: int, seed: int = 1) -> None:
    generator = torch.Generator().manual_seed(seed)
    for _ in range(steps):
        optimizer.zero_grad()
        model(torch.randn(5, 6, generator=generator)).pow(2).mean().backward()
        optimizer.step()


@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
def test_steps_equal_torchs(weight_decay: float) -> None:
    ours, settings = make_model(), SETTINGS | {"weight_decay": weight_decay}
    theirs = copy.deepcopy(ours)
    train(ours, AdamW(ours.parameters(), **settings), 100)
    train(theirs, torch.optim.AdamW(theirs.parameters(), **settings), 100)
    for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-6, atol=1e-7)


def test_first_step_by_hand() -> None:
    p = nn.Parameter(torch.tensor([2.0]))
    optimizer = AdamW([p], lr=0.1, betas=(0.9, 0.99), eps=0.0, weight_decay=0.5)
    p.grad = torch.tensor([-3.0])
    optimizer.step()
    assert p.item() == pytest.approx(2.0 - 0.1 * 0.5 * 2.0 + 0.1)  # the first step is lr sign(g)


def test_groups_have_their_own_settings_and_missing_gradients_are_skipped() -> None:
    a, b, c = (nn.Parameter(torch.ones(1)) for _ in range(3))
    groups: list[dict[str, Any]] = [
        {"params": [a, c]},
        {"params": [b], "lr": 0.0, "weight_decay": 0.0},
    ]
    optimizer = AdamW(groups, lr=0.1)
    a.grad, b.grad = torch.ones(1), torch.ones(1)
    optimizer.step()
    assert a.item() < 1
    assert b.item() == c.item() == 1
    assert c not in optimizer.state


def test_state_dict_round_trip_continues_exactly() -> None:
    straight = make_model()
    optimizer = AdamW(straight.parameters(), **SETTINGS)
    train(straight, optimizer, 5)
    resumed = copy.deepcopy(straight)
    other = AdamW(resumed.parameters(), lr=9.0)
    other.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    train(straight, optimizer, 5, seed=2)
    train(resumed, other, 5, seed=2)
    for a, b in zip(straight.parameters(), resumed.parameters(), strict=True):
        assert torch.equal(a, b)


def test_closure_and_bad_settings() -> None:
    p = nn.Parameter(torch.ones(1))
    optimizer = AdamW([p], lr=0.1)

    def closure() -> float:
        optimizer.zero_grad()
        loss = p.pow(2).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss.item()

    assert optimizer.step(closure) == 1.0
    for bad in ({"lr": -1.0}, {"betas": (0.9, 1.0)}, {"eps": -1e-8}, {"weight_decay": -0.1}):
        with pytest.raises(ValueError, match=next(iter(bad))):
            AdamW([p], **bad)


def test_list_update_equals_the_per_parameter_one() -> None:
    ours = make_model()
    optimizer = AdamW(ours.parameters(), **SETTINGS)
    train(ours, optimizer, 3)
    lists = copy.deepcopy(ours)
    gradients = [torch.randn_like(p) for p in ours.parameters()]
    states = [copy.deepcopy(optimizer.state[p]) for p in ours.parameters()]
    for p, gradient in zip(ours.parameters(), gradients, strict=True):
        p.grad = gradient * 0.5
    optimizer.step()
    scalars = [torch.tensor(x) for x in (0.5, 1e-2, *bias_scalars((0.9, 0.95), 4))]
    with torch.no_grad():
        foreach_adamw_update(
            list(lists.parameters()), gradients, [s["exp_avg"] for s in states],
            [s["exp_avg_sq"] for s in states], *scalars,
            beta1=0.9, beta2=0.95, eps=1e-8, weight_decay=0.1,
        )  # fmt: skip
    for a, b in zip(ours.parameters(), lists.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-6, atol=1e-7)


def test_schedule_by_hand() -> None:
    def rate(it: int) -> float:
        return get_lr_cosine_schedule(it, 1.0, 0.1, warmup_iters=4, cosine_cycle_iters=12)

    assert [rate(it) for it in (0, 1, 4, 12, 99)] == pytest.approx([0, 0.25, 1.0, 0.1, 0.1])
    assert rate(8) == pytest.approx(0.55)  # half way between maximum and minimum
    assert rate(6) == pytest.approx(0.1 + 0.45 * (1 + math.cos(math.pi / 4)))
    assert get_cosine_lr is get_lr_cosine_schedule


def test_schedule_without_warmup_starts_at_the_maximum() -> None:
    assert get_lr_cosine_schedule(0, 1.0, 0.0, 0, 10) == 1.0
    assert get_lr_cosine_schedule(5, 1.0, 0.2, 5, 5) == 0.2
