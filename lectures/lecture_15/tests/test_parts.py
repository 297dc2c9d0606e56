"""The parts of lecture 15: what can be summed exactly is, and the rest is small enough to check."""

import math
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from lectures.lecture_15 import answers, calibration, packing, records, slips, studies, summaries
from lectures.lecture_15.answers import END, LONGEST, QUESTIONS, all_answers, careful, hasty
from lectures.lecture_15.best_of_n import best_of_n, best_of_n_kl, tilted
from lectures.lecture_15.dpo_runs import standing, train_on_pairs
from lectures.lecture_15.people import BOS, QUESTION, UNKNOWN, Words, World, make_world
from lectures.lecture_15.ppo import Parts, Ppo, generalized_advantages, run_ppo
from lectures.lecture_15.preferences import (
    Pairs,
    agreement,
    all_rewards,
    bradley_terry_loss,
    centred,
    compare,
    reward_of,
    train_reward_model,
    two_readers_agree,
    words_more,
)
from lectures.lecture_15.tuning import Shape, pretrained, said, sft_rows, shares, tuned


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(people=16, cities=4, seed=1)


@pytest.fixture(scope="module")
def start() -> Tensor:
    """Log-probabilities of an untrained policy."""
    torch.manual_seed(0)
    with torch.no_grad():
        return answers.log_probs(answers.small_model(0))


# --- people ---------------------------------------------------------------------------------------


def test_no_text_tells_the_home_of_somebody_who_is_only_mentioned(world: World) -> None:
    told, named = world.texts()
    strangers = set(world.mentioned)
    assert not any(strangers & set(text.split()) for text in told)
    assert any(strangers & set(text.split()) for text in named)
    assert all(QUESTION.split()[0] not in text for text in told + named)


def test_words_come_back_and_stop_at_the_end(world: World) -> None:
    text = world.texts()[0][0]
    ids = world.tokenizer.encode(text)
    assert world.tokenizer.decode([*ids, world.tokenizer.eos_token_id, *ids]) == text
    with pytest.raises(ValueError, match="'xyzzy' is not in the vocabulary"):
        world.tokenizer.encode("xyzzy")


def test_a_small_model_learns_to_answer_and_to_decline(world: World) -> None:
    model = pretrained(world, Shape(32, 1, 120, 32))
    pairs = world.asked(world.known) + world.declined(world.mentioned)
    after = tuned(model, sft_rows(pairs, world), steps=80, batch=16)
    assert shares(after, world, world.known)["right"] > 0.9
    assert shares(after, world, world.mentioned)["declined"] > 0.9
    asked = [QUESTION.format(name=world.mentioned[0])]
    assert said(after, asked, world) == [UNKNOWN]
    assert said(model, asked, world, most=1)[0].endswith("…") or said(model, asked, world) == [""]


# --- slips ----------------------------------------------------------------------------------------


def test_masks_differ_as_their_names_say(world: World) -> None:
    rows = sft_rows(world.asked(world.known[:3], habit=True), world)
    arms = slips.masks(rows, world)
    right = arms["the answer and its end"]["response_mask"]
    labels = rows["labels"]
    assert (labels[right] == world.tokenizer.eos_token_id).sum() == 3
    assert not (labels[arms["without the end"]["response_mask"]] == 1).any()
    assert not (labels[arms["one place early"]["response_mask"]] == 1).any()
    late = arms["one place late"]["response_mask"]
    first = right.int().argmax(1)
    assert right[range(3), first].all()
    assert not late[range(3), first].any()
    prompt = arms["the prompt as well"]["response_mask"]
    assert prompt.sum() > right.sum()


@given(st.integers(-3, 3))
def test_a_moved_mask_loses_only_what_leaves_the_row(places: int) -> None:
    mask = torch.zeros(1, 8, dtype=torch.bool)
    mask[:, 3:5] = True
    found = slips.moved({"response_mask": mask}, places)["response_mask"]
    assert found.nonzero()[:, 1].tolist() == [3 + places, 4 + places]


def test_a_bos_stands_where_the_form_says(world: World) -> None:
    pair = world.asked(world.known[:1])
    rows = slips.formed(pair, world, slips.bos_forms(world)["one more before the answer"])
    ids = rows["input_ids"][0].tolist()
    assert ids[0] == 0
    assert ids.count(0) == 2
    assert rows["response_mask"][0, ids.index(0, 1)]


# --- packing --------------------------------------------------------------------------------------


def test_packed_with_borders_is_the_same_as_alone(world: World) -> None:
    model = pretrained(world, Shape(32, 2, 3, 8))
    pairs = world.asked(world.known[:3]) + world.declined(world.mentioned[:2])
    assert packing.difference(model, pairs, world) < 1e-4
    row = packing.pack(pairs, world)
    plain = model(row.input_ids) - packing.masked_logits(model, row)
    assert plain[:, row.document[0] == 0].abs().max() < 1e-4
    assert plain[:, row.document[0] > 0].abs().max() > 1e-2
    visible = packing.visible_within(row)[0, 0]
    assert not visible.triu(1).any()
    assert visible.sum(1).tolist() == (row.position[0] + 1).tolist()


# --- answers --------------------------------------------------------------------------------------


def test_there_are_so_many_answers_and_each_has_its_place() -> None:
    every = all_answers()
    assert len(every) == sum(END**n for n in range(LONGEST + 1)) == 3906
    assert answers.places(answers.padded()).tolist() == list(range(len(every)))


def test_readers_like_what_the_text_says() -> None:
    assert careful(0, (0, 3)) == max(careful(0, words) for words in all_answers()) == 2.5
    assert careful(0, (1,)) == -1
    assert careful(0, (0, 0)) == 1.0
    assert hasty(0, (0, 3)) == careful(0, (0, 3)) + 1.0


def test_probabilities_of_all_answers_sum_to_one_and_are_the_models_own(start: Tensor) -> None:
    assert torch.allclose(start.exp().sum(1), torch.ones(QUESTIONS), atol=1e-4)
    model = answers.small_model(0)
    picked = torch.tensor([0, 3, 40, 3000])
    questions = torch.tensor([0, 1, 2, 0])
    rows = answers.rows_of(questions, picked)
    logs = model(rows["input_ids"]).log_softmax(-1)
    tokens = logs.gather(2, rows["labels"].unsqueeze(2)).squeeze(2)
    sums = (tokens * rows["response_mask"]).sum(1)
    assert torch.allclose(sums, start[questions, picked], atol=1e-4)


def test_demonstrations_are_answers_of_the_list() -> None:
    questions, picked = answers.demonstrations(500, seed=3)
    assert int(picked.max()) < 3906
    right = [
        q in all_answers()[a] for q, a in zip(questions.tolist(), picked.tolist(), strict=True)
    ]
    assert 0.3 < sum(right) / 500 < 0.7


# --- preferences ----------------------------------------------------------------------------------


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=8), st.floats(-9, 9))
def test_only_differences_of_rewards_matter(rewards: list[float], shift: float) -> None:
    chosen = torch.tensor(rewards)
    rejected = torch.zeros(len(rewards))
    loss = bradley_terry_loss(chosen, rejected)
    assert torch.allclose(loss, bradley_terry_loss(chosen + shift, rejected + shift), atol=1e-4)
    assert bradley_terry_loss(rejected, rejected) == pytest.approx(math.log(2))


def test_comparisons_follow_the_opinion(start: Tensor) -> None:
    opinion = answers.scores(careful)
    pairs = compare(start, opinion, 2000, seed=0)
    assert len(pairs) == 2000
    assert not (pairs.chosen == pairs.rejected).any()
    expected = two_readers_agree(pairs, opinion, 1000 * opinion)
    ties = opinion[pairs.questions, pairs.chosen] == opinion[pairs.questions, pairs.rejected]
    assert agreement(opinion, pairs) + float(ties.float().mean()) / 2 == pytest.approx(
        expected, abs=0.03
    )
    longer = compare(start, answers.lengths().repeat(QUESTIONS, 1), 500, seed=0)
    assert words_more(longer) > 0.5


def test_a_reward_model_learns_an_order(start: Tensor) -> None:
    opinion = 2 * answers.lengths().repeat(QUESTIONS, 1)
    pairs = compare(start, opinion, 800, seed=0)
    model, losses = train_reward_model(pairs, steps=60)
    rewards = centred(all_rewards(model), start)
    assert losses[-1] < losses[0]
    assert agreement(rewards, compare(start, opinion, 500, seed=1)) > 0.8
    assert torch.allclose((start.exp() * rewards).sum(1), torch.zeros(QUESTIONS), atol=1e-3)
    one = reward_of(model, torch.tensor([1]), torch.tensor([77]))
    assert one[0].item() == pytest.approx(all_rewards(model)[1, 77].item(), abs=1e-4)


# --- policies -------------------------------------------------------------------------------------


@given(st.integers(1, 64))
def test_best_of_n_agrees_with_what_draws_give(n: int) -> None:
    log_p = torch.tensor([[0.5, 0.3, 0.2]]).log()
    rewards = torch.tensor([[0.0, 1.0, 2.0]])
    found = best_of_n(log_p, rewards, n).exp()[0]
    assert found.tolist() == pytest.approx([0.5**n, 0.8**n - 0.5**n, 1 - 0.8**n], abs=1e-6)
    kl = float((found * (found / log_p[0].exp().double()).log()).sum())
    assert kl <= best_of_n_kl(n) + 1e-6


def test_ties_are_shared_as_the_policy_shares_them() -> None:
    log_p = torch.tensor([[0.5, 0.3, 0.2]]).log()
    found = best_of_n(log_p, torch.zeros(1, 3), 7).exp()[0]
    assert found.tolist() == pytest.approx([0.5, 0.3, 0.2], abs=1e-6)


@given(st.floats(0.1, 10))
def test_no_policy_beats_the_tilt(beta: float) -> None:
    log_p = torch.tensor([[0.5, 0.3, 0.2]]).log()
    rewards = torch.tensor([[0.0, 1.0, -1.0]])

    def objective(log_q: Tensor) -> float:
        q = log_q.double().exp()
        return float((q * (rewards - beta * (log_q.double() - log_p))).sum())

    best = tilted(log_p, rewards, beta)
    for other in (log_p, best_of_n(log_p, rewards, 3), tilted(log_p, rewards, 2 * beta)):
        assert objective(best) >= objective(other) - 1e-6


def test_advantages_are_returns_or_surprises() -> None:
    rewards = torch.tensor([[0.0, 0.0, 2.0, 0.0]])
    values = torch.tensor([[0.5, 1.5, 1.5, 9.0]])
    mask = torch.tensor([[True, True, True, False]])
    sharp = generalized_advantages(rewards, values, mask, 0.0)
    whole = generalized_advantages(rewards, values, mask, 1.0)
    assert sharp.tolist() == [[1.0, 0.0, 0.5, 0.0]]
    assert whole.tolist() == [[1.5, 0.5, 0.5, 0.0]]


@pytest.mark.parametrize("parts", [Parts(), Parts(critic=False, clip=None, beta=0.0, epochs=1)])
def test_ppo_raises_the_reward(parts: Parts, start: Tensor) -> None:
    reference = answers.small_model(0)
    rewards = -answers.lengths().repeat(QUESTIONS, 1)
    words: list[float] = []
    few = Parts(**{**parts.__dict__, "iterations": 4, "samples": 32})
    run_ppo(reference, rewards, few, lambda _, p: words.append(
        answers.summary(p, start, {}).words), every=4)  # fmt: skip
    assert words[-1] < words[0] - 0.3


def test_nothing_is_clipped_in_the_first_step() -> None:
    rewards = torch.zeros(QUESTIONS, 3906)
    trainer = Ppo(answers.small_model(0), answers.small_model(0), rewards, Parts(epochs=1))
    assert trainer.iterate() == {"clipped": 0.0}


def test_dpo_orders_pairs_and_sft_makes_the_chosen_likely(start: Tensor) -> None:
    opinion = answers.scores(careful)
    pairs, held_out = (compare(start, opinion, n, seed=n) for n in (60, 100))
    reference = answers.small_model(0)
    ends = {}
    for objective in ("dpo", "sft"):
        _, looks = train_on_pairs(
            reference, pairs, held_out, {"gold": opinion}, objective, steps=12, every=12
        )  # fmt: skip
        first, ends[objective] = looks
        assert first.in_chosen + first.in_rejected + first.elsewhere == pytest.approx(1, abs=1e-3)
        assert first.all.kl == pytest.approx(0, abs=1e-4)
    assert ends["sft"].chosen > first.chosen
    margins = {name: look.chosen - look.rejected for name, look in ends.items()}
    assert margins["dpo"] > margins["sft"] > 0.1


def test_an_answer_stands_on_the_side_it_is_more_often_on() -> None:
    def ids(*values: int) -> Tensor:
        return torch.tensor(values)

    pairs = Pairs(ids(0, 0, 0), ids(1, 1, 2), ids(2, 2, 3))
    found = standing(pairs, torch.Size((1, 5)))
    assert found.tolist() == [[0, 1, -1, -1, 0]]


# --- side effects ---------------------------------------------------------------------------------


@given(st.floats(0.05, 5))
def test_a_reward_for_being_right_keeps_the_order_and_raises_the_voice(beta: float) -> None:
    beliefs = calibration.calibrated_beliefs(200)
    policy = calibration.rewarded(beliefs, beta)
    assert calibration.accuracy(policy, beliefs) == pytest.approx(
        calibration.accuracy(beliefs, beliefs), abs=1e-5
    )
    assert calibration.calibration_error(beliefs, beliefs) < 1e-5
    assert calibration.calibration_error(policy, beliefs) > 0
    assert policy.max(1).values.mean() > beliefs.max(1).values.mean()


# --- records --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["made_up", "slips", "rewards", "ppo", "dpo"])
def test_a_record_says_where_it_is_from_and_has_its_seeds(name: str) -> None:
    content = records.load(name)
    assert content is not None
    where = content["provenance"]
    assert {"device", "date", "versions", "command"} <= set(where)
    assert content["seeds"] == studies.SEEDS["people" if name in ("made_up", "slips") else name]
    assert {row["seed"] for row in content["rows"]} == set(range(content["seeds"]))
    assert (records.FOLDER / f"{name}.json").stat().st_size < 100_000


def test_a_study_that_nobody_measured_is_none() -> None:
    assert records.load("nothing") is None
    assert summaries.rows("nothing") == []


def test_the_measuring_program_names_its_studies(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from lectures.lecture_15.tools.measure import main

    assert main(["--output", str(tmp_path), "--only", "ppe"]) == 2
    assert "no study ppe; there are people, rewards, ppo, dpo" in capsys.readouterr().err


def test_a_summary_of_a_few_numbers() -> None:
    assert summaries.span([1.0, 2.0]) == "1.50 (1.00 to 2.00)"
    rows = [{"a": 1, "b": 2}, {"a": 1, "b": 3}, {"a": 2, "b": 2}]
    assert [len(group) for group in summaries.grouped(rows, "a").values()] == [2, 1]


def test_the_words_of_a_tokenizer_begin_with_the_special_ones() -> None:
    words = Words(["b a", "a c"])
    assert words.words == [BOS, "</s>", "<pad>", "b", "a", "c"]
