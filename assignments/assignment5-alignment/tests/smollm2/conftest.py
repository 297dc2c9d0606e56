"""A llama model of a few thousand parameters as a GGUF file, with a vocabulary of bytes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from cs336_alignment.models.smollm2 import SmolLM2, load_smollm2, source
from cs336_basics.tokenization.vocabulary import byte_to_character

CONTROL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
MERGES = ["Ġ t", "h e", "Ġt he", "1 2"]  # "1 2" must never apply: digits are split one by one
TEMPLATE = (
    "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}"
    "{{ '<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face"
    "<|im_end|>\n' }}{% endif %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + "
    "'<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}"
    "{{ '<|im_start|>assistant\n' }}{% endif %}"
)
D, LAYERS, HEADS, KV_HEADS, FF = 64, 2, 4, 2, 96


def write_gguf(path: Path, **changes: Any) -> Path:
    """Random weights; `changes` are settings that differ: `norm_eps`, `pre`, `architecture`."""
    gguf = pytest.importorskip("gguf")
    draw = np.random.default_rng(0)
    tokens = [*CONTROL, *byte_to_character().values(), "Ġt", "he", "Ġthe", "12"]
    writer = gguf.GGUFWriter(path, changes.get("architecture", "llama"))
    writer.add_context_length(512)
    writer.add_embedding_length(D)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(FF)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_rope_freq_base(1e5)
    writer.add_rope_dimension_count(D // HEADS)
    writer.add_layer_norm_rms_eps(changes.get("norm_eps", 1e-5))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(changes.get("pre", "smollm"))
    writer.add_token_list(tokens)
    writer.add_token_types([3] * len(CONTROL) + [1] * (len(tokens) - len(CONTROL)))
    writer.add_token_merges(MERGES)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_pad_token_id(2)
    writer.add_add_bos_token(False)
    writer.add_chat_template(TEMPLATE)

    def add(name: str, *shape: int) -> None:
        values = draw.normal(0, 0.3, shape) if len(shape) > 1 else draw.normal(1, 0.2, shape)
        writer.add_tensor(name, values.astype(np.float32))

    add("token_embd.weight", len(tokens), D)
    add("output_norm.weight", D)
    kv_width = KV_HEADS * D // HEADS
    for layer in range(LAYERS):
        for name, *shape in (
            ("attn_norm", D), ("ffn_norm", D), ("attn_q", D, D), ("attn_k", kv_width, D),
            ("attn_v", kv_width, D), ("attn_output", D, D), ("ffn_gate", FF, D),
            ("ffn_up", FF, D), ("ffn_down", D, FF),
        ):  # fmt: skip
            add(f"blk.{layer}.{name}.weight", *shape)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.fixture
def other_gguf(tmp_path: Path) -> Callable[..., Path]:
    """Writes a file with other settings."""
    return lambda **changes: write_gguf(tmp_path / "other.gguf", **changes)


@pytest.fixture(scope="session")
def tiny_gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file, in a folder of its own."""
    return write_gguf(tmp_path_factory.mktemp("gguf") / "tiny.gguf")


@pytest.fixture
def tiny(tiny_gguf: Path) -> SmolLM2:
    """It, loaded in float32; a new one for every test."""
    return load_smollm2(tiny_gguf, context_length=512, dtype=torch.float32, sha256=None)


@pytest.fixture(scope="session")
def real_weights() -> Path:
    """The real file where `fetch` puts it; tests that need it are skipped without."""
    path = source.default_path()
    if not path.exists():
        pytest.skip("run python -m cs336_alignment.models.smollm2 fetch first")
    return path
