"""SmolLM2 as the project's Transformer, its tokenizer and the hash of its file."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import torch
from cs336_basics.model import TransformerLM
from cs336_basics.split import SMOLLM2_PATTERN
from cs336_basics.tokenization.vocabulary import from_printable
from cs336_basics.tokenizer import Tokenizer

from cs336_alignment.models.smollm2 import source
from cs336_alignment.models.smollm2.chat import ChatTokenizer
from cs336_alignment.models.smollm2.gguf_file import GGUFFile, LlamaSettings, Vocabulary
from cs336_alignment.models.smollm2.source import WeightsError

PATTERNS = {"smollm": SMOLLM2_PATTERN}
NORM_EPS = 1e-5  # of the project's RMSNorm


class SmolLM2(NamedTuple):
    """What `load_smollm2` gives."""

    model: TransformerLM
    tokenizer: ChatTokenizer
    sha256: str
    """Of the file that the weights come from."""
    path: Path
    """That file."""


def load_smollm2(
    path: Path | None = None,
    *,
    context_length: int = 1024,
    dtype: torch.dtype = torch.bfloat16,
    device: torch.device | str = "cpu",
    sha256: str | None = source.GGUF_SHA256,
) -> SmolLM2:
    """Read the weights at `path`, by default where `fetch` puts them.

    The model's context is 8,192; the rotary table is as long as `context_length`, which costs
    nothing to cut. Weights are dequantised once, to `dtype`. `sha256` None takes any llama file.

    Raises:
        WeightsError: no file, another one, or the reader's package is missing.
    """
    path = source.default_path() if path is None else path
    if not path.exists():
        raise WeightsError(
            f"{path} does not exist; fetch it with: python -m cs336_alignment.models.smollm2 fetch"
        )
    if sha256 is not None:
        source.check_sha256(path, sha256)
    file = GGUFFile(path)
    model = make_model(file, context_length, dtype, device)
    tokenizer = make_tokenizer(file.vocabulary())
    return SmolLM2(model, tokenizer, sha256 or source.sha256_of(path), path)


def make_model(
    file: GGUFFile, context_length: int, dtype: torch.dtype, device: torch.device | str
) -> TransformerLM:
    """A TransformerLM with the file's matrices, each head of keys and values once."""
    settings = file.settings()
    _check(settings, context_length)
    state = {name: values.to(dtype) for name, values in file.tensors()}
    tied = "lm_head.weight" not in state
    with torch.device("meta"):  # sizes only: every parameter is about to be replaced
        model = TransformerLM(
            settings.vocab_size,
            context_length,
            settings.d_model,
            settings.num_layers,
            settings.num_heads,
            settings.d_ff,
            settings.rope_theta,
            num_kv_heads=settings.num_kv_heads,
            tie_embeddings=tied,
        )
    if tied:
        state["lm_head.weight"] = state["token_embeddings.weight"]
    model.load_state_dict(state, assign=True)
    if tied:
        model.lm_head.weight = model.token_embeddings.weight
    return model.to(device)


def _check(settings: LlamaSettings, context_length: int) -> None:
    if not 0 < context_length <= settings.context_length:
        raise WeightsError(
            f"context_length {context_length} is not between 1 and the model's "
            f"{settings.context_length}"
        )
    if abs(settings.norm_eps / NORM_EPS - 1) > 1e-3:
        raise WeightsError(
            f"the file's norms use eps = {settings.norm_eps:g}, the project's {NORM_EPS:g}"
        )


def make_tokenizer(vocabulary: Vocabulary) -> ChatTokenizer:
    """Assignment 1's tokenizer with this vocabulary, once with and once without control tokens."""
    if vocabulary.split not in PATTERNS:
        raise WeightsError(
            f"unknown split pattern {vocabulary.split!r}; known are {sorted(PATTERNS)}"
        )
    pattern = PATTERNS[vocabulary.split]
    control = {i: vocabulary.tokens[i] for i in vocabulary.control_ids}
    vocab = {
        i: control[i].encode() if i in control else from_printable(token)
        for i, token in enumerate(vocabulary.tokens)
    }
    merges = []
    for merge in vocabulary.merges:
        left, right = merge.split(" ")
        merges.append((from_printable(left), from_printable(right)))
    return ChatTokenizer(
        Tokenizer(vocab, merges, list(control.values()), pattern),
        Tokenizer(vocab, merges, None, pattern),
        bos_id=vocabulary.bos_id,
        eos_id=vocabulary.eos_id,
        pad_id=vocabulary.pad_id,
    )
