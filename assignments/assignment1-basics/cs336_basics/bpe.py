"""Byte-pair encoding, simple: count all pairs, merge the best one, begin again.

`train_bpe_naive` is the definition (Sennrich et al. 2016, algorithm 1, on bytes as in Radford et
al. 2019); `train_bpe` gives the same answer faster and is the one to call.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import pairwise

from cs336_basics.pretokenization import read_span, text_size
from cs336_basics.split import split_pretokens, split_special_tokens
from cs336_basics.tokenization.bpe_fast import train_bpe
from cs336_basics.tokenization.vocabulary import Merges, Vocabulary, initial_vocabulary

__all__ = ["train_bpe", "train_bpe_naive"]

Word = tuple[bytes, ...]


def train_bpe_naive(
    input_path: str | os.PathLike[str], vocab_size: int, special_tokens: Iterable[str]
) -> tuple[Vocabulary, Merges]:
    """Train byte-level BPE; arguments, result and errors are those of `train_bpe`."""
    special_tokens = list(special_tokens)
    vocabulary = initial_vocabulary(vocab_size, special_tokens)
    text = read_span(input_path, (0, text_size(input_path)))
    words = count_words(text, special_tokens)
    merges: Merges = []
    while len(vocabulary) < vocab_size:
        pairs = count_pairs(words)
        if not pairs:
            break
        best = max(pairs, key=lambda pair: (pairs[pair], pair))  # ties: the greatest pair of bytes
        words = {merge_pair(word, best): count for word, count in words.items()}
        vocabulary[len(vocabulary)] = best[0] + best[1]
        merges.append(best)
    return vocabulary, merges


def count_words(text: str, special_tokens: list[str]) -> dict[Word, int]:
    """Count pre-tokens, each written as the tuple of its bytes; special tokens are left out."""
    words: Counter[Word] = Counter()
    for part in split_special_tokens(text, special_tokens)[::2]:
        for pretoken in split_pretokens(part):
            words[tuple(bytes([byte]) for byte in pretoken.encode("utf-8"))] += 1
    return words


def count_pairs(words: Mapping[Word, int]) -> Counter[tuple[bytes, bytes]]:
    """Count the neighbours in all words: `{(a, b, a): 2}` gives `{(a, b): 2, (b, a): 2}`."""
    pairs: Counter[tuple[bytes, bytes]] = Counter()
    for word, count in words.items():
        for pair in pairwise(word):
            pairs[pair] += count
    return pairs


def merge_pair(word: Word, pair: tuple[bytes, bytes]) -> Word:
    """Join each occurrence of `pair` from left to right: (a, a, a) with (a, a) is (aa, a)."""
    merged: list[bytes] = []
    position = 0
    while position < len(word):
        if word[position : position + 2] == pair:
            merged.append(pair[0] + pair[1])
            position += 2
        else:
            merged.append(word[position])
            position += 1
    return tuple(merged)
