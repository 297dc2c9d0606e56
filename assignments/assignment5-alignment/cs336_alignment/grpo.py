"""Group-relative policy optimisation: the losses, and the command that trains with them.

Command: python -m cs336_alignment.grpo configs/sort_cpu.toml

B rows, T positions of labels. The named methods beyond the three here are in `losses`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, get_args

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from cs336_alignment.losses.advantages import centred, standardized
from cs336_alignment.losses.aggregation import sequence_mean
from cs336_alignment.losses.policy_gradient import Metrics, clipped_loss, naive_loss
from cs336_alignment.masked import masked_mean

LossType = Literal["no_baseline", "reinforce_with_baseline", "grpo_clip"]
RewardFunction = Callable[[str, str], Mapping[str, float]]


def compute_group_normalized_rewards(
    reward_fn: RewardFunction,
    rollout_responses: Sequence[str],
    repeated_ground_truths: Sequence[str],
    group_size: int,
    advantage_eps: float,
    normalize_by_std: bool,
) -> tuple[Float[Tensor, " rollouts"], Float[Tensor, " rollouts"], dict[str, float]]:
    """(advantages, raw rewards, statistics); the answers to one prompt lie side by side.

    A = (r - mean) / (std + eps) with the unbiased std of the group (DeepSeekMath, 2402.03300), or
    A = r - mean (Dr. GRPO, 2503.20783). Groups of equal rewards, and of one, get exactly 0.

    Raises:
        ValueError: the answers cannot be cut into groups, or do not match the ground truths.
    """
    count = len(rollout_responses)
    if count != len(repeated_ground_truths) or group_size < 1 or count % group_size:
        raise ValueError(
            f"{count} answers with {len(repeated_ground_truths)} ground truths cannot be cut into "
            f"groups of {group_size}"
        )
    pairs = zip(rollout_responses, repeated_ground_truths, strict=True)
    raw = torch.tensor([float(reward_fn(response, truth)["reward"]) for response, truth in pairs])
    groups = raw.view(-1, group_size)
    grouped = standardized(groups, advantage_eps) if normalize_by_std else centred(groups)
    equal = (groups == groups[:, :1]).all(dim=1)
    statistics = {
        "reward_mean": float(raw.mean()),
        "reward_min": float(raw.min()),
        "reward_max": float(raw.max()),
        "equal_groups": float(equal.float().mean()),
    }
    return grouped.reshape(-1), raw, statistics


def compute_naive_policy_gradient_loss(
    raw_rewards_or_advantages: Float[Tensor, "batch 1"],
    policy_log_probs: Float[Tensor, "batch seq"],
) -> Float[Tensor, "batch seq"]:
    """-A log p of every token (Williams 1992)."""
    return naive_loss(raw_rewards_or_advantages, policy_log_probs)


def compute_grpo_clip_loss(
    advantages: Float[Tensor, "batch 1"],
    policy_log_probs: Float[Tensor, "batch seq"],
    old_log_probs: Float[Tensor, "batch seq"],
    cliprange: float,
) -> tuple[Float[Tensor, "batch seq"], Metrics]:
    """-min(r A, clip(r, 1 - c, 1 + c) A), r = exp(log p - log p_old); {"ratio", "clipped"}."""
    return clipped_loss(advantages, policy_log_probs, old_log_probs, cliprange, cliprange)


def compute_policy_gradient_loss(
    policy_log_probs: Float[Tensor, "batch seq"],
    loss_type: LossType,
    raw_rewards: Float[Tensor, "batch 1"] | None,
    advantages: Float[Tensor, "batch 1"] | None,
    old_log_probs: Float[Tensor, "batch seq"] | None,
    cliprange: float | None,
) -> tuple[Float[Tensor, "batch seq"], Metrics]:
    """The loss of every token by the name of its method.

    "no_baseline" needs `raw_rewards`; "reinforce_with_baseline" `advantages`; "grpo_clip"
    `advantages`, `old_log_probs` and `cliprange`.

    Raises:
        ValueError: an unknown name, or something that it needs is None.
    """

    def need(name: str, value: Any) -> Any:
        if value is None:
            raise ValueError(f'loss_type "{loss_type}" needs {name}')
        return value

    match loss_type:
        case "no_baseline":
            return naive_loss(need("raw_rewards", raw_rewards), policy_log_probs), {}
        case "reinforce_with_baseline":
            return naive_loss(need("advantages", advantages), policy_log_probs), {}
        case "grpo_clip":
            return compute_grpo_clip_loss(
                need("advantages", advantages), policy_log_probs,
                need("old_log_probs", old_log_probs), need("cliprange", cliprange),
            )  # fmt: skip
    raise ValueError(f"unknown loss_type {loss_type!r}; choose from {get_args(LossType)}")


def grpo_microbatch_train_step(
    policy_log_probs: Float[Tensor, "batch seq"],
    response_mask: Bool[Tensor, "batch seq"],
    gradient_accumulation_steps: int,
    loss_type: LossType,
    raw_rewards: Float[Tensor, "batch 1"] | None = None,
    advantages: Float[Tensor, "batch 1"] | None = None,
    old_log_probs: Float[Tensor, "batch seq"] | None = None,
    cliprange: float | None = None,
) -> tuple[Float[Tensor, ""], Metrics]:
    """Mean over each answer's tokens, mean over the rows, / accumulation steps; then backward.

    A row whose mask is empty adds 0 and still counts as a row. Returns the divided loss, without
    gradient, and the means of what the loss reports over the answers' tokens.
    """
    per_token, reported = compute_policy_gradient_loss(
        policy_log_probs, loss_type, raw_rewards, advantages, old_log_probs, cliprange
    )
    loss = sequence_mean(per_token, response_mask.bool(), len(per_token))
    loss = loss / gradient_accumulation_steps
    loss.backward()  # type: ignore[no-untyped-call]
    metrics = {
        name: masked_mean(value.float(), response_mask.bool()) for name, value in reported.items()
    }
    return loss.detach(), metrics


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns the exit status."""
    from cs336_alignment.training.commands import run_command  # the losses need none of it

    return run_command("grpo", arguments)


if __name__ == "__main__":
    sys.exit(main())
