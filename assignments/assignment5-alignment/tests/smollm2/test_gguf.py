"""Reading GGUF into the project's Transformer, against transformers' own reader."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from cs336_alignment.models.policy import pad_left, padded_logits
from cs336_alignment.models.smollm2 import SmolLM2, load_smollm2
from cs336_alignment.models.smollm2.gguf_file import our_name
from cs336_alignment.models.smollm2.source import WeightsError
from cs336_alignment.rollouts import make_generator

TEXTS = [
    "What is the capital of France?",
    "  Two spaces,\n\nblank line\tand tab  ",
    "In 1984 there were 365 days and 3.14159 pies, 1,000,000 of them.",
    "naïve café – “quotes”, 東京 and 🙂🙂",
    "def f(x):\n    return x ** 2  # squared",
    "I'll don't we're it's",
    "",
]
# transformers' reader of GGUF leaves out that digits are cut off before anything else; with that
# put back it agrees on these, too.
DIGIT_TEXTS = ["x1y22z333 9 99 999 ½ ²", "a  1", "\n1", "a \n 12"]


def theirs(path: Path) -> tuple[Any, Any]:
    """(model in float32, tokenizer) by transformers."""
    transformers = pytest.importorskip("transformers")
    pytest.importorskip("accelerate")  # transformers asks for it to read GGUF
    model = transformers.AutoModelForCausalLM.from_pretrained(
        path.parent, gguf_file=path.name, dtype=torch.float32
    )
    return model.eval(), transformers.AutoTokenizer.from_pretrained(
        path.parent, gguf_file=path.name
    )


def test_logits_are_those_of_transformers_reader(tiny: SmolLM2, tiny_gguf: Path) -> None:
    model, _ = theirs(tiny_gguf)
    ids = torch.randint(3, 200, (2, 30), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        torch.testing.assert_close(tiny.model(ids), model(ids).logits, atol=2e-4, rtol=1e-4)


def test_key_and_value_heads_are_not_copied(tiny: SmolLM2) -> None:
    for name in ("k_proj", "v_proj"):
        assert tiny.model.get_parameter(f"layers.0.attn.{name}.weight").shape == (32, 64)
    assert tiny.model.lm_head.weight is tiny.model.token_embeddings.weight
    assert len(tiny.sha256) == 64


def test_rollouts_of_grouped_heads_are_those_of_the_full_forward(tiny: SmolLM2) -> None:
    generator = make_generator(tiny.model, eos_id=2, pad_id=2, max_batch=4, max_length=64)
    rollouts = generator.sample(
        [[5, 6, 7], [8]],
        samples=2,
        max_new_tokens=20,
        temperature=1.0,
        top_p=1.0,
        generator=torch.Generator().manual_seed(0),
    )
    ids = torch.cat((rollouts.prompt_ids, rollouts.response_ids), dim=1)
    mask = torch.cat((rollouts.prompt_mask, rollouts.response_mask), dim=1)
    with torch.no_grad():
        logits = padded_logits(tiny.model, ids, mask)[:, -21:-1]
    expected = logits.log_softmax(-1).gather(-1, rollouts.response_ids[..., None]).squeeze(-1)
    kept = rollouts.response_mask
    torch.testing.assert_close(rollouts.log_probs[kept], expected[kept], atol=1e-4, rtol=1e-4)


def test_half_precision_stays_near(tiny: SmolLM2, tiny_gguf: Path) -> None:
    half = load_smollm2(tiny_gguf, context_length=64, sha256=None)
    assert {p.dtype for p in half.model.parameters()} == {torch.bfloat16}
    ids, mask = pad_left([[5, 6, 7], [8, 9]], 2)
    with torch.no_grad():
        exact, near = (padded_logits(m.model, ids, mask)[mask] for m in (tiny, half))
    assert ((near.float() - exact).norm() / exact.norm()) < 0.05


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"norm_eps": 1e-6}, "norms use eps = 1e-06, the project's 1e-05"),
        ({"pre": "qwen2"}, "unknown split pattern 'qwen2'; known are"),
        ({"architecture": "gpt2"}, "holds a 'gpt2' model; only 'llama'"),
    ],
)
def test_files_of_another_kind_are_refused(
    change: dict[str, Any], message: str, other_gguf: Callable[..., Path]
) -> None:
    with pytest.raises(WeightsError, match=message):
        load_smollm2(other_gguf(**change), context_length=64, sha256=None)


def test_missing_damaged_and_too_short_are_named(tiny_gguf: Path, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="does not exist; fetch it with: python -m"):
        load_smollm2(tmp_path / "nothing.gguf")
    with pytest.raises(WeightsError, match="has SHA-256"):
        load_smollm2(tiny_gguf)
    (tmp_path / "text.gguf").write_text("no weights, only words")
    with pytest.raises(WeightsError, match=r"cannot be read as GGUF"):
        load_smollm2(tmp_path / "text.gguf", sha256=None)
    with pytest.raises(WeightsError, match=r"context_length 513 is not between 1 and .* 512"):
        load_smollm2(tiny_gguf, context_length=513, sha256=None)
    with pytest.raises(WeightsError, match=r"'blk\.0\.attn_rot', for which"):
        our_name("blk.0.attn_rot")


@pytest.mark.slow
def test_the_real_model_reads_as_by_transformers(real_weights: Path) -> None:
    ours = load_smollm2(real_weights, context_length=128, dtype=torch.float32)
    model, tokenizer = theirs(real_weights)
    for text in TEXTS:
        assert ours.tokenizer.encode(text) == tokenizer.encode(text, add_special_tokens=False)
        assert ours.tokenizer.decode(ours.tokenizer.encode(text)) == text
    splits = pytest.importorskip("tokenizers").pre_tokenizers
    tokenizer.backend_tokenizer.pre_tokenizer = splits.Sequence(
        [splits.Digits(individual_digits=True), splits.ByteLevel(add_prefix_space=False)]
    )
    for text in TEXTS + DIGIT_TEXTS:
        assert ours.tokenizer.encode(text) == tokenizer.encode(text, add_special_tokens=False)
    messages = [{"role": "user", "content": "What is 12 + 30?"}]
    rendered = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    expected = tokenizer.encode(rendered, add_special_tokens=False)
    assert ours.tokenizer.question_ids("What is 12 + 30?") == expected
    with torch.no_grad():
        ids = torch.tensor([expected])
        gap = (ours.model(ids) - model(ids).logits).abs().max()
    assert gap < 2e-3
