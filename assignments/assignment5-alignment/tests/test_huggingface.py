"""Hugging Face models as policies: tiny ones with random weights, saved to a folder and loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from cs336_alignment.models.huggingface import ModelNotFoundError, load_causal_lm
from cs336_alignment.rollouts import make_generator

transformers = pytest.importorskip("transformers")

SIZES = {"vocab_size": 20, "bos_token_id": 1, "eos_token_id": 0}


def llama(**changes: Any) -> Any:
    """Two layers, two key heads for four query heads."""
    config = transformers.LlamaConfig(
        **{
            **SIZES,
            "hidden_size": 32,
            "intermediate_size": 48,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "max_position_embeddings": 64,
            "initializer_range": 0.3,
            **changes,
        }
    )
    return transformers.LlamaForCausalLM(config)


def gpt2() -> Any:
    """Learned positions and dropout, which sampling must leave out."""
    config = transformers.GPT2Config(
        **SIZES, n_embd=32, n_layer=2, n_head=4, n_positions=64, initializer_range=0.3
    )
    return transformers.GPT2LMHeadModel(config)


@pytest.mark.parametrize("make", [llama, gpt2])
def test_a_saved_model_is_sampled_as_it_reads(make: Any, tmp_path: Path) -> None:
    torch.manual_seed(0)
    make().save_pretrained(tmp_path)
    loaded = load_causal_lm(tmp_path)
    assert (loaded.eos_id, loaded.pad_id, loaded.tokenizer) == (0, 0, None)
    loaded.model.train()  # as in a trainer
    generator = make_generator(loaded.model, eos_id=0, pad_id=0, max_batch=3, max_length=32)
    prompts = [[2, 3, 4], [5]]
    rollouts = generator.sample(
        prompts,
        samples=2,
        max_new_tokens=10,
        temperature=0.9,
        top_p=1.0,
        generator=torch.Generator().manual_seed(0),
    )
    assert loaded.model.training
    loaded.model.eval()
    for row in range(4):
        prompt = prompts[row // 2]
        answer = rollouts.response_ids[row][rollouts.response_mask[row]]
        ids = torch.cat([torch.tensor(prompt), answer])[None]
        with torch.no_grad():
            logits = loaded.model(ids).logits[0, len(prompt) - 1 : -1]
        expected = (logits / 0.9).log_softmax(-1).gather(-1, answer[:, None]).squeeze(-1)
        actual = rollouts.log_probs[row, : len(answer)]
        torch.testing.assert_close(actual, expected, atol=1e-5, rtol=1e-5)


def test_a_padding_id_of_its_own_is_kept(tmp_path: Path) -> None:
    llama(pad_token_id=7).save_pretrained(tmp_path)
    assert load_causal_lm(tmp_path).pad_id == 7


def test_a_model_that_cannot_end_is_refused(tmp_path: Path) -> None:
    llama(eos_token_id=None).save_pretrained(tmp_path)
    with pytest.raises(ModelNotFoundError, match="names no end-of-text token"):
        load_causal_lm(tmp_path)


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFoundError, match=r"cannot load folder .*config\.json"):
        load_causal_lm(tmp_path)


def test_a_name_that_the_hub_cannot_give_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ModelNotFoundError, match="cannot load hub name 'nobody/nothing'") as caught:
        load_causal_lm("nobody/nothing")
    assert "\n" not in str(caught.value)


def test_other_modules_are_refused() -> None:
    with pytest.raises(TypeError, match="a Linear cannot be sampled"):
        make_generator(torch.nn.Linear(2, 2), eos_id=0, pad_id=0, max_batch=1, max_length=4)


def test_rows_beyond_the_context_are_refused() -> None:
    with pytest.raises(ValueError, match="max_length 65 exceeds the model's context length 64"):
        make_generator(llama(), eos_id=0, pad_id=0, max_batch=1, max_length=65)
