"""The named methods: which advantage, which loss of a token, which weight of lengths.

A recipe is data; `batch_loss` is the one place where the three parts meet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from jaxtyping import Bool, Float
from torch import Tensor

from cs336_alignment.losses import advantages as advantage
from cs336_alignment.losses.aggregation import constant_length, sequence_mean, token_mean
from cs336_alignment.losses.policy_gradient import (
    Metrics,
    cispo_loss,
    clipped_loss,
    gspo_loss,
    naive_loss,
    unclipped_loss,
)

TokenLoss = Literal["naive", "clip", "no_clip", "gspo", "cispo"]
LengthNorm = Literal["sequence", "token", "constant"]
AdvantageName = Literal["raw", "centred", "standardized", "leave_one_out", "mean", "kept"]

ADVANTAGES: Mapping[AdvantageName, Callable[[Tensor], Tensor]] = {
    "raw": advantage.raw_rewards,
    "centred": advantage.centred,
    "standardized": advantage.standardized,
    "leave_one_out": advantage.leave_one_out,
    "mean": advantage.divided_by_mean,
    "kept": advantage.kept_answers,
}


@dataclass(frozen=True, slots=True)
class Recipe:
    """What tells one method of policy gradients from another."""

    advantage: AdvantageName
    token_loss: TokenLoss
    length_norm: LengthNorm
    clip_low: float = 0.2
    clip_high: float = 0.2
    drop_equal_groups: bool = False
    """DAPO's dynamic sampling: batches are filled with groups whose rewards differ."""
    overlong: bool = False
    """DAPO's soft punishment of long answers is added to the reward."""


RECIPES: Mapping[str, Recipe] = {
    "no_baseline": Recipe("raw", "naive", "sequence"),
    "baseline": Recipe("centred", "naive", "sequence"),
    "rloo": Recipe("leave_one_out", "naive", "constant"),
    "grpo": Recipe("standardized", "clip", "sequence"),
    "dr_grpo": Recipe("centred", "clip", "constant"),
    "dapo": Recipe(
        "standardized", "clip", "token", 0.2, 0.28, drop_equal_groups=True, overlong=True
    ),
    "gspo": Recipe("standardized", "gspo", "sequence", 3e-4, 4e-4),
    "cispo": Recipe("standardized", "cispo", "token", 0.2, 0.28),
    "maxrl": Recipe("mean", "clip", "token"),
    "rft": Recipe("kept", "naive", "token"),
}


@dataclass(frozen=True, slots=True)
class BatchSize:
    """What the losses of a whole batch are divided by, whatever micro-batches it is cut into."""

    rows: int
    tokens: int
    length: int
    """The fixed length of `constant_length`: the limit of the answers."""


def token_loss(
    recipe: Recipe,
    advantages: Float[Tensor, "batch 1"],
    log_probs: Float[Tensor, "batch seq"],
    old_log_probs: Float[Tensor, "batch seq"],
    mask: Bool[Tensor, "batch seq"],
) -> tuple[Float[Tensor, "batch seq"], Metrics]:
    """The recipe's loss of every token."""
    low, high = recipe.clip_low, recipe.clip_high
    match recipe.token_loss:
        case "naive":
            return naive_loss(advantages, log_probs), {}
        case "clip":
            return clipped_loss(advantages, log_probs, old_log_probs, low, high)
        case "no_clip":
            return unclipped_loss(advantages, log_probs, old_log_probs)
        case "gspo":
            return gspo_loss(advantages, log_probs, old_log_probs, mask, low, high)
        case "cispo":
            return cispo_loss(advantages, log_probs, old_log_probs, high)


def aggregate(
    norm: LengthNorm, loss: Float[Tensor, "batch seq"], mask: Bool[Tensor, "batch seq"],
    size: BatchSize,
) -> Float[Tensor, ""]:  # fmt: skip
    """This micro-batch's part of the loss of a batch of the given size."""
    match norm:
        case "sequence":
            return sequence_mean(loss, mask, size.rows)
        case "token":
            return token_mean(loss, mask, size.tokens)
        case "constant":
            return constant_length(loss, mask, size.rows, size.length)


def batch_loss(
    recipe: Recipe,
    advantages: Float[Tensor, "batch 1"],
    log_probs: Float[Tensor, "batch seq"],
    old_log_probs: Float[Tensor, "batch seq"],
    mask: Bool[Tensor, "batch seq"],
    size: BatchSize,
) -> tuple[Float[Tensor, ""], Metrics]:
    """The recipe's loss of a (micro-)batch, and what its token loss reports."""
    loss, metrics = token_loss(recipe, advantages, log_probs, old_log_probs, mask)
    return aggregate(recipe.length_norm, loss, mask, size), metrics
