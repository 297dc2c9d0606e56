"""Advantages, losses of tokens, length norms, KL: by hand, by their gradients, and in parts."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from cs336_alignment.losses import advantages as advantage
from cs336_alignment.losses import kl
from cs336_alignment.losses.aggregation import constant_length, sequence_mean, token_mean
from cs336_alignment.losses.difficulty import difficulty_weight
from cs336_alignment.losses.policy_gradient import (
    cispo_loss,
    clipped_loss,
    gspo_loss,
    naive_loss,
    unclipped_loss,
)
from cs336_alignment.losses.recipes import ADVANTAGES, RECIPES, BatchSize, batch_loss
from cs336_alignment.losses.shaping import informative_groups, overlong_penalty
from torch import Tensor

REWARDS = torch.tensor([[1.0, 0.0, 0.0, 0.0], [1.0, 1.0, 1.0, 1.0], [0.0, 0.0, 0.0, 0.0]])


def gradient(loss: Tensor, parameter: Tensor) -> Tensor:
    (result,) = torch.autograd.grad(loss.sum(), parameter)
    return result


# Advantages


def test_advantages_by_hand() -> None:
    group = REWARDS[:1]
    assert advantage.centred(group).tolist() == [[0.75, -0.25, -0.25, -0.25]]
    third = 1 / 3
    assert torch.allclose(
        advantage.leave_one_out(group), torch.tensor([[1.0, -third, -third, -third]])
    )
    # The unbiased variance of 1, 0, 0, 0 is 3/4 / 3 = 1/4.
    assert torch.allclose(
        advantage.standardized(group, 0.0), torch.tensor([[1.5, -0.5, -0.5, -0.5]])
    )
    assert torch.allclose(advantage.divided_by_mean(group, 0.0), torch.tensor([[3.0, -1, -1, -1]]))
    assert advantage.kept_answers(group).tolist() == [[1.0, 0.0, 0.0, 0.0]]
    assert advantage.raw_rewards(group) is group


@pytest.mark.parametrize("name", ["centred", "standardized", "leave_one_out", "mean"])
@pytest.mark.parametrize("value", [0.0, 0.1, 1.0])
def test_equal_groups_get_exactly_zero(name: str, value: float) -> None:
    # Seven times 0.1 has a mean that is not 0.1 in float32: the difference must not be scaled up.
    assert ADVANTAGES[name](torch.full((2, 7), value)).tolist() == [[0.0] * 7] * 2  # type: ignore[index]


@pytest.mark.parametrize("name", ["centred", "standardized", "leave_one_out", "mean"])
def test_a_group_of_one_gets_zero_and_no_nan(name: str) -> None:
    assert ADVANTAGES[name](torch.tensor([[1.0], [0.0]])).tolist() == [[0.0], [0.0]]  # type: ignore[index]


def test_leave_one_out_has_the_mean_of_the_others_as_baseline() -> None:
    rewards = torch.rand(1, 5)
    others = torch.stack([rewards[0, [j for j in range(5) if j != i]].mean() for i in range(5)])
    assert torch.allclose(advantage.leave_one_out(rewards)[0], rewards[0] - others, atol=1e-6)


# Losses of tokens: on-policy all have the gradient -A


@pytest.mark.parametrize("name", RECIPES)
def test_on_policy_every_loss_has_the_gradient_of_reinforce(name: str) -> None:
    log_probs = (-torch.rand(3, 4) - 0.1).requires_grad_()
    advantages = torch.tensor([[0.5], [-2.0], [1.0]])
    mask = torch.ones(3, 4, dtype=torch.bool)
    recipe = replace(RECIPES[name], length_norm="sequence")
    loss, metrics = batch_loss(
        recipe, advantages, log_probs, log_probs.detach(), mask, BatchSize(3, 12, 4)
    )
    expected = -advantages.expand(3, 4) / 12
    assert torch.allclose(gradient(loss, log_probs), expected, atol=1e-7)
    if "ratio" in metrics:
        assert torch.equal(metrics["ratio"], torch.ones(3, 4))  # exactly
        assert not metrics["clipped"].any()


def test_naive_loss_and_its_gradient() -> None:
    log_probs = torch.tensor([[-1.0, -2.0]], requires_grad=True)
    loss = naive_loss(torch.tensor([[3.0]]), log_probs)
    assert loss.tolist() == [[3.0, 6.0]]
    assert gradient(loss, log_probs).tolist() == [[-3.0, -3.0]]


@pytest.mark.parametrize(
    ("ratio", "sign", "loss", "slope"),
    [
        (1.1, 1.0, -1.1, -1.1),  # inside: gradient -r A
        (1.5, 1.0, -1.2, 0.0),  # far enough up already
        (0.5, 1.0, -0.5, -0.5),  # below, but A pulls it back
        (0.5, -1.0, 0.8, 0.0),  # far enough down already
        (1.5, -1.0, 1.5, 1.5),  # above, but A pulls it back
    ],
)
def test_clipping_by_hand(ratio: float, sign: float, loss: float, slope: float) -> None:
    log_probs = torch.tensor([[math.log(ratio)]], requires_grad=True)
    value, metrics = clipped_loss(torch.tensor([[sign]]), log_probs, torch.zeros(1, 1), 0.2, 0.2)
    assert value.item() == pytest.approx(loss)
    assert gradient(value, log_probs).item() == pytest.approx(slope)
    assert bool(metrics["clipped"]) is (slope == 0.0)


def test_clip_higher_lets_improbable_tokens_grow() -> None:
    log_probs = torch.tensor([[math.log(1.25)]], requires_grad=True)
    narrow, _ = clipped_loss(torch.ones(1, 1), log_probs, torch.zeros(1, 1), 0.2, 0.2)
    wide, _ = clipped_loss(torch.ones(1, 1), log_probs, torch.zeros(1, 1), 0.2, 0.28)
    assert gradient(narrow, log_probs).item() == 0.0
    assert gradient(wide, log_probs).item() == pytest.approx(-1.25)


def test_cispo_keeps_the_gradient_of_capped_tokens() -> None:
    log_probs = torch.tensor([[math.log(3.0), math.log(0.5)]], requires_grad=True)
    loss, metrics = cispo_loss(torch.ones(1, 1), log_probs, torch.zeros(1, 2), 0.28)
    assert torch.allclose(gradient(loss, log_probs), torch.tensor([[-1.28, -0.5]]))
    assert metrics["clipped"].tolist() == [[True, False]]


def test_no_clip_is_importance_sampling() -> None:
    log_probs = torch.tensor([[math.log(3.0)]], requires_grad=True)
    loss, _ = unclipped_loss(torch.ones(1, 1), log_probs, torch.zeros(1, 1))
    assert gradient(loss, log_probs).item() == pytest.approx(-3.0)


def test_gspo_ratio_is_the_geometric_mean_of_the_answer_alone() -> None:
    mask = torch.tensor([[True, True, False]])
    log_probs = torch.tensor([[math.log(2.0), math.log(8.0), 100.0]], requires_grad=True)
    loss, metrics = gspo_loss(torch.ones(1, 1), log_probs, torch.zeros(1, 3), mask, 10.0, 10.0)
    assert metrics["ratio"][0, 0].item() == pytest.approx(4.0)
    slope = gradient(sequence_mean(loss, mask, 1), log_probs)
    assert torch.allclose(slope, torch.tensor([[-2.0, -2.0, 0.0]]))  # s A / |y| for each token


def test_gspo_clips_an_answer_as_a_whole_and_survives_an_empty_one() -> None:
    mask = torch.tensor([[True, True], [False, False]])
    log_probs = torch.tensor([[0.2, 0.0], [5.0, 5.0]], requires_grad=True)
    loss, metrics = gspo_loss(torch.ones(2, 1), log_probs, torch.zeros(2, 2), mask, 3e-4, 4e-4)
    assert metrics["clipped"][0].all()
    slope = gradient(sequence_mean(loss, mask, 2), log_probs)
    assert slope.tolist() == [[0.0, 0.0], [0.0, 0.0]]


# Length norms


def test_length_norms_by_hand() -> None:
    loss = torch.tensor([[1.0, 99.0, 99.0], [1.0, 2.0, 3.0]])
    mask = torch.tensor([[True, False, False], [True, True, True]])
    assert sequence_mean(loss, mask, 2).item() == pytest.approx((1 + 2) / 2)
    assert token_mean(loss, mask, 4).item() == pytest.approx(7 / 4)
    assert constant_length(loss, mask, 2, 10).item() == pytest.approx(7 / 20)


@pytest.mark.parametrize("name", RECIPES)
def test_unequal_micro_batches_add_up_to_the_batch(name: str) -> None:
    torch.manual_seed(1)
    rows, width = 7, 9
    lengths = torch.tensor([9, 1, 4, 0, 2, 7, 3])  # one answer is empty
    mask = torch.arange(width) < lengths[:, None]
    log_probs = (-torch.rand(rows, width)).double().requires_grad_()
    old = log_probs.detach() + 0.3 * torch.randn(rows, width).double()
    advantages = torch.randn(rows, 1).double()
    size = BatchSize(rows, int(mask.sum()), width)
    whole, _ = batch_loss(RECIPES[name], advantages, log_probs, old, mask, size)
    expected = gradient(whole, log_probs)
    total, slopes = torch.zeros(()).double(), torch.zeros_like(expected)
    for part in (slice(0, 1), slice(1, 2), slice(2, 7)):
        cut = max(1, int(lengths[part].max()))  # a micro-batch is only as wide as it must be
        loss, _ = batch_loss(
            RECIPES[name], advantages[part], log_probs[part, :cut], old[part, :cut],
            mask[part, :cut], size,
        )  # fmt: skip
        total, slopes = total + loss.detach(), slopes + gradient(loss, log_probs)
    assert total.item() == pytest.approx(whole.item(), abs=1e-6)
    assert torch.allclose(slopes, expected, atol=1e-6)
    assert torch.isfinite(slopes).all()


@pytest.mark.parametrize("name", RECIPES)
def test_a_fully_masked_batch_is_zero_and_not_nan(name: str) -> None:
    log_probs = torch.zeros(2, 3, requires_grad=True)
    mask = torch.zeros(2, 3, dtype=torch.bool)
    loss, _ = batch_loss(
        RECIPES[name], torch.ones(2, 1), log_probs, log_probs.detach(), mask, BatchSize(2, 0, 3)
    )
    assert loss.item() == 0.0
    assert gradient(loss, log_probs).abs().sum().item() == 0.0


def test_the_named_recipes_are_what_their_papers_say() -> None:
    grpo, dapo, dr = RECIPES["grpo"], RECIPES["dapo"], RECIPES["dr_grpo"]
    assert (grpo.advantage, grpo.length_norm, grpo.clip_high) == ("standardized", "sequence", 0.2)
    assert (dr.advantage, dr.length_norm) == ("centred", "constant")
    assert (dapo.length_norm, dapo.clip_low, dapo.clip_high) == ("token", 0.2, 0.28)
    assert dapo.drop_equal_groups
    assert dapo.overlong
    assert (RECIPES["gspo"].clip_low, RECIPES["gspo"].clip_high) == (3e-4, 4e-4)


# KL estimators


def test_kl_estimators_by_hand() -> None:
    p, q = torch.tensor([[math.log(0.5)]]), torch.tensor([[math.log(0.25)]])
    assert kl.k1(p, q).item() == pytest.approx(math.log(2))
    assert kl.k2(p, q).item() == pytest.approx(math.log(2) ** 2 / 2)
    assert kl.k3(p, q).item() == pytest.approx(0.5 - 1 + math.log(2))


def test_kl_estimators_by_enumeration() -> None:
    """k1 and k3 have the divergence as mean, and losses have the gradients that are claimed."""
    logits = torch.randn(6, dtype=torch.float64, requires_grad=True)
    reference = torch.randn(6, dtype=torch.float64).log_softmax(0)
    log_p = logits.log_softmax(0)
    p = log_p.exp()
    divergence = (p * (log_p - reference)).sum()
    weights = p.detach()
    for estimator in (kl.k1, kl.k3):
        assert (weights * estimator(log_p, reference)).sum().item() == pytest.approx(
            divergence.item()
        )
    slope = gradient((weights * kl.k1(logits.log_softmax(0), reference)).sum(), logits)
    assert slope.abs().max().item() < 1e-12
    forward = gradient((weights * kl.k2(logits.log_softmax(0), reference)).sum(), logits)
    log_p = logits.log_softmax(0)
    assert torch.allclose(forward, gradient((log_p.exp() * (log_p - reference)).sum(), logits))
    reverse = gradient((weights * kl.k3(logits.log_softmax(0), reference)).sum(), logits)
    log_p = logits.log_softmax(0)
    assert torch.allclose(reverse, gradient((reference.exp() * (reference - log_p)).sum(), logits))


# Shaping, and weights of difficulty


def test_overlong_penalty_by_hand() -> None:
    lengths = torch.tensor([1, 8, 9, 10, 12])
    assert overlong_penalty(lengths, 10, 2).tolist() == [0.0, 0.0, -0.5, -1.0, -1.0]
    with pytest.raises(ValueError, match="buffer must lie in"):
        overlong_penalty(lengths, 10, 0)


def test_informative_groups() -> None:
    assert informative_groups(REWARDS).tolist() == [True, False, False]


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_difficulty_weights_without_normalisation(p: float) -> None:
    """E[r] has the gradient grad p; a group's own mean as baseline takes 1/G of it away."""
    assert difficulty_weight(advantage.raw_rewards, p, 8) == pytest.approx(1.0)
    assert difficulty_weight(advantage.leave_one_out, p, 8) == pytest.approx(1.0)
    assert difficulty_weight(advantage.centred, p, 8) == pytest.approx(7 / 8)


def test_difficulty_weights_in_large_groups_are_those_of_the_papers() -> None:
    for p in (0.2, 0.5, 0.8):
        std = difficulty_weight(lambda r: advantage.standardized(r, 0.0), p, 400)
        assert std == pytest.approx(1 / math.sqrt(p * (1 - p)), rel=0.02)
        mean = difficulty_weight(lambda r: advantage.divided_by_mean(r, 1e-12), p, 400)
        assert mean == pytest.approx(1 / p, rel=0.02)


def test_std_favours_easy_and_hard_prompts_and_mean_the_hard_ones() -> None:
    def std(p: float) -> float:
        return difficulty_weight(advantage.standardized, p, 16)

    def mean(p: float) -> float:
        return difficulty_weight(advantage.divided_by_mean, p, 16)

    assert std(0.1) > std(0.5)
    assert std(0.9) > std(0.5)
    assert std(0.1) == pytest.approx(std(0.9))
    assert mean(0.1) > mean(0.5) > mean(0.9)


def test_difficulty_weight_needs_a_probability_between_0_and_1() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        difficulty_weight(advantage.centred, 1.0, 4)
