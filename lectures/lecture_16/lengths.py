"""Answers whose length earns nothing: any change of it is a bias of the loss.

A policy is right with probability 1/2, whatever it does. Then it draws tokens until it stops, with
one probability of stopping where it is right and another where it is wrong: two logits, which are
all that is trained.
"""

from dataclasses import dataclass
from statistics import fmean

import torch
from cs336_alignment.losses.aggregation import constant_length, sequence_mean, token_mean
from cs336_alignment.losses.recipes import ADVANTAGES, RECIPES, BatchSize, batch_loss
from torch import Tensor
from torch.nn.functional import logsigmoid

LIMIT, ROWS, GROUP, START = 64, 256, 8, 8
RATE = 0.3


def token_shares(mask: Tensor) -> dict[str, list[float]]:
    """Weight in the loss of a token of each row, under the three norms."""
    rows, width = mask.shape
    loss = torch.zeros(mask.shape, requires_grad=True)
    totals = {
        "sequence_mean": sequence_mean(loss, mask, rows),
        "token_mean": token_mean(loss, mask, int(mask.sum())),
        "constant_length": constant_length(loss, mask, rows, width),
    }
    return {
        name: [round(float(w), 3) for w in torch.autograd.grad(total, loss)[0][:, 0]]
        for name, total in totals.items()
    }


@dataclass(frozen=True)
class Lengths:
    """Mean lengths of a batch before each update."""

    wrong: list[float]
    right: list[float]

    def late(self) -> tuple[float, float]:
        """Means of the last twenty updates, wrong and right."""
        return fmean(self.wrong[-20:]), fmean(self.right[-20:])


def trained(recipe: str, seed: int, updates: int = 200) -> Lengths:
    """Policy gradients with the recipe's advantages, loss and length norm."""
    draw = torch.Generator().manual_seed(seed)
    stop = torch.full((2,), -torch.tensor(START - 1.0).log().item(), requires_grad=True)
    course = Lengths([], [])
    for _ in range(updates + 1):
        right = torch.rand(ROWS, generator=draw) < 0.5
        length = _lengths(stop.detach().sigmoid()[right.long()], draw)
        course.wrong.append(float(length[~right].float().mean()))
        course.right.append(float(length[right].float().mean()))
        loss = _loss(recipe, stop, right, length)
        (gradient,) = torch.autograd.grad(loss, stop)
        stop = (stop.detach() - RATE * gradient).requires_grad_()
    return course


def _lengths(chance: Tensor, draw: torch.Generator) -> Tensor:
    """Geometric, cut off at the limit."""
    uniform = torch.rand(len(chance), generator=draw)
    return (1 + (uniform.log() / (1 - chance).log()).floor()).clamp(1, LIMIT).long()


def _loss(recipe: str, stop: Tensor, right: Tensor, length: Tensor) -> Tensor:
    places = torch.arange(LIMIT)
    mask = places < length[:, None]
    ends = (places == length[:, None] - 1) & (length[:, None] < LIMIT)
    logit = stop[right.long()][:, None]
    log_probs = torch.where(ends, logsigmoid(logit), logsigmoid(-logit))
    method = RECIPES[recipe]
    advantages = ADVANTAGES[method.advantage](right.float().view(-1, GROUP)).view(-1, 1)
    size = BatchSize(ROWS, int(mask.sum()), LIMIT)
    return batch_loss(method, advantages, log_probs, log_probs.detach(), mask, size)[0]
