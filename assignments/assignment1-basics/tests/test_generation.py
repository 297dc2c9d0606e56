"""Sampling: the distribution, seeds, batches, stop token, full contexts, bad input."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from cs336_basics.config import SampleConfig
from cs336_basics.generate_text import main, stream_text
from cs336_basics.generation import (
    generate,
    generate_batch,
    next_token_probabilities,
    seeded,
    stream_batch,
)
from cs336_basics.model import TransformerLM
from cs336_basics.nn_utils import cross_entropy
from cs336_basics.optimizer import AdamW
from cs336_basics.tokenizer import Tokenizer
from cs336_basics.training.samples import draw_samples


@pytest.fixture
def model() -> TransformerLM:
    torch.manual_seed(0)
    return TransformerLM(20, 12, 16, 2, 2, 24)


def test_nucleus_by_hand() -> None:
    logits = torch.tensor([[0.5, 0.3, 0.15, 0.05]]).log()
    probabilities = next_token_probabilities(logits, 1.0, 0.7)
    torch.testing.assert_close(probabilities, torch.tensor([[0.625, 0.375, 0.0, 0.0]]))
    torch.testing.assert_close(next_token_probabilities(logits, 1.0, 1.0), logits.exp())
    assert next_token_probabilities(logits, 1.0, 1e-9).tolist() == [[1, 0, 0, 0]]
    assert next_token_probabilities(logits, 0.0, 1.0).tolist() == [[1, 0, 0, 0]]


def test_temperature_sharpens() -> None:
    logits = torch.tensor([[2.0, 1.0]])
    torch.testing.assert_close(
        next_token_probabilities(logits, 0.5, 1.0), torch.softmax(logits / 0.5, -1)
    )


def test_greedy_text_equals_recomputing_everything(model: TransformerLM) -> None:
    ids = [3, 1, 4]
    for _ in range(9):
        ids.append(int(model(torch.tensor([ids]))[0, -1].argmax()))
    assert generate(model, [3, 1, 4], 9, temperature=0.0) == ids[3:]


def test_seed_fixes_the_text(model: TransformerLM) -> None:
    first = generate(model, [1], 11, seed=4)
    assert first == generate(model, torch.tensor([1]), 11, seed=4)
    assert first != generate(model, [1], 11, seed=5)


def test_rows_of_different_length_equal_single_prompts(model: TransformerLM) -> None:
    prompts = [[1, 2, 3, 4, 5], [6], [7, 8]]
    batch = generate_batch(model, prompts, 6, temperature=0.0)
    assert batch == [generate(model, prompt, 6, temperature=0.0) for prompt in prompts]


def test_stop_token_ends_its_row_only(model: TransformerLM) -> None:
    free = generate_batch(model, [[1], [2]], 8, generator=seeded(0))
    stop = next(token for token in free[0] if token not in free[1])
    stopped = generate_batch(model, [[1], [2]], 8, eos_id=stop, generator=seeded(0))
    assert stopped[0] == free[0][: free[0].index(stop) + 1]
    assert stopped[1] == free[1]


def test_tokens_arrive_one_by_one(model: TransformerLM) -> None:
    steps = list(stream_batch(model, [[1], [2, 3]], 2, temperature=0.0))
    assert [step[0] is None for step in steps] == [False, False, True]
    assert [step[1] is None for step in steps] == [True, False, False]


def test_text_may_outgrow_the_context(model: TransformerLM) -> None:
    model.train()
    ids = [1, 2, 3, *generate(model, [1, 2, 3], 40, temperature=0.0)]
    assert len(ids) == 43
    assert model.training
    # 12 tokens fill the context. The older half goes, so token 13 follows from the last six.
    assert ids[12] == int(model(torch.tensor([ids[:12]]))[0, -1].argmax())
    assert ids[13] == int(model(torch.tensor([ids[7:13]]))[0, -1].argmax())


def test_nothing_to_generate(model: TransformerLM) -> None:
    assert generate(model, [1], 0) == []


def test_bad_input_is_named(model: TransformerLM) -> None:
    with pytest.raises(ValueError, match="prompt 0 has 13 tokens, more than the model's context"):
        generate(model, [0] * 13, 1)
    with pytest.raises(ValueError, match="holds id 20, outside the vocabulary"):
        generate(model, [20], 1)
    with pytest.raises(ValueError, match=r"shape \(1, 2\), expected one prompt"):
        generate(model, torch.tensor([[1, 2]]), 1)
    with pytest.raises(ValueError, match="prompt 1 is empty"):
        generate_batch(model, [[1], []], 1)
    with pytest.raises(ValueError, match="no prompt"):
        generate_batch(model, [], 1)
    with pytest.raises(ValueError, match="top_p"):
        generate(model, [1], 1, top_p=0.0)
    with pytest.raises(ValueError, match="temperature"):
        generate(model, [1], 1, temperature=-1.0)
    with pytest.raises(ValueError, match="max_new_tokens"):
        generate(model, [1], -1)


BYTES = {index: bytes([index]) for index in range(256)}


def test_streamed_text_holds_whole_characters_only() -> None:
    """A byte-level vocabulary, and a model that repeats the four bytes of one character."""
    torch.manual_seed(0)
    model = TransformerLM(257, 16, 32, 1, 2, 32)
    emoji = [0xF0, 0x9F, 0x99, 0x82]
    ids = torch.tensor([emoji * 3])
    optimizer = AdamW(model.parameters(), lr=1e-2, weight_decay=0.0)
    for _ in range(80):
        optimizer.zero_grad()
        cross_entropy(model(ids[:, :-1]), ids[:, 1:]).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    tokenizer = Tokenizer(BYTES, [], ["<|endoftext|>"])
    pieces = list(stream_text(model, tokenizer, "🙂", 9, 0.0, 1.0, None))
    assert pieces == ["🙂", "🙂", "\N{REPLACEMENT CHARACTER}"]  # 4 + 4 + 1 bytes


def test_ids_that_the_tokenizer_lacks_do_not_end_a_run() -> None:
    torch.manual_seed(0)
    model, tokenizer = TransformerLM(5000, 16, 16, 1, 2, 16), Tokenizer(BYTES, [], ["<|end|>"])
    settings = SampleConfig(prompt="a", max_new_tokens=10, num_samples=1)
    (text,) = draw_samples(model, tokenizer, settings, seed=0)
    assert text.startswith("a")
    assert "\N{REPLACEMENT CHARACTER}" in text


def test_command_needs_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--run", str(tmp_path)]) == 2
    assert "holds no run (no config.json)" in capsys.readouterr().err
    (tmp_path / "config.json").write_text("{", encoding="utf-8")
    assert main(["--run", str(tmp_path)]) == 2
    assert "config.json is damaged" in capsys.readouterr().err
