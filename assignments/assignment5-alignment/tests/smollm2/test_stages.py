"""Every stage from end to end with a model of random weights, and what its record says."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from cs336_alignment.models.smollm2 import SmolLM2, load_smollm2
from cs336_alignment.text.choices import answer_log_probs
from cs336_alignment.text.examples import make_examples
from cs336_alignment.text.pairs import REJECTED, own_pairs, row_of
from cs336_alignment.text.records import Record
from cs336_alignment.text.speaker import Speaker
from cs336_alignment.text.stages import SIZES, STAGES, preferences, tuned
from cs336_alignment.text.tuning import Rejected, Tuner, TuningConfig, batches

SCRIPT = Path(__file__).parents[2] / "scripts" / "smollm2.py"
CONFIG = TuningConfig(steps=25, batch_size=4, learning_rate=3e-3, warmup_steps=2)


def run_stage(name: str, smol: SmolLM2, folder: Path) -> dict[str, Any]:
    record = Record(folder, name)
    STAGES[name](smol, record, SIZES["tiny"], lambda _: None)
    content: dict[str, Any] = json.loads(record.path.read_text())
    assert content["complete"] is True
    return content


def test_completions_carry_prompt_hash_and_output(tiny: SmolLM2, tmp_path: Path) -> None:
    entry = run_stage("complete", tiny, tmp_path)["completions"][0]
    assert entry["prompt"] == "What is the capital of France?"
    assert len(entry["prompt_hash"]) == len(entry["output_hash"]) == 16
    assert entry["output_tokens"] <= 4
    again = run_stage("complete", tiny, tmp_path / "again")["completions"][0]
    assert again == entry


def test_a_stage_that_was_cut_short_is_taken_up(tiny: SmolLM2, tmp_path: Path) -> None:
    whole = run_stage("complete", tiny, tmp_path)
    first = Record(tmp_path, "complete", resume=True)  # a complete one is made anew
    assert "completions" not in first.content
    first.add(completions=[{**whole["completions"][0], "output": "kept"}])
    second = Record(tmp_path, "complete", resume=True)
    STAGES["complete"](tiny, second, SIZES["tiny"], lambda _: None)
    content = json.loads(second.path.read_text())
    assert content["completions"] == [
        {**whole["completions"][0], "output": "kept"},
        whole["completions"][1],
    ]
    other = Record(tmp_path, "complete", resume=True, dtype="float16")
    assert "completions" not in other.content


def test_choices_are_judged_by_three_rules(tiny: SmolLM2, tmp_path: Path) -> None:
    content = run_stage("choices", tiny, tmp_path)
    assert content["summary"]["questions"] == 2
    scores = content["judged"][0]["scores"]
    lengths = [len(option) for option in content["judged"][0]["options"]]
    ratios = [text / length for text, length in zip(scores["text"], lengths, strict=True)]
    assert scores["normalised"] == pytest.approx(ratios, abs=1e-3)


def test_option_scores_are_sums_of_log_probabilities(tiny: SmolLM2) -> None:
    prompt, answer = tiny.tokenizer.question_ids("Hi?"), tiny.tokenizer.encode("no")
    with torch.no_grad():
        logits = tiny.model(torch.tensor([prompt + answer]))[0, len(prompt) - 1 : -1]
    expected = logits.log_softmax(-1)[range(2), answer].sum()
    scores = answer_log_probs(tiny, "Hi?", ["yes", "no"])
    assert scores[1] == pytest.approx(float(expected), abs=1e-4)


def test_latency_is_measured_beside_the_floor(tiny: SmolLM2, tmp_path: Path) -> None:
    content = run_stage("latency", tiny, tmp_path)
    assert [row["prompt_tokens"] for row in content["latency"]] == [16, 64, 256]
    assert all(row["decode_ms_per_token"] > 0 for row in content["latency"])
    assert content["read_weights_once_ms"] > 0


@pytest.mark.parametrize("stage", ["sft", "dpo"])
def test_training_records_before_curve_and_after(stage: str, tiny: SmolLM2, tmp_path: Path) -> None:
    content = run_stage(stage, tiny, tmp_path)
    assert [row["step"] for row in content["curve"]] == [1, 2]
    for moment in ("before", "after"):
        assert set(content[moment]) == {"items", "topics"}
        assert len(content[moment]["items"]["samples"]) == 1


def test_what_was_known_before_a_crash_is_in_the_file(tmp_path: Path) -> None:
    record = Record(tmp_path, "sft", device="none")
    record.add(before={"items": 1})
    content = json.loads(record.path.read_text())
    assert content["complete"] is False
    assert content["before"] == {"items": 1}
    with pytest.raises(ValueError, match="JSON"):
        record.add(after=float("nan"))
    assert json.loads(record.path.read_text()) == content


def test_sft_makes_the_answers_likely(tiny: SmolLM2) -> None:
    rows = [row_of(tiny, "Say yes.", "Yes."), row_of(tiny, "Say no.", "No.")]
    tuner = Tuner(tiny, CONFIG)
    before = tuner.sums(rows)
    losses: list[float] = []
    tuner.sft(rows, lambda row: losses.append(row["loss"]))
    assert losses[-1] < losses[0]
    assert (tuner.sums(rows) > before + 1).all()
    assert Speaker(tiny, max_new_tokens=8).answers(["Say yes."]) == ["Yes."]


def test_dpo_separates_the_pairs_from_its_start(tiny: SmolLM2) -> None:
    chosen, rejected = [row_of(tiny, "Why?", "So.")], [row_of(tiny, "Why?", "Well, well.")]
    tuner = Tuner(tiny, CONFIG)
    reference = [tuner.sums(chosen), tuner.sums(rejected)]
    start = preferences(reference, reference, 0.1)
    assert (start["preferred"], start["margin"]) == (0.0, 0.0)
    rows: list[dict[str, Any]] = []
    tuner.dpo(chosen, rejected, rows.append)
    end = preferences([tuner.sums(chosen), tuner.sums(rejected)], reference, 0.1)
    assert end["preferred"] == 1.0
    assert end["margin"] > 0.5
    assert rows[0]["loss"] < 0.6932  # log 2 at the start


def test_own_pairs_reject_what_the_model_said_and_only_long_answers(
    tiny: SmolLM2, monkeypatch: pytest.MonkeyPatch
) -> None:
    examples = make_examples("train")[:6]
    speaker = Speaker(tiny, max_new_tokens=6)
    chosen, rejected = own_pairs(tiny, speaker, examples, seed=1)
    assert chosen == [row_of(tiny, e.question, e.brief) for e in examples]
    assert [prompt for prompt, _ in rejected] == [prompt for prompt, _ in chosen]
    assert all(0 < len(answer) <= 6 for _, answer in rejected)
    assert own_pairs(tiny, speaker, examples, seed=1) == (chosen, rejected)
    assert own_pairs(tiny, speaker, examples, seed=2)[1] != rejected
    monkeypatch.setattr("cs336_alignment.text.pairs.is_brief", lambda _: True)
    assert own_pairs(tiny, speaker, examples, seed=1) == ([], [])


@pytest.mark.parametrize("rejected", ["own", "template"])
def test_dpo_says_what_it_rejects(rejected: Rejected, tiny: SmolLM2, tmp_path: Path) -> None:
    record = Record(tmp_path, "dpo")
    size = tuned(SIZES["tiny"], rejected=rejected, chosen_weight=0.5)
    STAGES["dpo"](tiny, record, size, lambda _: None)
    content = json.loads(record.path.read_text())
    assert content["settings"]["rejected"] == rejected
    assert content["preferred"].endswith(REJECTED[rejected])
    assert content["pairs"]["train"] == 8


def test_the_likelihood_of_the_chosen_answers_rises_with_its_weight(
    tiny_gguf: Path,
) -> None:
    reached = []
    for weight in (0.0, 1.0):
        smol = load_smollm2(tiny_gguf, context_length=512, dtype=torch.float32, sha256=None)
        chosen, rejected = [row_of(smol, "Why?", "So.")], [row_of(smol, "Why?", "Well, well.")]
        tuner = Tuner(smol, replace(CONFIG, chosen_weight=weight))
        tuner.dpo(chosen, rejected, lambda _: None)
        reached.append(float(tuner.sums(chosen)))
    assert reached[1] > reached[0]


def test_every_example_comes_once_before_any_comes_again() -> None:
    config = TuningConfig(steps=5, batch_size=3, learning_rate=1.0)
    drawn = [index for batch in batches(6, config) for index in batch]
    assert sorted(drawn[:6]) == sorted(drawn[6:12]) == list(range(6))
    assert drawn == [index for batch in batches(6, config) for index in batch]


def test_the_script_says_what_is_missing(tmp_path: Path) -> None:
    command = [sys.executable, str(SCRIPT), "--stage", "complete", "--output", str(tmp_path)]
    result = subprocess.run(
        [*command, "--weights", str(tmp_path / "none.gguf")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert "does not exist; fetch it with" in result.stderr
