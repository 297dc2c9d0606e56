"""The parts of lecture 16: each experiment beside theory, and each record beside its claim."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from cs336_alignment.losses.advantages import divided_by_mean
from cs336_alignment.losses.difficulty import difficulty_weight
from cs336_alignment.losses.recipes import RECIPES
from cs336_alignment.tasks.problem import Problem
from hypothesis import given
from hypothesis import strategies as st

from lectures.lecture_16 import (
    drift,
    estimators,
    frontiers,
    gap,
    graders,
    holes,
    lengths,
    methods,
    policy,
    published,
    ratios,
    runs,
    weights,
)
from lectures.lecture_16.figures import grids, signals

CHANCES = st.floats(0.01, 0.99)
TOOL = Path(__file__).parents[1] / "tools/measure.py"


@given(CHANCES, st.integers(2, 32))
def test_a_mixed_group_is_as_likely_as_counting_says(p: float, samples: int) -> None:
    draw = weights.signal(p, samples)
    assert 0 <= draw <= 1
    assert draw == pytest.approx(weights.signal(1 - p, samples))
    assert weights.signal(p, samples + 1) >= draw - 1e-12


@given(CHANCES, st.integers(2, 24))
def test_the_weight_of_maxrl_has_a_closed_form(p: float, samples: int) -> None:
    closed = (1 - (1 - p) ** samples) / p - (1 - p) ** (samples - 1)
    assert difficulty_weight(divided_by_mean, p, samples) == pytest.approx(closed, rel=1e-3)


def test_large_groups_reach_the_limits_of_the_papers() -> None:
    found = weights.weights([0.3, 0.5], samples=256)
    for kind, limit in weights.LIMITS.items():
        assert found[kind] == pytest.approx([limit(0.3), limit(0.5)], rel=0.01)


def test_plain_rewards_point_along_the_mean_success() -> None:
    angles = weights.directions((0.05, 0.6), samples=8)
    assert angles["mean taken off"] == pytest.approx(1)
    assert angles["and divided by mean"] < angles["and divided by std"] < 1


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_only_the_mean_over_each_answer_changes_lengths(seed: int) -> None:
    grown, kept = lengths.trained("grpo", seed), lengths.trained("dr_grpo", seed)
    assert grown.wrong[-1] > 4 * lengths.START
    assert grown.right[-1] < 2
    assert kept.wrong[-1] == pytest.approx(lengths.START, rel=0.25)
    assert kept.right[-1] == pytest.approx(lengths.START, rel=0.25)


def test_the_estimators_are_what_schulman_found() -> None:
    near = estimators.quality(0.1, samples=200_000)
    assert near["k1"].spread == pytest.approx(20, rel=0.02)
    assert near["k3"].spread == pytest.approx(1.42, rel=0.03)
    assert abs(estimators.quality(2.0)["k2"].bias - 1) < 0.03


def test_gradients_of_estimators_are_those_of_divergences() -> None:
    truth, plain = estimators.divergence_gradients(), estimators.loss_gradients(weighted=False)
    assert plain["k1"] == [0.0] * 4
    assert plain["k2"] == truth["KL(p || ref)"]
    assert plain["k3"] == truth["KL(ref || p)"]
    assert estimators.loss_gradients(weighted=True)["k3"] == truth["KL(p || ref)"]


def test_without_movement_ratios_change_nothing() -> None:
    batch = methods.make_batch(moved=False)
    grpo, gspo = methods.push(RECIPES["grpo"], batch), methods.push(RECIPES["gspo"], batch)
    assert torch.allclose(grpo, gspo)


@pytest.mark.parametrize("key", methods.METHODS.values())
def test_a_method_pushes_only_tokens_of_answers(key: str) -> None:
    batch = methods.make_batch()
    assert not methods.push(RECIPES[key], batch)[~batch.mask].any()


def test_the_penalty_for_length_forgives_other_wrong_answers() -> None:
    scores = methods.advantages(RECIPES["dapo"], methods.make_batch())[:4, 0]
    assert scores[1] == scores[2] == 0
    assert scores[0] == -scores[3]


def test_the_grid_has_a_cell_for_every_token() -> None:
    cells = grids.push_grid()["data"]["values"]
    assert len(cells) == len(methods.METHODS) * sum(length for _, _, length in methods.ANSWERS)
    assert max(abs(cell["push"]) for cell in cells) == 1


def test_only_the_assignments_grader_is_not_fooled() -> None:
    assert graders.fooled() == {"assignment 5": 0, "part of it": 5, "last value": 5}


@pytest.mark.parametrize("text", ["", ">", ">>", "(" * 10_000, ">9**9**9", ">٣", ">" + "9" * 5000])
def test_no_grader_raises(text: str) -> None:
    assert all(grade(text) in (0.0, 1.0) for grade in graders.GRADERS.values())


def test_kimis_reward_for_short_answers() -> None:
    assert graders.kimi_length_reward([100, 200, 400], [True] * 3) == pytest.approx(
        [0.5, 1 / 6, -0.5]
    )
    assert graders.kimi_length_reward([100, 200, 400], [False] * 3) == [0.0, 0.0, -0.5]
    assert graders.kimi_length_reward([7, 7], [True, False]) == [0.0, 0.0]


def test_holes_are_where_they_are_said_to_be() -> None:
    problem = Problem("52:", ">25", "25", 2, "52")
    assert holes.PartGrader().check(problem, "2")
    assert not holes.PartGrader().check(problem, "52")
    assert holes.OrderGrader().check(problem, "34")
    assert holes.LetterGrader().check(problem, "p")
    assert not holes.LetterGrader().check(problem, "2")


def test_a_policy_without_training_gets_a_fair_audit() -> None:
    config = policy.configuration(seed=1, smallest=5, start=5, largest=5)
    model = policy.demonstrated(config, steps=2)
    found = policy.audit(model, holes.PartGrader(), size=5, step=0)
    assert found.right <= found.reward <= 1
    assert len(found.examples) == 3


def test_sampler_and_trainer_agree_in_float32() -> None:
    model = policy.demonstrated(policy.configuration(1, 5, 5, 5), steps=2)
    exact = gap.measured(model, gap.SETTINGS["float32, cache"])
    coarse = gap.measured(model, gap.SETTINGS["bfloat16, cache"])
    assert exact.largest < 1e-4
    assert coarse.spread > 100 * exact.spread


def test_before_an_update_nothing_has_drifted() -> None:
    config = policy.configuration(1, 5, 5, 5)
    (look,) = drift.reused(policy.demonstrated(config, steps=2), config, RECIPES["grpo"], (0,))
    assert (look.largest_ratio, look.clipped) == (1.0, 0.0)
    assert look.effective == pytest.approx(1)


def test_each_ablation_has_three_seeds() -> None:
    for name in (*runs.ONE_STEP, *runs.STALE):
        assert [run.seed for run in runs.ablation(name)] == [0, 1, 2]


def test_the_table_at_the_end_says_what_the_runs_say() -> None:
    equal = runs.equal_rollouts()
    share = {key: sum(runs.early(key, equal)) / 3 for key in ("grpo", "off_policy_4_epochs_2")}
    assert round(100 * share["grpo"]) == 71
    assert round(100 * share["off_policy_4_epochs_2"]) == 20
    letters = {run["arm"]: run["letter"] for run in runs.own_record("holes")["runs"]}
    assert round(letters["letter, shown in 0.1 %"], 4) == 0.0002
    assert min(
        run["letter"] for run in runs.own_record("holes")["runs"]
        if run["arm"] == "letter, shown in 1 %"
    ) == pytest.approx(0.005, abs=0.0005)  # fmt: skip


def test_records_hold_every_arm_and_seed() -> None:
    for name, arms in (("holes", holes.ARMS), ("frontiers", frontiers.ARMS)):
        taken = [(run["arm"], run["seed"]) for run in runs.own_record(name)["runs"]]
        assert sorted(taken) == sorted((arm, seed) for arm in arms for seed in range(3))


def test_the_bill_of_r1_fits_one_number_of_gpus() -> None:
    assert published.r1_dollars(512) == 294_672
    assert {len(row) for row in published.RECIPES} == {len(published.RECIPE_COLUMNS)}
    assert [row[0] for row in published.RECIPES] == sorted(row[0] for row in published.RECIPES)


def test_figures_name_every_line() -> None:
    names = {row["group"] for row in signals.signal_lines((4, 8))["layer"][0]["data"]["values"]}
    assert names == {"4 samples", "8 samples"}


def test_measuring_refuses_a_study_that_does_not_exist(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, TOOL, "--output", tmp_path, "--only", "moles"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "no study moles; there are holes, frontiers" in done.stderr


def test_ratios_push_as_far_as_each_loss_allows() -> None:
    pushes = ratios.pushes()
    assert pushes["clip 0.2"][1.0] == pytest.approx(1)
    assert pushes["clip 0.2"][1.3] == pushes["clip-higher 0.28"][1.3] == 0
    assert pushes["no limit"][1.8] == pytest.approx(1.8)


def test_a_token_of_a_long_answer_weighs_less_under_one_norm() -> None:
    shares = lengths.token_shares(torch.tensor([[1, 1, 0, 0, 0], [1, 1, 1, 1, 1]]).bool())
    assert shares == {
        "sequence_mean": [0.25, 0.1], "token_mean": [0.143, 0.143], "constant_length": [0.1, 0.1],
    }  # fmt: skip
