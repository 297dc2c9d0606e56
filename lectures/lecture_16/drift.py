"""One batch of rollouts, used again and again: how far the policy moves away from it."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from cs336_alignment.log_probs import get_response_log_probs
from cs336_alignment.losses.recipes import ADVANTAGES, BatchSize, Recipe, batch_loss
from cs336_alignment.tasks.sort import SortTask
from cs336_alignment.training.batches import TrainingRows, training_rows
from cs336_alignment.training.config import AlignmentConfig
from cs336_alignment.training.loop import apply_gradients, make_optimizer
from cs336_basics.model import TransformerLM
from torch import Tensor

from lectures.lecture_16.policy import Trainer, audit

SIZE, RATE = 5, 3e-4


@dataclass(frozen=True)
class Look:
    """The policy after some updates, beside the batch that it still learns from."""

    updates: int
    largest_ratio: float
    clipped: float
    """Share of the tokens that the clip gives no gradient."""
    effective: float
    """Share of the batch that importance weights leave: (sum w)² / (n sum w²), w of answers."""
    promised: float
    """Mean reward that these weights promise, from the old batch."""
    right: float
    """Share of right answers among new samples on held-out problems."""


@dataclass(frozen=True)
class Stale:
    """A batch that stays."""

    rows: TrainingRows
    rewards: Tensor
    old: Tensor
    size: BatchSize


def log_probs_of(model: TransformerLM, rows: TrainingRows) -> Tensor:
    """By the forward pass of training, 0 outside the answers."""
    found = get_response_log_probs(model, rows.input_ids, rows.labels)["log_probs"]
    return found.masked_fill(~rows.mask, 0.0)


def reused(
    start: TransformerLM, config: AlignmentConfig, recipe: Recipe, looks: Sequence[int]
) -> list[Look]:
    """Updates of the recipe on one batch of 256 answers, with a look at each of these numbers."""
    trainer = Trainer(start, SortTask(), config, recipe)
    model, batch = trainer.model, _draw(trainer)
    groups = batch.rewards.view(config.sampling.samples, -1)
    advantages = ADVANTAGES[recipe.advantage](groups).view(-1, 1)
    optimizer, found = make_optimizer(model, config.limits), []
    for update in range(max(looks) + 1):
        now = log_probs_of(model, batch.rows)
        loss, metrics = batch_loss(recipe, advantages, now, batch.old, batch.rows.mask, batch.size)
        if update in looks:
            clipped = float(metrics["clipped"][batch.rows.mask].float().mean())
            found.append(_look(model, batch, now.detach(), update, clipped))
        loss.backward()  # type: ignore[no-untyped-call]
        apply_gradients(model, optimizer, RATE, config.limits.max_l2_norm)
    return found


def _draw(trainer: Trainer) -> Stale:
    _, sampled = trainer.source.draw()
    rows = training_rows(sampled.rollouts)
    with torch.no_grad():
        old = log_probs_of(trainer.model, rows)
    size = BatchSize(len(rows), int(rows.mask.sum()), SortTask().max_response(SIZE))
    return Stale(rows, torch.tensor(sampled.rewards), old, size)


def _look(model: TransformerLM, batch: Stale, now: Tensor, update: int, clipped: float) -> Look:
    change = now - batch.old
    weights = change.sum(dim=1).exp()
    effective = weights.sum().square() / weights.square().sum() / len(weights)
    return Look(
        update, float(change.exp().max()), clipped, float(effective),
        float((weights * batch.rewards).mean()), audit(model, SortTask(), SIZE, update).right,
    )  # fmt: skip
