"""Six methods on one batch: what each does to every token of it.

Two prompts with four answers each. The hard one has one right answer, the easy one has one wrong
answer. A few tokens have moved since they were sampled.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from cs336_alignment.losses.recipes import (
    ADVANTAGES,
    RECIPES,
    BatchSize,
    Recipe,
    aggregate,
    batch_loss,
    token_loss,
)
from cs336_alignment.losses.shaping import overlong_penalty
from torch import Tensor

LIMIT, BUFFER = 10, 2
METHODS: Mapping[str, str] = {
    "GRPO": "grpo", "Dr. GRPO": "dr_grpo", "DAPO": "dapo", "GSPO": "gspo", "CISPO": "cispo",
    "MaxRL": "maxrl",
}  # fmt: skip
ANSWERS = [
    ("hard", "right", 4), ("hard", "wrong", 3), ("hard", "wrong", 6), ("hard", "wrong", 10),
    ("easy", "right", 2), ("easy", "right", 5), ("easy", "right", 8), ("easy", "wrong", 9),
]  # fmt: skip
MOVED = {(0, 1): 1.5, (0, 2): 0.9, (2, 4): 0.6, (3, 2): 1.5, (5, 3): 1.25, (7, 5): 1.1}
"""(answer, token): how many times as probable as when it was sampled."""
GROWN = (0, 1)
LONG, SHORT = 3, 1  # two wrong answers of the hard prompt


@dataclass(frozen=True)
class Batch:
    """Rewards (2, 4); the rest has a row an answer and ten columns."""

    rewards: Tensor
    lengths: Tensor
    mask: Tensor
    log_probs: Tensor
    old_log_probs: Tensor

    @property
    def size(self) -> BatchSize:
        """What means are taken over."""
        return BatchSize(len(self.mask), int(self.mask.sum()), LIMIT)


def make_batch(*, moved: bool = True) -> Batch:
    """The batch, or the same before anything moved."""
    lengths = torch.tensor([length for _, _, length in ANSWERS])
    rewards = torch.tensor([float(verdict == "right") for _, verdict, _ in ANSWERS]).view(2, 4)
    mask = torch.arange(LIMIT) < lengths[:, None]
    old = torch.full(mask.shape, -1.0)
    now = old.clone()
    for place, ratio in MOVED.items() if moved else ():
        now[place] += torch.tensor(ratio).log()
    return Batch(rewards, lengths, mask, now, old)


def advantages(recipe: Recipe, batch: Batch) -> Tensor:
    """(8, 1); DAPO's penalty for long answers is added to the rewards first."""
    rewards = batch.rewards
    if recipe.overlong:
        rewards = rewards + _taken(batch).view_as(rewards)
    return ADVANTAGES[recipe.advantage](rewards).view(-1, 1)


def push(recipe: Recipe, batch: Batch) -> Tensor:
    """-d loss / d log p of every token: how hard the method pushes it up."""
    log_probs = batch.log_probs.clone().requires_grad_()
    scores = advantages(recipe, batch)
    loss, _ = batch_loss(recipe, scores, log_probs, batch.old_log_probs, batch.mask, batch.size)
    return 0.0 - torch.autograd.grad(loss, log_probs)[0]


def token_factor(recipe: Recipe, batch: Batch, place: tuple[int, int]) -> float:
    """What the token loss alone makes of an advantage of +1 at one token of weight 1."""
    log_probs = batch.log_probs.clone().requires_grad_()
    ones = torch.ones(len(batch.mask), 1)
    loss, _ = token_loss(recipe, ones, log_probs, batch.old_log_probs, batch.mask)
    # GSPO spreads one ratio over its answer; the mean over the row's tokens gives it back.
    row = loss[place[0]][batch.mask[place[0]]]
    whole = row.mean() * len(row) if recipe.token_loss == "gspo" else loss[place]
    return 0.0 - float(torch.autograd.grad(whole, log_probs)[0][place])


def length_factor(recipe: Recipe, batch: Batch) -> float:
    """Weight of a token of the long wrong answer over that of the short one."""
    loss = torch.zeros_like(batch.log_probs).requires_grad_()
    total = aggregate(recipe.length_norm, loss, batch.mask, batch.size)
    weight = torch.autograd.grad(total, loss)[0]
    return float(weight[LONG, 0] / weight[SHORT, 0])


def cosine(one: Tensor, other: Tensor) -> float:
    """Of two pushes."""
    return float((one * other).sum() / (one.norm() * other.norm()))


COLUMNS = ["method", "advantage", "token at ratio 1.5", "long / short", "shaping", "cosine"]
LOSS_FUNCTIONS = {"clip": "clipped_loss", "gspo": "gspo_loss", "cispo": "cispo_loss"}
NORM_FUNCTIONS = {
    "sequence": "sequence_mean", "token": "token_mean", "constant": "constant_length",
}  # fmt: skip


def _taken(batch: Batch) -> Tensor:
    """What DAPO's penalty takes off each answer."""
    return overlong_penalty(batch.lengths, LIMIT, BUFFER)


def method_rows() -> list[list[str]]:
    """The table: a function of assignment 5 and what its gradient is on the batch."""
    batch = make_batch()
    plain = push(RECIPES["dr_grpo"], make_batch(moved=False))
    rows = []
    for name, key in METHODS.items():
        recipe = RECIPES[key]
        scores = advantages(recipe, batch)[:, 0]
        clips = f"{recipe.clip_low:g}, {recipe.clip_high:g}"
        rows.append([
            name,
            f"{ADVANTAGES[recipe.advantage].__name__}: {scores[0]:+.2f}, {scores[LONG]:+.2f}",
            f"{LOSS_FUNCTIONS[recipe.token_loss]}({clips}): "
            f"{token_factor(recipe, batch, GROWN):.2f}",
            f"{NORM_FUNCTIONS[recipe.length_norm]}: {length_factor(recipe, batch):.1f}",
            f"{0.0 + float(_taken(batch)[LONG]) * recipe.overlong:+.1f}",
            f"{cosine(push(recipe, batch), plain):.2f}",
        ])  # fmt: skip
    return rows
