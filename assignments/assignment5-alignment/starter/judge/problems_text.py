"""Problems of text: the batch of prompts and answers, packing, reading an answer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from judge.checks import Draw, problem, same
from judge.small import ALPACA, Letters

from tests import adapters


@problem("tokenize_prompt_and_output", 2, "sft.tokenize_prompt_and_output")
def test_prompts_and_outputs() -> None:
    found = adapters.run_tokenize_prompt_and_output(["ab", "c"], ["xyz", "w"], Letters())
    ids = torch.tensor([[97, 98, 120, 121, 122], [99, 119, 0, 0, 0]])
    mask = torch.tensor([[False, True, True, True], [True, False, False, False]])
    case = "prompts 'ab', 'c', outputs 'xyz', 'w', one id a letter, padding 0"
    same("input_ids", found.get("input_ids"), ids[:, :-1], case=case,
         suspects={"the last token is still there": ids})  # fmt: skip
    same("labels", found.get("labels"), ids[:, 1:], case=case,
         suspects={"labels are the inputs; move them by one": ids[:, :-1]})  # fmt: skip
    later = torch.tensor([[False, False, True, True], [False, True, False, False]])
    inverted = ~mask
    padded = torch.tensor([[False, True, True, True], [True, True, True, True]])
    same("response_mask", found.get("response_mask"), mask, case=case,
         suspects={"it is moved by one: it belongs to the labels, not to the inputs": later,
                   "the mask is inverted": inverted,
                   "padding counts as output": padded})  # fmt: skip


def documents(draw: Draw, folder: Path) -> tuple[Path, list[int]]:
    """A file of instructions, and its stream of ids."""
    rows = [("Say " + "ab"[i % 2] * draw.between(1, 5), "x" * draw.between(1, 9)) for i in range(3)]
    path = folder / "data.jsonl"
    lines = (json.dumps({"prompt": prompt, "response": answer}) for prompt, answer in rows)
    path.write_text("".join(f"{line}\n" for line in lines))
    stream = [i for row in rows for i in [1, *Letters().encode(ALPACA.format(*row)), 2]]
    return path, stream


@problem("packed_sft_dataset", 3, "instruction_data.PackedSFTDataset")
@pytest.mark.parametrize("length", [7, 20])
def test_packing(draw: Draw, tmp_path: Path, length: int) -> None:
    path, stream = documents(draw, tmp_path)
    items = adapters.get_packed_sft_dataset(Letters(), path, length, False)
    same("len(dataset)", len(items), (len(stream) - 1) // length,
         case=f"{len(stream)} tokens, seq_length {length}: (n - 1) // T")  # fmt: skip
    for index in (0, 1, len(items) - 1):
        at = index * length
        window = torch.tensor(stream[at : at + length + 1])
        case = f"item {index} of {len(items)}, one stream of BOS + text + EOS"
        same(f"dataset[{index}]['input_ids']", items[index]["input_ids"], window[:-1], case=case)
        same(f"dataset[{index}]['labels']", items[index]["labels"], window[1:], case=case,
             suspects={"labels are the inputs; move them by one": window[:-1]})  # fmt: skip


@problem("packed_sft_dataset", 3, "instruction_data.iterate_batches")
def test_batches(draw: Draw, tmp_path: Path) -> None:
    path, stream = documents(draw, tmp_path)
    items = adapters.get_packed_sft_dataset(Letters(), path, 9, False)
    batches = list(adapters.run_iterate_batches(items, 4, False))
    same("number of batches", len(batches), -(-len(items) // 4),
         case=f"{len(items)} items, 4 a batch, the last may be short")  # fmt: skip
    joined = torch.cat([batch["input_ids"] for batch in batches])
    right = torch.tensor(stream[: len(items) * 9]).view(-1, 9)
    same("all batches, one after the other", joined, right, case="shuffle=False")


@problem("parse_responses", 2, "parsing.parse_mmlu_response, parse_gsm8k_response")
@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("The correct answer is B.", "B"),
        ("D", "D"),
        ("A thorough look says: the correct answer is C", "C"),
        ("I do not know.", None),
        ("", None),
    ],
)
def test_letters(text: str, right: str | None) -> None:
    example = {"question": "1 + 1?", "options": ["1", "2", "3", "4"], "subject": "sums"}
    same("parse_mmlu_response(…)", adapters.run_parse_mmlu_response(example, text), right,
         case=f"output {text!r}")  # fmt: skip


@problem("parse_responses", 2, "parsing.parse_mmlu_response, parse_gsm8k_response")
@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("She has 3 and 4, so 7 apples.", "7"),
        ("It costs 1,250 in all", "1250"),
        ("no number", None),
        ("minus: -12", "-12"),
    ],
)
def test_numbers(text: str, right: str | None) -> None:
    same("parse_gsm8k_response(…)", adapters.run_parse_gsm8k_response(text), right,
         case=f"output {text!r}",
         suspects={"the first number and not the last": "3"})  # fmt: skip
