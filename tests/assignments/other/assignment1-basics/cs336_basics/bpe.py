"""Byte-pair encoding; after each merge only the words that hold the pair are counted again."""

from __future__ import annotations

import itertools
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import regex

Vocabulary = dict[int, bytes]
Merges = list[tuple[bytes, bytes]]
Word = tuple[bytes, ...]

GPT2_PATTERN = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"


def count_words(text: str, special_tokens: list[str]) -> dict[Word, int]:
    """Pre-tokens and how often each occurs, without the special tokens."""
    border = "|".join(map(regex.escape, special_tokens))
    found: Counter[str] = Counter()
    for part in regex.split(border, text) if border else [text]:
        found.update(regex.findall(GPT2_PATTERN, part))
    return {tuple(bytes([b]) for b in word.encode()): n for word, n in found.items()}


def count_pairs(words: Mapping[Word, int]) -> Counter[tuple[bytes, bytes]]:
    """How often each pair of neighbours occurs."""
    pairs: Counter[tuple[bytes, bytes]] = Counter()
    for word, number in words.items():
        for i in range(1, len(word)):
            pairs[word[i - 1], word[i]] += number
    return pairs


def merge_pair(word: Word, pair: tuple[bytes, bytes]) -> Word:
    """The word with the pair joined wherever it occurs, from the left."""
    rest, joined = list(word), []
    while rest:
        first = rest.pop(0)
        if rest and (first, rest[0]) == pair:
            first += rest.pop(0)
        joined.append(first)
    return tuple(joined)


def _start(special_tokens: Iterable[str]) -> Vocabulary:
    entries = [bytes([i]) for i in range(256)] + [token.encode() for token in special_tokens]
    return dict(enumerate(entries))


def train_bpe_naive(
    input_path: str | os.PathLike[str], vocab_size: int, special_tokens: Iterable[str]
) -> tuple[Vocabulary, Merges]:
    """Count everything again after each merge."""
    special = list(special_tokens)
    words = count_words(Path(input_path).read_bytes().decode(), special)
    vocab, merges = _start(special), []
    while len(vocab) < vocab_size and (pairs := count_pairs(words)):
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        words = {merge_pair(word, best): number for word, number in words.items()}
        merges.append(best)
        vocab[len(vocab)] = best[0] + best[1]
    return vocab, merges


def train_bpe(
    input_path: str | os.PathLike[str], vocab_size: int, special_tokens: Iterable[str]
) -> tuple[Vocabulary, Merges]:
    """Count again only the words that held the pair."""
    special = list(special_tokens)
    words = count_words(Path(input_path).read_bytes().decode(), special)
    vocab, merges = _start(special), []
    pairs = count_pairs(words)
    while len(vocab) < vocab_size and pairs:
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        old = {w: n for w, n in words.items() if best in itertools.pairwise(w)}
        new = {merge_pair(word, best): number for word, number in old.items()}
        words = {w: n for w, n in words.items() if w not in old} | new
        pairs.subtract(count_pairs(old))
        pairs.update(count_pairs(new))
        pairs = +pairs
        merges.append(best)
        vocab[len(vocab)] = best[0] + best[1]
    return vocab, merges
