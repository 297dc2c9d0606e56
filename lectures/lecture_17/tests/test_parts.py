"""The parts of lecture 17: sampled against summed, batched against one by one."""

import json
import math
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from cs336_alignment.log_probs import token_log_probs
from cs336_alignment.losses.advantages import standardized
from cs336_alignment.losses.policy_gradient import clipped_loss
from cs336_alignment.losses.recipes import RECIPES
from hypothesis import given
from hypothesis import strategies as st

from lectures.lecture_17 import advantages, bandits, records, task, updates, wrong_ratio
from lectures.lecture_17.figures import estimates, runs
from lectures.lecture_17.held_out import SPLITS
from lectures.lecture_17.policy import kl_between, picked, probabilities, sample, start
from lectures.lecture_17.settings import GRPO, LEVERS, METHODS, REWARDS, rows_of
from lectures.lecture_17.training import INNER_STEPS, RATE, Curve, Setting, train
from lectures.shared.charts import Spec

PROMPTS = torch.tensor(task.TRAINING_PROMPTS)
THREE = st.lists(st.integers(0, 4), min_size=3, max_size=3)
LOGITS = st.lists(st.floats(-3, 3), min_size=3, max_size=3).map(torch.tensor)
REWARDS_OF_THREE = st.lists(st.floats(-5, 5), min_size=3, max_size=3).map(torch.tensor)
CHANCE = st.floats(0.02, 0.98)


# The task


def test_three_answers_of_the_original_lecture() -> None:
    prompt = torch.tensor([3, 1, 0, 2])
    answers = torch.tensor([[0, 1, 2, 3], [7, 2, 2, 5], [0, 3, 1, 2]])
    assert task.places(prompt, answers).tolist() == [4, 1, 1]
    assert task.items(prompt, answers).tolist() == [7, 3, 6]
    assert task.exact(prompt, answers).tolist() == [1, 0, 0]


@given(THREE, THREE)
def test_rewards_agree_on_what_is_perfect(prompt: list[int], answer: list[int]) -> None:
    asked, given_ = torch.tensor(prompt), torch.tensor(answer)
    perfect = answer == sorted(prompt)
    assert (task.places(asked, given_) == 3) == perfect == bool(task.exact(asked, given_))
    assert 0 <= task.items(asked, given_) <= 5
    if perfect:
        assert task.items(asked, given_) == 5


def test_a_trap_cannot_be_left_by_one_change() -> None:
    prompt = torch.tensor([3, 2, 4])
    rewards = task.reward_table(prompt.unsqueeze(0), "items")[0]
    caught = task.traps(rewards)
    answers = task.all_answers()
    for trap, worth in zip(answers[caught].tolist(), rewards[caught], strict=True):
        for place in range(3):
            for token in range(5):
                changed = torch.tensor(trap)
                changed[place] = token
                assert task.items(prompt, changed) <= worth < 5
    assert int(caught.sum()) == 16
    assert not task.traps(task.reward_table(prompt.unsqueeze(0), "places")[0]).any()
    assert not task.traps(task.reward_table(prompt.unsqueeze(0), "exact")[0]).any()


def test_held_out_prompts_are_not_trained_on() -> None:
    for name, (seen, unseen) in SPLITS.items():
        rows = {tuple(p) for p in seen.tolist()}, {tuple(p) for p in unseen.tolist()}
        assert not rows[0] & rows[1]
        assert len(rows[0] | rows[1]) == 60
        sets = [{tuple(sorted(p)) for p in part} for part in rows]
        assert bool(sets[0] & sets[1]) == (name == "orders held out")


# Policies


def test_probabilities_are_products_in_the_order_of_all_answers() -> None:
    log_p = start(2).log_probs(PROMPTS).detach()
    every = probabilities(log_p)
    assert torch.allclose(every.sum(-1), torch.ones(2, 3), atol=1e-5)
    answers = task.all_answers().expand(2, 3, -1, -1)
    assert torch.allclose(picked(log_p, answers).sum(-1).exp(), every, atol=1e-6)


def test_samples_come_as_often_as_they_should() -> None:
    log_p = start(1, scales=[0.5]).log_probs(PROMPTS).detach()
    drawn = sample(log_p, 20_000, torch.Generator().manual_seed(0))
    assert drawn.shape == (1, 3, 20_000, 3)
    for place in range(3):
        shares = torch.stack([(drawn[0, 1, :, place] == t).float().mean() for t in range(5)])
        assert torch.allclose(shares, log_p[0, 1, place].exp(), atol=0.015)


def test_picked_is_the_assignments_function_without_the_copies() -> None:
    policies = start(1)
    logits = policies.logits(PROMPTS)
    answers = sample(logits.log_softmax(-1), 4, torch.Generator().manual_seed(0))
    wide = logits.unsqueeze(2).expand(-1, -1, 4, -1, -1)
    expected = token_log_probs(wide, answers)
    assert torch.allclose(picked(logits.log_softmax(-1), answers), expected, atol=1e-6)


def test_a_policy_is_no_distance_from_itself() -> None:
    log_p = start(2).log_probs(PROMPTS)
    assert torch.allclose(kl_between(log_p, log_p), torch.zeros(2, 3))
    assert (kl_between(log_p[:1], log_p[1:]) > 0).all()


def test_a_flatter_start_is_the_same_draw_scaled() -> None:
    policies = start(2, scales=[1.0, 0.5])
    assert torch.equal(policies.embedding[2:], policies.embedding[:2] / 2)
    assert torch.equal(policies.read[2:], policies.read[:2])


# Training


def _short(setting: Setting, epochs: int = 3) -> Setting:
    return replace(setting, epochs=epochs)


def test_a_row_does_not_depend_on_its_neighbours() -> None:
    alone = train([_short(GRPO)], 3, every=1)[0]
    rows = [_short(s) for s in (*METHODS[:5], GRPO, *METHODS[6:], *LEVERS[:9])]
    beside = next(c for c in train(rows, 3, every=1) if c.setting == _short(GRPO))
    assert torch.allclose(alone.reward(), beside.reward(), atol=1e-4)


def test_a_batch_of_seeds_is_what_one_policy_would_do_by_itself() -> None:
    """The same as a plain loop over one policy, written here once more."""
    curve = train([replace(GRPO, epochs=2, kl=0.1, entropy=0.1)], 1, every=1)[0]
    policies = start(1)
    reference = policies.log_probs(PROMPTS).detach()
    adam = torch.optim.Adam(policies.parameters(), lr=RATE)
    generator = torch.Generator().manual_seed(17)
    for _ in range(2):
        old = policies.log_probs(PROMPTS).detach()
        answers = sample(old, 10, generator)
        rewards = task.items(PROMPTS[None, :, None], answers)[0] / 5
        advantage = standardized(rewards).reshape(30, 1)
        for _ in range(INNER_STEPS):
            log_p = policies.log_probs(PROMPTS)
            now, then = (picked(x, answers).reshape(30, 3) for x in (log_p, old))
            loss = clipped_loss(advantage, now, then, 0.2, 0.2)[0].mean()
            gap = picked(reference, answers).reshape(30, 3) - now
            loss = loss + 0.1 * (gap.exp() - 1 - gap).mean()
            loss = loss + 0.1 * (log_p.exp() * log_p).sum(-1).mean()
            adam.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            adam.step()
    assert torch.allclose(curve.policies[-1].read, policies.read, atol=1e-5)


def test_with_rewards_of_zero_and_one_rejection_sampling_is_the_raw_gradient() -> None:
    rows = [_short(Setting(n, RECIPES[n], "exact"), 20) for n in ("rft", "no_baseline")]
    kept, raw = train(rows, 4)
    assert torch.allclose(kept.policies[-1].read, raw.policies[-1].read, atol=1e-5)


def test_the_exact_gradient_climbs() -> None:
    curve = train([replace(GRPO, enumerated=True, epochs=10)], 4, every=5)[0]
    assert (curve.reward(1) > curve.reward(0)).all()
    assert (curve.reward(2) > curve.reward(1)).all()


def test_raw_rewards_lose_entropy_and_a_bonus_keeps_it() -> None:
    bonus = next(s for s in LEVERS if s.entropy == 0.2)
    raw, kept = train([_short(METHODS[0], 30), _short(bonus, 30)], 5)
    assert float(raw.entropy().mean()) < 0.15 < float(kept.entropy().mean())
    rows = rows_of({METHODS[0].name: raw}, [METHODS[0]])
    assert rows[0][0] == "raw rewards"
    wrong, trapped = raw.wrong_and_trapped()
    assert 0 <= trapped <= wrong <= 15


def test_names_of_settings_are_their_own() -> None:
    names = [s.name for s in METHODS + LEVERS + REWARDS]
    assert len(set(names)) == len(names)


# Estimates


@given(LOGITS, REWARDS_OF_THREE)
def test_the_summed_gradient_is_autograds(logits: torch.Tensor, rewards: torch.Tensor) -> None:
    w = logits.clone().requires_grad_()
    (w.softmax(dim=0) @ rewards).backward()  # type: ignore[no-untyped-call]
    assert w.grad is not None
    assert torch.allclose(bandits.exact_gradient(logits, rewards), w.grad, atol=1e-5)


@given(LOGITS, REWARDS_OF_THREE, st.floats(-3, 3))
def test_no_constant_beats_the_best_baseline(
    logits: torch.Tensor, rewards: torch.Tensor, other: float
) -> None:
    best = bandits.best_baseline(logits, rewards)
    found = bandits.variance(logits, rewards, best)
    assert found <= bandits.variance(logits, rewards, best + other) + 1e-4


def test_the_variance_is_that_of_samples() -> None:
    logits, rewards = torch.tensor([0.5, 0.0, -0.5, 1.0]), torch.tensor([1.0, 0.0, 3.0, 2.0])
    draw = torch.Generator().manual_seed(0)
    drawn = torch.stack([bandits.sampled_gradient(logits, rewards, 1, draw) for _ in range(5000)])
    sampled = float(drawn.var(dim=0).sum())
    assert sampled == pytest.approx(bandits.variance(logits, rewards, 0.0), rel=0.05)


@given(CHANCE)
def test_one_coin_three_baselines(p: float) -> None:
    by_mean, by_half = bandits.coin_variance(p, p), bandits.coin_variance(p, 0.5)
    assert bandits.coin_variance(p, 0) == pytest.approx(p * (1 - p) ** 3)
    assert by_mean == pytest.approx(p * (1 - p) * (1 - 2 * p) ** 2, abs=1e-12)
    assert by_half == pytest.approx(by_mean / 4, abs=1e-12)
    assert bandits.coin_variance(p, 1 - p) == pytest.approx(0, abs=1e-12)


@given(CHANCE, st.integers(2, 12))
def test_a_group_without_a_baseline_is_a_mean_of_coins(p: float, size: int) -> None:
    found = bandits.group_variance(p, size, leave_one_out=False)
    alone = bandits.coin_variance(p, 0) / (p * (1 - p)) ** 2
    assert found == pytest.approx(alone / size, rel=1e-6, abs=1e-9)


def test_state_baselines_of_the_syllabus() -> None:
    found = [bandits.two_state_variance(torch.tensor(b)) for b in ([0.0, 0], [5.5, 5.5], [10.0, 1])]
    assert [variance for variance, _ in found] == [25.5, 10.375, 0.25]
    assert all(mean == [0.25, -0.25, -0.25, 0.25] for _, mean in found)


@given(CHANCE)
def test_the_ratio_of_logarithms_pushes_the_wrong_way(p: float) -> None:
    found = wrong_ratio.gradients(p)
    assert found["p / q"] == -1
    assert found["log p / log q"] == pytest.approx(-1 / math.log(p), abs=1e-3)


def test_only_the_best_of_a_group_is_rewarded() -> None:
    rewards = torch.tensor([[3.0, 4, 3], [1, 1, 0]])
    assert advantages.best_only(rewards).tolist() == [[0, 4, 0], [1, 1, 0]]
    same = advantages.scaled_alike(rewards, 10.0)
    assert [name for name, kept in same.items() if kept] == ["standardized", "divided by the mean"]


def test_steps_on_one_batch_lower_its_loss() -> None:
    policies = start(1, scales=[0.5])
    answers = sample(policies.log_probs(PROMPTS), 5, torch.Generator().manual_seed(3))
    compared = standardized(task.items(PROMPTS[None, :, None], answers)[0])
    losses = updates.improve(policies, PROMPTS, answers, compared, steps=5)
    assert losses == sorted(losses, reverse=True)
    rows = updates.grpo_steps(policies, PROMPTS, answers, compared.reshape(15, 1), steps=2)
    assert rows[0][2:] == [1, 0, 0]


# Records and figures


def test_the_records_have_three_seeds_of_every_recipe() -> None:
    for recipe in records.ON_POLICY | records.OFF_POLICY:
        assert [run.seed for run in records.seeds_of(recipe)] == [0, 1, 2]
    assert "27 runs" in records.provenance()
    assert len(records.repeats(184e3)) >= 10


@pytest.fixture(scope="module")
def curves() -> dict[str, Curve]:
    """Two settings, trained for a moment."""
    rows = [_short(METHODS[0], 10), _short(GRPO, 10)]
    return {curve.setting.name: curve for curve in train(rows, 2, every=5)}


FIGURES: dict[str, Callable[[dict[str, Curve]], Spec]] = {
    "histograms": lambda _: estimates.reward_histograms(),
    "errors": lambda _: estimates.error_by_samples({10: 0.5, 1000: 0.05}),
    "parabola": lambda _: estimates.variance_by_baseline(torch.zeros(3), torch.arange(3.0)),
    "coin": lambda _: estimates.coin_variances(),
    "clip": lambda _: estimates.clipped_objective(),
    "slopes": lambda _: estimates.log_ratio_slopes(),
    "strips": lambda c: runs.strips("", c, [METHODS[0], GRPO]),
    "maps": lambda c: runs.collapse_maps(c, [*c], seed=0, prompt=1),
    "entropy": lambda c: runs.entropy_against_reward(c, [*c]),
    "sorted": lambda c: runs.sorted_curves("", c),
    "reward": lambda c: runs.reward_curves("", c),
    "held out": lambda c: runs.held_out_curves(c, dict.fromkeys(c, PROMPTS)),
    "records": lambda _: records.recipe_curves(records.ON_POLICY),
}


@pytest.mark.parametrize("name", FIGURES)
def test_figures_are_plain_json_with_finite_numbers(name: str, curves: dict[str, Curve]) -> None:
    written = json.dumps(FIGURES[name](curves), allow_nan=False)
    assert len(written) < 60_000
