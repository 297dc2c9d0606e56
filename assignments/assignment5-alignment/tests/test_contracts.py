"""The public functions of the assignment, with numbers worked by hand."""

from __future__ import annotations

import json
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from cs336_alignment.dpo import compute_per_instance_dpo_loss, dpo_loss
from cs336_alignment.grpo import (
    compute_group_normalized_rewards,
    compute_grpo_clip_loss,
    compute_naive_policy_gradient_loss,
    compute_policy_gradient_loss,
    grpo_microbatch_train_step,
)
from cs336_alignment.instruction_data import PackedSFTDataset, alpaca_text, iterate_batches
from cs336_alignment.log_probs import compute_entropy, get_response_log_probs
from cs336_alignment.masked import masked_mean, masked_normalize
from cs336_alignment.parsing import parse_gsm8k_response, parse_mmlu_response
from cs336_alignment.sft import sft_microbatch_train_step, tokenize_prompt_and_output
from cs336_alignment.tokenizing import DoubleBosError
from cs336_basics.model import TransformerLM
from torch import Tensor, nn


class ByteTokenizer:
    """One id for each byte, and ids above them for the special tokens that are wanted."""

    def __init__(
        self, bos: int | None = None, eos: int | None = 257, pad: int | None = None
    ) -> None:
        self.bos_token_id, self.eos_token_id, self.pad_token_id = bos, eos, pad

    def encode(self, text: str) -> list[int]:
        return list(text.encode())


class EagerTokenizer(ByteTokenizer):
    """Adds its BOS by itself unless told not to, as many of Hugging Face's do."""

    def encode(self, text: str, add_special_tokens: bool = True) -> list[int]:
        ids = [256 if c == "\x01" else ord(c) for c in text]
        assert self.bos_token_id is not None
        return [self.bos_token_id, *ids] if add_special_tokens else ids


class WithLogits(nn.Module):
    """A model in Hugging Face's manner: logits as an attribute."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.model = TransformerLM(260, 512, 16, 1, 2, 24)

    def forward(self, ids: Tensor) -> Any:
        return SimpleNamespace(logits=self.model(ids))


# tokenize_prompt_and_output


def test_prompt_and_output_by_hand() -> None:
    batch = tokenize_prompt_and_output(["ab", "c"], ["de", "f"], ByteTokenizer(pad=0))
    a, b, c, d, e, f = b"abcdef"
    assert batch["input_ids"].tolist() == [[a, b, d], [c, f, 0]]
    assert batch["labels"].tolist() == [[b, d, e], [f, 0, 0]]
    assert batch["response_mask"].tolist() == [[False, True, True], [True, False, False]]


def test_the_end_has_loss_and_padding_has_none_when_both_are_one_id() -> None:
    tokenizer = ByteTokenizer(eos=46, pad=46)  # "." ends a text and fills rows
    batch = tokenize_prompt_and_output(["a", "a"], ["bcd.", "b."], tokenizer)
    assert batch["labels"].tolist()[1] == [98, 46, 46, 46]
    assert batch["response_mask"].tolist()[1] == [True, True, False, False]


def test_tokenizers_that_add_bos_are_told_not_to() -> None:
    batch = tokenize_prompt_and_output(["ab"], ["c"], EagerTokenizer(bos=256))
    assert batch["input_ids"].tolist() == [[97, 98]]


def test_a_double_bos_is_refused() -> None:
    with pytest.raises(DoubleBosError, match=r"prompt 1 begins with .* twice"):
        tokenize_prompt_and_output(["\x01a", "\x01\x01a"], ["b", "b"], EagerTokenizer(bos=256))


def test_prompts_and_outputs_must_match() -> None:
    with pytest.raises(ValueError, match="2 prompts do not match 1 outputs"):
        tokenize_prompt_and_output(["a", "b"], ["c"], ByteTokenizer())


# Log-probabilities


def test_entropy_by_hand() -> None:
    logits = torch.tensor([[0.0, 0.0, 0.0, 0.0], [1000.0, 0.0, 0.0, 0.0]])
    assert compute_entropy(logits).tolist() == pytest.approx([math.log(4), 0.0])
    assert compute_entropy(torch.tensor([0.0, -math.inf])).item() == 0.0


@pytest.mark.parametrize("model", [WithLogits(), WithLogits().model], ids=["object", "tensor"])
def test_response_log_probs_are_log_softmax(model: nn.Module) -> None:
    ids = torch.randint(260, (2, 5))
    labels = torch.randint(260, (2, 5))
    result = get_response_log_probs(model, ids, labels, return_token_entropy=True)
    output = model(ids)
    log_p = getattr(output, "logits", output).log_softmax(-1)
    assert torch.allclose(
        result["log_probs"], log_p.gather(-1, labels[..., None])[..., 0], atol=1e-6
    )
    assert torch.allclose(result["token_entropy"], -(log_p.exp() * log_p).sum(-1), atol=1e-5)
    assert set(get_response_log_probs(model, ids, labels, False)) == {"log_probs"}


def test_temperature_and_top_p_enter_the_log_probs() -> None:
    logits = torch.tensor([[[math.log(0.5), math.log(0.3), math.log(0.2)]]])

    def model(ids: Tensor) -> Tensor:
        return logits.expand(1, ids.shape[1], 3)

    ids = torch.tensor([[0, 0, 0]])
    labels = torch.tensor([[0, 1, 2]])
    sharp = get_response_log_probs(model, ids, labels, temperature=0.5)["log_probs"].exp()
    assert sharp.tolist()[0] == pytest.approx([0.25 / 0.38, 0.09 / 0.38, 0.04 / 0.38])
    nucleus = get_response_log_probs(model, ids, labels, top_p=0.7)["log_probs"].exp()
    assert nucleus.tolist()[0] == pytest.approx([0.625, 0.375, 0.0])


# Masks


def test_masked_sums_and_means() -> None:
    values = torch.tensor([[1.0, 2.0, math.nan], [4.0, 5.0, 6.0]])
    mask = torch.tensor([[True, True, False], [False, True, True]])
    assert masked_normalize(values, mask, 2.0).item() == 7.0
    assert masked_normalize(values, mask, 1.0, dim=1).tolist() == [3.0, 11.0]
    assert masked_mean(values, mask).item() == 3.5
    assert masked_mean(values, mask, dim=0).tolist() == [1.0, 3.5, 6.0]
    assert masked_mean(values, torch.zeros_like(mask)).isnan()
    assert masked_mean(values, mask & torch.tensor([[True], [False]]), dim=1).isnan().tolist() == [
        False, True,
    ]  # fmt: skip


# SFT step


def test_sft_step_by_hand() -> None:
    log_probs = torch.tensor([[-1.0, -2.0], [-3.0, -4.0]], requires_grad=True)
    mask = torch.tensor([[False, True], [True, True]])
    loss, metrics = sft_microbatch_train_step(log_probs, mask, 2, normalize_constant=4.0)
    assert loss.item() == pytest.approx((2 / 4 + 7 / 4) / 2 / 2)
    assert log_probs.grad is not None
    assert log_probs.grad.tolist() == [[0.0, -1 / 16], [-1 / 16, -1 / 16]]
    assert metrics["response_tokens"].item() == 3
    assert metrics["mean_log_prob"].item() == pytest.approx(-3.0)
    assert not loss.requires_grad


# Rewards and advantages


def exact(response: str, truth: str) -> dict[str, float]:
    return {"reward": float(response == truth)}


def test_group_rewards_by_hand() -> None:
    responses, truths = list("abcdee"), list("aaadee")
    advantages, raw, statistics = compute_group_normalized_rewards(
        exact, responses, truths, 3, 0.0, normalize_by_std=True
    )
    assert raw.tolist() == [1, 0, 0, 1, 1, 1]
    root = math.sqrt(1 / 3)  # the unbiased std of 1, 0, 0
    expected = [2 / 3 / root, -1 / 3 / root, -1 / 3 / root, 0.0, 0.0, 0.0]
    assert advantages.tolist() == pytest.approx(expected)
    assert statistics["reward_mean"] == pytest.approx(4 / 6)
    assert statistics["equal_groups"] == 0.5
    without, _, _ = compute_group_normalized_rewards(exact, responses, truths, 3, 1e-6, False)
    assert without.tolist() == pytest.approx([2 / 3, -1 / 3, -1 / 3, 0, 0, 0])


def test_a_group_of_one_gives_zero() -> None:
    advantages, _, _ = compute_group_normalized_rewards(
        exact, ["a", "b"], ["a", "a"], 1, 1e-6, True
    )
    assert advantages.tolist() == [0.0, 0.0]


def test_groups_must_fit() -> None:
    with pytest.raises(ValueError, match="groups of 2"):
        compute_group_normalized_rewards(exact, ["a"] * 3, ["a"] * 3, 2, 1e-6, True)


# Policy gradient losses


def test_policy_gradient_losses_by_name() -> None:
    log_probs, old = torch.tensor([[-1.0, -2.0]]), torch.tensor([[-1.0, -3.0]])
    rewards, advantages = torch.tensor([[2.0]]), torch.tensor([[-1.0]])

    def loss(name: Any, **given: Any) -> Tensor:
        arguments: dict[str, Any] = dict.fromkeys(
            ("raw_rewards", "advantages", "old_log_probs", "cliprange")
        )
        value, _ = compute_policy_gradient_loss(log_probs, name, **(arguments | given))
        return value

    assert loss("no_baseline", raw_rewards=rewards).tolist() == [[2.0, 4.0]]
    assert loss("reinforce_with_baseline", advantages=advantages).tolist() == [[-1.0, -2.0]]
    clipped = loss("grpo_clip", advantages=advantages, old_log_probs=old, cliprange=0.2)
    assert clipped.tolist()[0] == pytest.approx([1.0, math.e])
    with pytest.raises(ValueError, match='"grpo_clip" needs old_log_probs'):
        loss("grpo_clip", advantages=advantages)
    with pytest.raises(ValueError, match='"no_baseline" needs raw_rewards'):
        loss("no_baseline", advantages=advantages)
    with pytest.raises(ValueError, match="unknown loss_type"):
        loss("ppo")


def test_the_two_building_blocks() -> None:
    log_probs = torch.tensor([[-1.0, -2.0]])
    assert compute_naive_policy_gradient_loss(torch.tensor([[2.0]]), log_probs).tolist() == [[2, 4]]
    loss, metrics = compute_grpo_clip_loss(torch.tensor([[1.0]]), log_probs, log_probs - 1, 0.2)
    assert loss.tolist()[0] == pytest.approx([-1.2, -1.2])
    assert metrics["clipped"].all()


def test_grpo_step_by_hand_with_a_fully_masked_row() -> None:
    log_probs = torch.tensor([[-1.0, -2.0], [-3.0, -4.0]], requires_grad=True)
    mask = torch.tensor([[True, True], [False, False]])
    loss, _ = grpo_microbatch_train_step(
        log_probs, mask, 2, "reinforce_with_baseline", advantages=torch.tensor([[2.0], [1.0]])
    )
    assert loss.item() == pytest.approx((2 * 1.5 + 0) / 2 / 2)
    assert log_probs.grad is not None
    assert log_probs.grad.tolist() == [[-0.25, -0.25], [0.0, 0.0]]


def test_grpo_steps_accumulate_to_the_batch() -> None:
    log_probs = (-torch.rand(4, 6)).requires_grad_()
    mask = torch.rand(4, 6) < 0.6
    mask[:, 0] = True
    advantages, old = torch.randn(4, 1), -torch.rand(4, 6)
    arguments = {"loss_type": "grpo_clip", "cliprange": 0.2}
    grpo_microbatch_train_step(
        log_probs, mask, 1, advantages=advantages, old_log_probs=old, **arguments  # type: ignore[arg-type]
    )  # fmt: skip
    assert log_probs.grad is not None
    whole = log_probs.grad.clone()
    log_probs.grad.zero_()
    for part in (slice(0, 2), slice(2, 4)):
        grpo_microbatch_train_step(
            log_probs[part], mask[part], 2, advantages=advantages[part], old_log_probs=old[part],
            **arguments,  # type: ignore[arg-type]
        )  # fmt: skip
    assert torch.allclose(log_probs.grad, whole, atol=1e-7)


# DPO


def test_dpo_loss_by_hand() -> None:
    c, r, rc, rr = (torch.tensor([v]) for v in (-1.0, -4.0, -2.0, -3.0))
    loss, metrics = dpo_loss(c, r, rc, rr, beta=0.5)
    assert metrics["margin"].item() == pytest.approx(0.5 * (1 + 1))
    assert loss.item() == pytest.approx(math.log(1 + math.exp(-1.0)))
    assert metrics["chosen"].item() == pytest.approx(0.5)
    assert metrics["rejected"].item() == pytest.approx(-0.5)
    nothing, _ = dpo_loss(c, r, rc, rr, beta=0.0)
    assert nothing.item() == pytest.approx(math.log(2))


def test_dpo_gradient_pushes_both_sides_by_what_is_missing() -> None:
    c, r = (torch.tensor([v], requires_grad=True) for v in (-1.0, -2.0))
    loss, _ = dpo_loss(c, r, torch.tensor([-1.0]), torch.tensor([-2.0]), beta=0.1)
    loss.sum().backward()  # type: ignore[no-untyped-call]
    assert c.grad is not None
    assert r.grad is not None
    assert c.grad.item() == pytest.approx(-0.1 * 0.5)  # beta sigmoid(-margin), margin 0
    assert r.grad.item() == pytest.approx(0.1 * 0.5)


def test_per_instance_dpo_loss_is_that_of_whole_texts() -> None:
    lm, reference, tokenizer = WithLogits(0), WithLogits(1), ByteTokenizer(eos=257)

    def total(model: nn.Module, response: str) -> Tensor:
        ids = torch.tensor([[*tokenizer.encode(alpaca_text("2+2?", response)), 257]])
        return get_response_log_probs(model, ids[:, :-1], ids[:, 1:])["log_probs"].sum()

    loss = compute_per_instance_dpo_loss(lm, reference, tokenizer, 0.3, "2+2?", "4", "five")
    margin = (total(lm, "4") - total(reference, "4")) - (
        total(lm, "five") - total(reference, "five")
    )
    assert loss.shape == ()
    assert loss.item() == pytest.approx(-torch.sigmoid(0.3 * margin).log().item(), rel=1e-4)
    loss.backward()  # type: ignore[no-untyped-call]
    assert all(p.grad is None for p in reference.parameters())
    assert any(p.grad is not None for p in lm.parameters())


def test_dpo_needs_an_end_token() -> None:
    with pytest.raises(ValueError, match="no eos_token_id"):
        compute_per_instance_dpo_loss(
            WithLogits(), WithLogits(), ByteTokenizer(eos=None), 0.1, "a", "b", "c"
        )


# Instruction data


def write_instructions(path: Path, rows: list[dict[str, str]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_alpaca_text() -> None:
    text = alpaca_text("Add {1}.", "2")
    assert text.endswith("\n\n### Instruction:\nAdd {1}.\n\n### Response:\n2")
    assert text.startswith("Below is an instruction that describes a task. ")


def test_packed_items_are_consecutive_windows(tmp_path: Path) -> None:
    rows = [{"prompt": "p", "response": "r"}, {"prompt": "q", "response": "s"}]
    path = write_instructions(tmp_path / "data.jsonl", rows)
    dataset = PackedSFTDataset(ByteTokenizer(bos=256, eos=257), path, 10, shuffle=False)
    tokens = [
        token for row in rows
        for token in (256, *alpaca_text(row["prompt"], row["response"]).encode(), 257)
    ]  # fmt: skip
    assert len(dataset) == (len(tokens) - 1) // 10
    for index in range(len(dataset)):
        item = dataset[index]
        assert item["input_ids"].tolist() == tokens[10 * index : 10 * index + 10]
        assert item["labels"].tolist() == tokens[10 * index + 1 : 10 * index + 11]
    with pytest.raises(IndexError):
        dataset[len(dataset)]


def test_shuffling_moves_whole_documents(tmp_path: Path) -> None:
    rows = [{"prompt": str(i), "response": "r"} for i in range(50)]
    path = write_instructions(tmp_path / "data.jsonl", rows)
    plain, shuffled = (PackedSFTDataset(ByteTokenizer(), path, 1, shuffle=s) for s in (False, True))
    assert len(plain) == len(shuffled)
    streams = [[int(item["input_ids"][0]) for item in dataset] for dataset in (plain, shuffled)]  # type: ignore[attr-defined]
    assert streams[0] != streams[1]


def test_batches(tmp_path: Path) -> None:
    path = write_instructions(tmp_path / "d.jsonl", [{"prompt": "a" * 40, "response": "b"}])
    dataset = PackedSFTDataset(ByteTokenizer(), path, 32, shuffle=False)
    batches = iterate_batches(dataset, 2, shuffle=False)
    shapes = [tuple(batch["input_ids"].shape) for batch in batches]
    assert len(batches) == len(shapes) == -(-len(dataset) // 2)
    assert shapes[0] == (2, 32)


def test_a_bad_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text('{"prompt": "a", "response": "b"}\n{"prompt": "a"}\n', encoding="utf-8")
    with pytest.raises(ValueError, match=r"bad\.jsonl, line 2: not an object with"):
        PackedSFTDataset(ByteTokenizer(), path, 4, shuffle=False)


# Parsing


MMLU = {"question": "?", "options": ["one", "two", "three", "four"], "answer": "B"}


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        ("The correct answer is B. There is only one.", "B"),
        ("Answer: (C)", "C"),
        ("The answer is A because it is.", "A"),
        ("First I thought the answer is A, but the answer is D.", "D"),
        ("B", "B"),
        ("B. two", "B"),
        ("(B) two", "B"),
        ("The correct answer is 10000 polynomials.", None),
        ("A good question has no answer.", None),
        ("Because of that", None),
        ("The answer is Denmark.", None),
        ("", None),
    ],
)
def test_mmlu_answers(text: str, letter: str | None) -> None:
    assert parse_mmlu_response(MMLU, text) == letter


def test_a_letter_without_option_is_no_answer() -> None:
    assert parse_mmlu_response({"options": ["yes", "no"]}, "The answer is C.") is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("She sold 48/2 = 24 clips, so 48+24 = 72 clips altogether.", "72"),
        ("The total is $1,234.50.", "1234.50"),
        ("It is -5", "-5"),
        ("10-3", "3"),
        ("She sold twenty-four.", None),
        ("12 13 14", "14"),
        ("", None),
    ],
)
def test_gsm8k_answers(text: str, number: str | None) -> None:
    assert parse_gsm8k_response(text) == number
