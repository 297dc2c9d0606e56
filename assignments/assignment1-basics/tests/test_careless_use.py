"""What a careless user types: one clear line, before anything is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from cs336_basics.bpe import train_bpe
from cs336_basics.config import SampleConfig
from cs336_basics.data import get_batch
from cs336_basics.generate_text import main as generate_main
from cs336_basics.generation import generate, next_token_probabilities
from cs336_basics.model import TransformerLM
from cs336_basics.nn_utils import cross_entropy
from cs336_basics.optimizer import AdamW
from cs336_basics.serialization import CheckpointError, load_checkpoint, save_checkpoint
from cs336_basics.split import check_special_tokens
from cs336_basics.tokenization.train_tokenizer import main as train_tokenizer_main
from cs336_basics.tokenizer import Tokenizer
from cs336_basics.training.samples import draw_samples
from torch.nn import Linear

BYTES = {byte: bytes([byte]) for byte in range(256)}


def test_a_special_token_that_cannot_be_saved_is_refused_before_training(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "text.txt").write_text("some text\n" * 10)
    arguments = [str(tmp_path / "text.txt"), str(tmp_path / "out"), "--vocab-size", "260"]
    assert train_tokenizer_main([*arguments, "--special-token", "\n"]) == 1
    assert "is a single byte" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    (tmp_path / "file").write_text("")
    arguments[1] = str(tmp_path / "file/out")  # a file where a folder has to be
    assert train_tokenizer_main(arguments) == 1
    assert train_tokenizer_main([*arguments[:1], str(tmp_path / "out"), *arguments[2:]]) == 0


def test_a_string_is_no_list_of_special_tokens() -> None:
    for call in (check_special_tokens, lambda tokens: Tokenizer(BYTES, [], tokens)):
        with pytest.raises(TypeError, match="give a list of strings"):
            call("abc")


def test_unknown_settings_of_training_are_named_and_ignored(tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("some text some text")
    with pytest.warns(UserWarning, match="no setting num_processes, verbose: ignored"):
        found = train_bpe(tmp_path / "text.txt", 260, [], num_processes=4, verbose=True)
    assert found == train_bpe(tmp_path / "text.txt", 260, [])


@pytest.mark.parametrize("make", [list, np.array, torch.tensor, tuple, iter])
def test_ids_of_every_kind_are_decoded(make: type[list[int]]) -> None:
    tokenizer = Tokenizer(BYTES, [])
    assert tokenizer.decode(make([104, 105])) == "hi"
    with pytest.raises(ValueError, match="more than one dimension"):
        tokenizer.decode(torch.tensor([[104]]))
    with pytest.raises(ValueError, match="token id 300 is not in the vocabulary"):
        tokenizer.decode(torch.tensor([300]))


@pytest.mark.parametrize(("batch", "context"), [(0, 4), (4, 0), (-1, 4)])
def test_an_empty_batch_is_refused(batch: int, context: int) -> None:
    with pytest.raises(ValueError, match=r"(batch_size|context_length) is .*give at least 1"):
        get_batch(np.arange(100), batch, context, "cpu")


def test_the_lowest_temperature_is_greedy_and_finite() -> None:
    logits = torch.tensor([[1000.0, -1000.0, 999.0]])
    for temperature in (0.0, 1e-45, 1e-38, 1e-30, 1e-3):
        found = next_token_probabilities(logits, temperature, 0.9)
        torch.testing.assert_close(found, torch.tensor([[1.0, 0.0, 0.0]]))
    warm = next_token_probabilities(logits, 1.0, 1.0)
    torch.testing.assert_close(warm, logits.softmax(-1))


def small_model() -> TransformerLM:
    torch.manual_seed(0)
    return TransformerLM(257, 16, d_model=8, num_layers=1, num_heads=1, d_ff=16)


def test_samples_have_no_literal_end_of_text() -> None:
    tokenizer = Tokenizer(BYTES, [], ["<|endoftext|>"])
    model = small_model()
    with torch.no_grad():  # the end is by far the most probable
        for parameter in model.parameters():
            parameter.zero_()
    settings = SampleConfig(prompt="a", num_samples=30, max_new_tokens=100, temperature=5.0)
    texts = draw_samples(model, tokenizer, settings, seed=0)
    ends = [generate(model, [97], 100, 5.0, eos_id=256, seed=seed)[-1] for seed in range(30)]
    assert 256 in ends  # some did end that way
    assert not any("<|endoftext|>" in text for text in texts)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["--num-samples", "0"], "give at least 1"), (["--device", "cuda:7"], "not available here")],
)
def test_the_command_that_writes_text_says_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert generate_main(["--run", str(tmp_path), *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_ignored_targets_have_no_loss_and_do_not_count() -> None:
    torch.manual_seed(0)
    logits = torch.randn(3, 5, requires_grad=True)
    targets = torch.tensor([1, -100, 4])
    found = cross_entropy(logits, targets, ignore_index=-100)
    torch.testing.assert_close(
        found, torch.nn.functional.cross_entropy(logits, targets, ignore_index=-100)
    )
    (gradient,) = torch.autograd.grad(found, logits)
    assert gradient[1].eq(0).all()
    assert cross_entropy(logits, torch.full((3,), 2), ignore_index=2).isnan()
    with pytest.raises(ValueError, match="target"):
        cross_entropy(logits, targets)


def test_other_parameter_groups_are_refused_before_anything_is_overwritten(tmp_path: Path) -> None:
    saved = Linear(2, 2)
    save_checkpoint(saved, AdamW(saved.parameters(), 0.1), 3, tmp_path / "a.pt")
    model = Linear(2, 2)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    groups: list[dict[str, Any]] = [{"params": [model.weight]}, {"params": [model.bias]}]
    optimizer = AdamW(groups, 0.1)
    with pytest.raises(CheckpointError, match=r"groups of \[2\] parameters, this one has \[1, 1\]"):
        load_checkpoint(tmp_path / "a.pt", model, optimizer)
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name])
