"""Vocabularies and merges: the starting vocabulary and the files GPT-2 uses for both."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from cs336_basics.split import GPT2_PATTERN, check_special_tokens
from cs336_basics.support.whole_file import whole_file

Vocabulary = dict[int, bytes]
Merges = list[tuple[bytes, bytes]]

SPLIT_FILE = "split.json"


def initial_vocabulary(vocab_size: int, special_tokens: Iterable[str]) -> Vocabulary:
    """Return the 256 bytes and then the special tokens; raise ValueError if they do not fit."""
    tokens = check_special_tokens(special_tokens)
    needed = 256 + len(tokens)
    if vocab_size < needed:
        raise ValueError(
            f"vocab_size {vocab_size} is too small: 256 bytes and {len(tokens)} special tokens "
            f"need at least {needed}"
        )
    vocabulary = {byte: bytes([byte]) for byte in range(256)}
    vocabulary.update({256 + i: token.encode("utf-8") for i, token in enumerate(tokens)})
    return vocabulary


def check_can_be_saved(special_tokens: Iterable[str]) -> None:
    """Raise ValueError for a special token that is one byte: GPT-2's file has an id for each text.

    All 256 bytes have an id already, which ordinary text gets.
    """
    for token in check_special_tokens(special_tokens):
        if len(token.encode("utf-8")) == 1:
            raise ValueError(
                f"special token {token!r} is a single byte, which has an id already and could not "
                "be saved beside it: choose a longer text, such as <|endoftext|>"
            )


@cache
def byte_to_character() -> dict[int, str]:
    """Return GPT-2's map from each byte to a printable character.

    Printable Latin-1 characters stand for themselves, the other 68 bytes for U+0100 onwards.
    """
    printable = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    table = {byte: chr(byte) for byte in printable}
    table.update({byte: chr(0x100 + index) for index, byte in enumerate(others)})
    return table


@cache
def _character_to_byte() -> dict[str, int]:
    return {character: byte for byte, character in byte_to_character().items()}


def to_printable(token: bytes) -> str:
    """Write a token as GPT-2's files do: `b" the"` becomes `"Ġthe"`."""
    table = byte_to_character()
    return "".join(table[byte] for byte in token)


def from_printable(text: str) -> bytes:
    """Undo `to_printable`; raise ValueError on a character that stands for no byte."""
    table = _character_to_byte()
    try:
        return bytes([table[character] for character in text])
    except KeyError as error:
        raise ValueError(f"{error.args[0]!r} in {text!r} stands for no byte") from None


def save_vocabulary(
    vocabulary: Vocabulary, merges: Merges, vocab_path: str | Path, merges_path: str | Path
) -> None:
    """Write `vocab.json` and `merges.txt` as GPT-2 does; each file appears whole or not at all."""
    entries = {to_printable(token): token_id for token_id, token in vocabulary.items()}
    if len(entries) < len(vocabulary):
        raise ValueError("two ids hold the same bytes: GPT-2's format has one id for each token")
    lines = [f"{to_printable(left)} {to_printable(right)}" for left, right in merges]
    with whole_file(vocab_path) as file:
        file.write((json.dumps(entries, ensure_ascii=False, indent=0) + "\n").encode("utf-8"))
    with whole_file(merges_path) as file:
        file.write(("\n".join(["#version: 0.2", *lines]) + "\n").encode("utf-8"))


def save_split_pattern(pattern: str, vocab_path: str | os.PathLike[str]) -> None:
    """Write the split pattern as `split.json` beside a vocabulary, which GPT-2's files lack."""
    with whole_file(Path(vocab_path).with_name(SPLIT_FILE)) as file:
        file.write((json.dumps({"pattern": pattern}, ensure_ascii=False) + "\n").encode("utf-8"))


def load_split_pattern(vocab_path: str | os.PathLike[str]) -> str:
    """Read the pattern beside a vocabulary; GPT-2's where there is no `split.json`."""
    path = Path(vocab_path).with_name(SPLIT_FILE)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return GPT2_PATTERN
    except ValueError as error:
        raise ValueError(f"{path}: not a JSON file in UTF-8: {error}") from error
    if not isinstance(content, dict) or not isinstance(content.get("pattern"), str):
        raise ValueError(f'{path}: expected an object {{"pattern": "regular expression"}}')
    pattern: str = content["pattern"]
    return pattern


def load_vocabulary(
    vocab_path: str | os.PathLike[str], merges_path: str | os.PathLike[str]
) -> tuple[Vocabulary, Merges]:
    """Read GPT-2's `vocab.json` (also named encoder.json) and `merges.txt` (vocab.bpe)."""
    return _load_tokens(vocab_path), _load_merges(merges_path)


def _load_tokens(path: str | os.PathLike[str]) -> Vocabulary:
    try:
        entries = json.loads(Path(path).read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{os.fspath(path)}: not a JSON file in UTF-8: {error}") from error
    if not isinstance(entries, dict) or not all(type(i) is int for i in entries.values()):
        raise ValueError(f"{os.fspath(path)}: expected an object of token to integer id")
    try:
        return {token_id: from_printable(token) for token, token_id in entries.items()}
    except ValueError as error:
        raise ValueError(f"{os.fspath(path)}: {error}") from error


def _load_merges(path: str | os.PathLike[str]) -> Merges:
    merges: Merges = []
    text = Path(path).read_text(encoding="utf-8")
    for number, line in enumerate(text.split("\n"), start=1):
        if not line or (number == 1 and line.startswith("#version")):
            continue
        parts = line.rstrip("\r").split(" ")
        if len(parts) != 2 or not all(parts):
            raise ValueError(f"{os.fspath(path)}:{number}: expected two tokens, got {line!r}")
        merges.append((from_printable(parts[0]), from_printable(parts[1])))
    return merges
