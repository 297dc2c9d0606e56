"""Problems of log-probabilities, masked sums and the losses."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from judge.checks import Draw, Wrong, holds, problem, same
from judge.small import ALPACA, Letters, Pairs, log_prob
from torch import Tensor
from torch.distributions import Categorical

from tests import adapters


def entropy_of(logits: Tensor) -> Tensor:
    """By PyTorch's own distribution, whose stubs have no types."""
    entropy: Tensor = Categorical(logits=logits).entropy()  # type: ignore[no-untyped-call]
    return entropy


@problem("compute_entropy", 1, "log_probs.compute_entropy")
@pytest.mark.parametrize("shift", [0.0, 1000.0])
def test_entropy(draw: Draw, shift: float) -> None:
    logits = draw.tensor(2, 3, 5) + shift
    right = entropy_of(logits)
    same("compute_entropy(logits)", adapters.run_compute_entropy(logits), right,
         case=f"logits (2, 3, 5) near {shift:g}",
         suspects={"the sign is missing": -right, "logarithms to base 2": right / math.log(2),
                   "the mean over the vocabulary and not the sum": right / 5})  # fmt: skip


@problem("get_response_log_probs", 2, "log_probs.get_response_log_probs")
@pytest.mark.parametrize("entropy", [False, True])
def test_log_probs(draw: Draw, entropy: bool) -> None:
    model, ids, labels = Pairs(draw.tensor(7, 7)), draw.ids(7, 2, 4), draw.ids(7, 2, 4)
    found = adapters.run_get_response_log_probs(model, ids, labels, entropy)
    logits = model.table.detach()[ids]
    picked = -F.cross_entropy(logits.mT, labels, reduction="none")
    same("log_probs", found.get("log_probs"), picked, case="input_ids and labels (2, 4)",
         suspects={
             "probabilities and not their logarithms": picked.exp(),
             "the sign is turned": -picked,
             "logits without the normalisation": (logits * F.one_hot(labels, 7)).sum(-1),
             "the inputs' tokens and not the labels'":
                 -F.cross_entropy(logits.mT, ids, reduction="none"),
         })  # fmt: skip
    holds(found["log_probs"].requires_grad, "log_probs has no gradient, where one is right: do not "
          "detach it.")  # fmt: skip
    if entropy:
        same("token_entropy", found.get("token_entropy"), entropy_of(logits),
             case="return_token_entropy=True")  # fmt: skip


def masked(draw: Draw) -> tuple[Tensor, Tensor]:
    """Numbers and a mask that has at least one True and one False in each row and column."""
    mask = draw.tensor(3, 4) > 0
    mask |= torch.eye(3, 4).bool()
    mask[:, 3] = torch.tensor([True, False, True])
    mask[0, 1], mask[1, 2], mask[2, 0] = False, False, False
    return draw.tensor(3, 4), mask


@problem("masked_normalize", 1, "masked.masked_normalize")
@pytest.mark.parametrize("dim", [None, 0, 1])
def test_masked_normalize(draw: Draw, dim: int | None) -> None:
    x, mask = masked(draw)
    axes = (0, 1) if dim is None else (dim,)
    right, whole = (x * mask).sum(axes) / 3.0, x.sum(axes) / 3.0
    same("masked_normalize(x, mask, 3.0)", adapters.run_masked_normalize(x, mask, 3.0, dim), right,
         case=f"x (3, 4), dim={dim}",
         suspects={"the mask is ignored": whole, "the mask is inverted": whole - right,
                   "the constant is ignored": right * 3})  # fmt: skip


@problem("masked_mean", 1, "masked.masked_mean")
@pytest.mark.parametrize("dim", [None, 0, 1])
def test_masked_mean(draw: Draw, dim: int | None) -> None:
    x, mask = masked(draw)
    right = x.where(mask, torch.nan).nanmean(dim)
    count = torch.tensor(x.numel() if dim is None else x.shape[dim])
    number = mask.sum() if dim is None else mask.sum(dim)
    same("masked_mean(x, mask)", adapters.run_masked_mean(x, mask, dim), right,
         case=f"x (3, 4), dim={dim}",
         suspects={"divided by all positions and not by those of the mask": right * number / count,
                   "the sum and not the mean": right * number,
                   "the mask is ignored": x.mean() if dim is None else x.mean(dim)})  # fmt: skip


@problem("masked_mean", 1, "masked.masked_mean")
def test_the_mean_of_nothing() -> None:
    mean = adapters.run_masked_mean(torch.ones(2, 2), torch.zeros(2, 2).bool(), 1)
    same("masked_mean(x, mask)", mean, torch.full((2,), torch.nan), case="an empty mask: NaN")


@problem("sft_microbatch_train_step", 2, "sft.sft_microbatch_train_step")
@pytest.mark.parametrize("constant", [1.0, 4.0])
def test_sft_step(draw: Draw, constant: float) -> None:
    start, mask = masked(draw)
    log_probs = start.clone().requires_grad_()
    loss, _ = adapters.run_sft_microbatch_train_step(log_probs, mask, 2, constant)
    right = -(start * mask).sum() / (3 * 2 * constant)
    same("loss", loss.detach(), right,
         case=f"log-probs (3, 4), 2 accumulation steps, constant {constant:g}",
         suspects={
             "not divided by the accumulation steps": right * 2,
             "the sum over rows and not the mean": right * 3,
             "the mean over tokens and not the sum": -(start[mask]).mean() / (2 * constant),
             "the sign is missing": -right,
         })  # fmt: skip
    same("policy_log_probs.grad", log_probs.grad, -mask.float() / (6 * constant),
         case="after the step: it calls backward")  # fmt: skip


def reward(response: str, truth: str) -> dict[str, float]:
    """The reward of a made-up answer."""
    return {"reward": float(response) * float(truth), "format_reward": 1.0}


@problem("compute_group_normalized_rewards", 2, "grpo.compute_group_normalized_rewards")
@pytest.mark.parametrize("by_std", [True, False])
def test_group_rewards(draw: Draw, by_std: bool) -> None:
    values = [round(v, 3) for v in draw.tensor(6).tolist()]
    truths, eps = ["2", "2", "2", "3", "3", "3"], 1e-2
    raw = torch.tensor([v * float(t) for v, t in zip(values, truths, strict=True)])
    groups = raw.view(2, 3)

    def advantages(correction: int = 1, eps: float = eps, dim: int = 1) -> Tensor:
        centred = groups - groups.mean(dim, keepdim=True)
        spread = groups.std(dim, correction=correction, keepdim=True) + eps
        return (centred / spread if by_std else centred).flatten()

    found, rewards, _ = adapters.run_compute_group_normalized_rewards(
        reward, [str(v) for v in values], truths, 3, eps, by_std
    )
    same("raw rewards", rewards, raw, case="two groups of three answers")
    whole = (raw - raw.mean()) / (raw.std() + eps) if by_std else raw - raw.mean()
    same("advantages", found, advantages(),
         case=f"two groups of three, eps 0.01, normalize_by_std={by_std}",
         suspects={
             "the biased deviation (divided by n)": lambda: advantages(correction=0),
             "eps is left out": lambda: advantages(eps=0.0),
             "the mean of the batch and not of each group": whole,
             "the groups are cut across: answers to one prompt lie side by side":
                 lambda: advantages(dim=0),
             "divided by the deviation though normalize_by_std is False":
                 lambda: ((groups - groups.mean(1, keepdim=True))
                          / (groups.std(1, keepdim=True) + eps)).flatten(),
         })  # fmt: skip


@problem("compute_naive_policy_gradient_loss", 1, "grpo.compute_naive_policy_gradient_loss")
def test_naive_loss(draw: Draw) -> None:
    A, log_probs = draw.tensor(2, 1), draw.tensor(2, 5)
    right = -(A * log_probs)
    same("loss", adapters.run_compute_naive_policy_gradient_loss(A, log_probs), right,
         case="advantages (2, 1), log-probs (2, 5)",
         suspects={"the sign is missing": -right, "the probability and not its logarithm":
                   -(A * log_probs.exp()), "the mean": right.mean()})  # fmt: skip


@problem("compute_grpo_clip_loss", 3, "grpo.compute_grpo_clip_loss")
def test_clip_loss(draw: Draw) -> None:
    A = torch.tensor([[1.3], [-0.7]])
    old = draw.tensor(2, 8)
    new = old + torch.linspace(-0.8, 0.8, 8)
    r = torch.exp(new - old)
    clipped = r.clip(0.8, 1.2)
    both = torch.stack([r * A, clipped * A])
    loss, _ = adapters.run_compute_grpo_clip_loss(A, new, old, 0.2)
    same("loss", loss, -both.amin(0), case="A = 1.3 and -0.7, ratios 0.45 to 2.2, cliprange 0.2",
         suspects={
             "the maximum and not the minimum": -both.amax(0),
             "always clipped": -both[1], "never clipped": -both[0],
             "the ratio is turned: old by new": -torch.minimum(A / r, (1 / r).clip(0.8, 1.2) * A),
             "the sign is missing": both.amin(0),
         })  # fmt: skip


@problem("compute_policy_gradient_loss", 1, "grpo.compute_policy_gradient_loss")
@pytest.mark.parametrize("kind", ["no_baseline", "reinforce_with_baseline", "grpo_clip"])
def test_the_loss_by_its_name(draw: Draw, kind: Any) -> None:
    raw, A = draw.tensor(2, 1), draw.tensor(2, 1)
    new = draw.tensor(2, 4)
    old = new + draw.tensor(2, 4, scale=0.3)
    loss, _ = adapters.run_compute_policy_gradient_loss(new, kind, raw, A, old, 0.1)
    r = torch.exp(new - old)
    clip = -torch.stack([r * A, r.clip(0.9, 1.1) * A]).amin(0)
    losses = {"no_baseline": -(raw * new), "reinforce_with_baseline": -(A * new), "grpo_clip": clip}
    others = {f"the loss of {name!r}": value for name, value in losses.items() if name != kind}
    same("loss", loss, losses[kind], case=f"loss_type {kind!r}", suspects=others)


@problem("grpo_microbatch_train_step", 3, "grpo.grpo_microbatch_train_step")
@pytest.mark.parametrize("kind", ["reinforce_with_baseline", "grpo_clip"])
def test_grpo_step(draw: Draw, kind: Any) -> None:
    start, mask = masked(draw)
    mask[0] = torch.tensor([True, False, False, False])  # rows of different lengths
    A, old = draw.tensor(3, 1), start + draw.tensor(3, 4, scale=0.3)
    log_probs = start.clone().requires_grad_()
    other: dict[str, Any] = {"old_log_probs": old, "cliprange": 0.2} if kind == "grpo_clip" else {}
    loss, _ = adapters.run_grpo_microbatch_train_step(
        log_probs, mask, 2, kind, advantages=A, **other
    )
    r = torch.exp(start - old)
    per_token = -(A * start)
    if kind == "grpo_clip":
        per_token = -torch.stack([r * A, r.clip(0.8, 1.2) * A]).amin(0)
    rows = per_token.where(mask, torch.nan).nanmean(1)
    same("loss", loss.detach(), rows.mean() / 2, case=f"{kind!r}, log-probs (3, 4), 2 steps",
         suspects={
             "the mean over all tokens of the batch: first over each answer, then over rows":
                 per_token[mask].mean() / 2,
             "not divided by the accumulation steps": rows.mean(),
             "the mask is ignored": per_token.mean() / 2,
             "the sum over rows": rows.sum() / 2,
         })  # fmt: skip
    if log_probs.grad is None:
        raise Wrong("policy_log_probs.grad is None after the step, where a gradient is right.")


@problem("dpo", 3, "dpo.compute_per_instance_dpo_loss")
@pytest.mark.parametrize("beta", [0.1, 0.5])
def test_dpo(draw: Draw, beta: float) -> None:
    ours, reference = (draw.tensor(128, 128, scale=0.5) for _ in range(2))
    prompt, good, bad = "Add 2 and 3", "It is 5", "No idea"
    tokenizer = Letters()

    def ratio(answer: str, end: bool = True) -> Tensor:
        ids = tokenizer.encode(ALPACA.format(prompt, answer)) + [2] * end
        return log_prob(ours, ids) - log_prob(reference, ids)

    def loss(margin: Tensor, beta: float = beta) -> Tensor:
        return F.softplus(-beta * margin)

    margin = ratio(good) - ratio(bad)
    model = Pairs(ours)
    found = adapters.run_compute_per_instance_dpo_loss(
        model, Pairs(reference), tokenizer, beta, prompt, good, bad
    )
    same("loss", found.detach(), loss(margin), case=f"beta {beta}, a model of letter pairs",
         suspects={
             "chosen and rejected are exchanged": lambda: loss(-margin),
             "EOS is not part of the answer":
                 lambda: loss(ratio(good, end=False) - ratio(bad, end=False)),
             "beta is left out": lambda: loss(margin, beta=1.0),
         })  # fmt: skip
    holds(found.requires_grad, "loss has no gradient with respect to lm, where one is right.")
