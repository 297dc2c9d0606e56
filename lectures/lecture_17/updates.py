"""Several steps of one policy on one batch."""

import torch
from cs336_alignment.losses.kl import k3
from cs336_alignment.losses.policy_gradient import naive_loss
from cs336_alignment.losses.recipes import RECIPES, BatchSize, batch_loss
from torch import Tensor

from lectures.lecture_17.policy import Policies, picked

NODES = ["old policy q", "answers", "advantages", "policy p", "ratio", "reference", "KL", "update"]
EDGES = [
    ("old policy q", "answers"), ("answers", "advantages"), ("answers", "ratio"),
    ("old policy q", "ratio"), ("policy p", "ratio"), ("policy p", "KL"), ("reference", "KL"),
    ("advantages", "update"), ("ratio", "update"), ("KL", "update"),
]  # fmt: skip
"""What an update of GRPO is made from, with three copies of the policy."""


def loss(log_p: Tensor, answers: Tensor, advantages: Tensor) -> Tensor:
    """The mean naive loss of answers (1, P, G, n) under log p (1, P, n, V)."""
    return naive_loss(advantages.reshape(-1, 1), picked(log_p, answers).flatten(0, 2)).mean()


def improve(
    policies: Policies, prompts: Tensor, answers: Tensor, advantages: Tensor,
    steps: int = 10, rate: float = 1e-2,
) -> list[float]:  # fmt: skip
    """Adam on the naive loss of these answers (1, P, G, n); the loss before each step."""
    adam, losses = torch.optim.Adam(policies.parameters(), lr=rate), []
    for _ in range(steps):
        value = loss(policies.log_probs(prompts), answers, advantages)
        adam.zero_grad()
        value.backward()  # type: ignore[no-untyped-call]
        adam.step()
        losses.append(round(float(value.detach()), 3))
    return losses


def grpo_steps(
    policies: Policies, prompts: Tensor, answers: Tensor, advantages: Tensor,
    kl: float = 0.0, steps: int = 10, rate: float = 1e-2,
) -> list[list[float]]:  # fmt: skip
    """Inner steps of GRPO on these answers (1, P, G, n), whose policy is also the reference.

    A row for each step, before it is taken: its number, the loss, the largest ratio, the share of
    tokens that the clip stops, the mean k3 of a token.
    """
    old = picked(policies.log_probs(prompts).detach(), answers).flatten(0, 2)
    mask, size = (
        torch.ones_like(old, dtype=torch.bool),
        BatchSize(len(old), old.numel(), old.shape[-1]),
    )
    adam, rows = torch.optim.Adam(policies.parameters(), lr=rate), []
    for step in range(steps):
        now = picked(policies.log_probs(prompts), answers).flatten(0, 2)
        value, metrics = batch_loss(RECIPES["grpo"], advantages, now, old, mask, size)
        penalty = k3(now, old).mean()
        adam.zero_grad()
        (value + kl * penalty).backward()  # type: ignore[no-untyped-call]
        adam.step()
        numbers = [value.detach(), metrics["ratio"].max(), metrics["clipped"].float().mean()]
        rows.append([step, *(round(float(x), 3) for x in [*numbers, penalty.detach()])])
    return rows
