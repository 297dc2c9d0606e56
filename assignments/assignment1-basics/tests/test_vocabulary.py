"""GPT-2's files: written and read back, and what is wrong with a bad one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import tokenizers
import tokenizers.models
import tokenizers.pre_tokenizers
from cs336_basics.bpe import train_bpe
from cs336_basics.tokenization.vocabulary import (
    byte_to_character,
    from_printable,
    load_vocabulary,
    save_vocabulary,
    to_printable,
)
from cs336_basics.tokenizer import Tokenizer
from hypothesis import given
from hypothesis import strategies as st


def test_bytes_as_gpt2_writes_them() -> None:
    assert to_printable(b" the\n") == "ĠtheĊ"
    assert len(set(byte_to_character().values())) == 256


@given(st.binary())
def test_any_token_can_be_written(token: bytes) -> None:
    printable = to_printable(token)
    assert from_printable(printable) == token
    assert not any(character.isspace() for character in printable)


def test_gpt2_itself_round_trips(gpt2_files: tuple[Path, Path], tmp_path: Path) -> None:
    vocabulary, merges = load_vocabulary(*gpt2_files)
    assert len(vocabulary) == 50257
    assert len(merges) == 50000
    assert vocabulary[262] == b" the"
    save_vocabulary(vocabulary, merges, tmp_path / "vocab.json", tmp_path / "merges.txt")
    assert load_vocabulary(tmp_path / "vocab.json", tmp_path / "merges.txt") == (vocabulary, merges)
    assert json.loads((tmp_path / "vocab.json").read_text(encoding="utf-8")) == json.loads(
        gpt2_files[0].read_text(encoding="utf-8")
    )


def test_a_trained_tokenizer_round_trips_with_odd_special_tokens(tmp_path: Path) -> None:
    text = tmp_path / "text.txt"
    text.write_text("naïve naïve\u2028naïve #version: 0.2 #version: 0.2", encoding="utf-8")
    specials = ["<end of text>", "日"]
    trained = train_bpe(text, 290, specials)
    save_vocabulary(*trained, tmp_path / "v.json", tmp_path / "m.txt")
    assert load_vocabulary(tmp_path / "v.json", tmp_path / "m.txt") == trained
    tokenizer = Tokenizer.from_files(tmp_path / "v.json", tmp_path / "m.txt", specials)
    assert tokenizer.encode("日<end of text>") == [257, 256]


def test_other_libraries_read_our_files_and_give_our_ids(tmp_path: Path) -> None:
    text = Path(__file__).read_text(encoding="utf-8") + "  naïve 日本 😀\r\n\r\n 12 345's"
    (tmp_path / "text.txt").write_bytes(text.encode())
    end = "<|endoftext|>"
    files = tmp_path / "vocab.json", tmp_path / "merges.txt"
    save_vocabulary(*train_bpe(tmp_path / "text.txt", 800, [end]), *files)
    theirs = tokenizers.Tokenizer(tokenizers.models.BPE.from_file(*map(str, files)))
    theirs.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    theirs.add_special_tokens([end])
    ours = Tokenizer.from_files(*files, [end])
    sample = f"{text}{end}{end} A newcomer's text, not in the training set… {end}"
    assert ours.encode(sample) == theirs.encode(sample).ids


@pytest.mark.parametrize(
    ("vocab", "merges", "message"),
    [
        ("{", "", "vocab.json: not a JSON file"),
        ("[1]", "", "vocab.json: expected an object"),
        ('{"a b": 0}', "", "vocab.json: ' ' in 'a b' stands for no byte"),
        ('{"a": 0}', "#version: 0.2\na\n", "merges.txt:2: expected two tokens, got 'a'"),
        ('{"a": 0}', "a b c", "merges.txt:1: expected two tokens"),
    ],
)
def test_a_bad_file_is_named(tmp_path: Path, vocab: str, merges: str, message: str) -> None:
    (tmp_path / "vocab.json").write_text(vocab, encoding="utf-8")
    (tmp_path / "merges.txt").write_text(merges, encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        load_vocabulary(tmp_path / "vocab.json", tmp_path / "merges.txt")


def test_two_ids_with_the_same_bytes_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="two ids hold the same bytes"):
        save_vocabulary({0: b"a", 1: b"a"}, [], tmp_path / "v.json", tmp_path / "m.txt")
    assert not list(tmp_path.iterdir())
