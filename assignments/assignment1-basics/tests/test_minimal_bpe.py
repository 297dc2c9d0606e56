"""The one-file BPE gives the same as the fast one, step by step."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from cs336_basics.bpe import train_bpe
from cs336_basics.split import GPT4_PATTERN
from cs336_basics.tokenization import minimal_bpe
from cs336_basics.tokenization.minimal_bpe import ByteBPE, SpecialBPE, SplitBPE, merge
from cs336_basics.tokenizer import Tokenizer

TEXT = "low lower lowest, newer newest wider\n" * 3 + "Größe 2024 🦊 don't<|end|>low new<|end|>"
SPECIAL = ["<|end|>", "<|end|><|end|>"]


def test_a_pair_is_merged_from_the_left() -> None:
    assert merge((b"a", b"a", b"a"), (b"a", b"a")) == (b"aa", b"a")
    assert merge((b"b", b"a"), (b"a", b"b")) == (b"b", b"a")
    assert merge((), (b"a", b"b")) == ()


def test_pairs_of_bytes_are_merged_by_count() -> None:
    bpe = ByteBPE()
    bpe.train("aaabdaaabac", 259)  # the example of Wikipedia's article on byte-pair encoding
    assert bpe.merges == [(b"a", b"a"), (b"aa", b"a"), (b"aaa", b"b")]
    assert bpe.encode("aaab") == [258]
    assert bpe.decode(bpe.encode("aaabdaaabac")) == "aaabdaaabac"


def test_no_token_reaches_over_a_word() -> None:
    crossing, cut = ByteBPE(), SplitBPE()
    for bpe in (crossing, cut):
        bpe.train("x y " * 20, 262)
    assert any(b"x y" in token for token in crossing.vocabulary)
    assert not any(b"x y" in token for token in cut.vocabulary)


@pytest.mark.parametrize("pattern", [minimal_bpe.GPT2, GPT4_PATTERN])
def test_it_equals_the_fast_one(tmp_path: Path, pattern: str) -> None:
    path = tmp_path / "text.txt"
    path.write_text(TEXT, encoding="utf-8")
    vocabulary, merges = train_bpe(path, 300, SPECIAL, split_pattern=pattern)
    bpe = SpecialBPE(SPECIAL, pattern)
    bpe.train(TEXT, 300)
    assert bpe.merges == merges
    assert dict(enumerate(bpe.vocabulary)) == vocabulary
    tokenizer = Tokenizer(vocabulary, merges, SPECIAL, pattern)
    for text in (TEXT, "", "<|end|>", "<|end|><|end|><|end|>", "unseen wörds 🦊🦊 12345"):
        assert bpe.encode(text) == tokenizer.encode(text)
        assert bpe.decode(bpe.encode(text)) == text


def test_it_stands_alone() -> None:
    tree = ast.parse(Path(minimal_bpe.__file__).read_text(encoding="utf-8"))
    modules = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert not any("cs336" in str(module) for module in modules)
