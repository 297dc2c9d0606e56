"""A GGUF file of the llama architecture as plain data: settings, float32 matrices, vocabulary.

GGUF keeps the rows of the query and key matrices in the order of an interleaved rotation, pairs
(2i, 2i+1), which is the order that the project's RoPE rotates: nothing has to be permuted. Needs
the extra `smollm2` (the package `gguf`), imported when a file is opened.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from cs336_alignment.models.smollm2.source import WeightsError

CONTROL_TOKEN = 3  # gguf's TokenType.CONTROL
# Names inside the file -> names of TransformerLM; {i} is the layer.
NAMES = {
    "token_embd.weight": "token_embeddings.weight",
    "output_norm.weight": "ln_final.weight",
    "output.weight": "lm_head.weight",
}
NAMES_OF_LAYERS = {
    "attn_norm": "ln1",
    "attn_q": "attn.q_proj",
    "attn_k": "attn.k_proj",
    "attn_v": "attn.v_proj",
    "attn_output": "attn.output_proj",
    "ffn_norm": "ln2",
    "ffn_gate": "ffn.w1",
    "ffn_down": "ffn.w2",
    "ffn_up": "ffn.w3",
}


@dataclass(frozen=True, slots=True)
class LlamaSettings:
    """What shapes the model."""

    vocab_size: int
    context_length: int
    d_model: int
    num_layers: int
    num_heads: int
    num_kv_heads: int
    d_ff: int
    rope_theta: float
    norm_eps: float


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A byte-level BPE vocabulary, tokens in GPT-2's printable alphabet."""

    tokens: list[str]
    merges: list[str]
    control_ids: list[int]
    split: str
    """The name of the pattern that cuts text into pre-tokens."""
    bos_id: int
    eos_id: int
    pad_id: int
    adds_bos: bool
    chat_template: str


class GGUFFile:
    """An open file; matrices are read and dequantised when they are asked for."""

    def __init__(self, path: Path) -> None:
        try:
            from gguf import GGUFReader
        except ImportError as error:
            raise WeightsError(
                "reading GGUF needs the package gguf: pip install 'cs336-alignment[smollm2]'"
            ) from error
        try:
            self._reader = GGUFReader(path)
        except (OSError, ValueError, IndexError) as error:
            raise WeightsError(f"{path} cannot be read as GGUF: {error}") from error
        self._path = path
        architecture = self._field("general.architecture")
        if architecture != "llama":
            raise WeightsError(f"{path} holds a {architecture!r} model; only 'llama' is read here")

    def _field(self, name: str, default: Any = None) -> Any:
        field = self._reader.get_field(name)
        if field is None:
            if default is None:
                raise WeightsError(f"{self._path} does not say {name}")
            return default
        return field.contents()

    def settings(self) -> LlamaSettings:
        """Sizes and constants of the model."""
        heads = self._field("llama.attention.head_count")
        return LlamaSettings(
            vocab_size=len(self._field("tokenizer.ggml.tokens")),
            context_length=self._field("llama.context_length"),
            d_model=self._field("llama.embedding_length"),
            num_layers=self._field("llama.block_count"),
            num_heads=heads,
            num_kv_heads=self._field("llama.attention.head_count_kv", heads),
            d_ff=self._field("llama.feed_forward_length"),
            rope_theta=self._field("llama.rope.freq_base", 1e4),
            norm_eps=self._field("llama.attention.layer_norm_rms_epsilon"),
        )

    def vocabulary(self) -> Vocabulary:
        """Tokens, merges and special ids."""
        kind = self._field("tokenizer.ggml.model")
        if kind != "gpt2":
            raise WeightsError(f"{self._path} has a {kind!r} tokenizer; byte-level BPE is expected")
        types = self._field("tokenizer.ggml.token_type")
        eos_id = self._field("tokenizer.ggml.eos_token_id")
        return Vocabulary(
            tokens=self._field("tokenizer.ggml.tokens"),
            merges=self._field("tokenizer.ggml.merges"),
            control_ids=[i for i, kind in enumerate(types) if kind == CONTROL_TOKEN],
            split=self._field("tokenizer.ggml.pre"),
            bos_id=self._field("tokenizer.ggml.bos_token_id"),
            eos_id=eos_id,
            pad_id=self._field("tokenizer.ggml.padding_token_id", eos_id),
            adds_bos=bool(self._field("tokenizer.ggml.add_bos_token", False)),
            chat_template=self._field("tokenizer.chat_template"),
        )

    def tensors(self) -> Iterator[tuple[str, Tensor]]:
        """(name in TransformerLM, float32 values), one matrix in memory at a time."""
        from gguf.quants import dequantize

        for tensor in self._reader.tensors:
            values = dequantize(tensor.data, tensor.tensor_type)
            yield our_name(tensor.name), torch.from_numpy(values.astype("float32"))


def our_name(name: str) -> str:
    """`blk.3.ffn_gate.weight` -> `layers.3.ffn.w1.weight`; WeightsError for what is unknown."""
    if name in NAMES:
        return NAMES[name]
    parts = name.split(".")
    if len(parts) == 4 and parts[0] == "blk" and parts[2] in NAMES_OF_LAYERS:
        return f"layers.{parts[1]}.{NAMES_OF_LAYERS[parts[2]]}.{parts[3]}"
    raise WeightsError(f"the file holds {name!r}, for which the project's Transformer has no place")
