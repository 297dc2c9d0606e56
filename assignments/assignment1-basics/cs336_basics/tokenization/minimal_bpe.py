"""The smallest BPE, in one file that needs nothing of this package: read it before the fast one.

Three steps, each a class that keeps what the one before it can do:

`ByteBPE`        merges pairs of bytes, whatever they are;
`SplitBPE`       cuts the text first, so that no token reaches over the end of a word;
`SpecialBPE`     knows texts that are always one token and never learned from.

Tokens are `bytes`, a merge is a pair of them, and the id of a token is its place in `vocabulary`:
the 256 bytes, the special tokens, then one token for each merge, as `train_bpe` numbers them.
Every step is the plainest that is right: training counts all pairs again after each merge.
Gage 1994, "A New Algorithm for Data Compression"; Sennrich et al. 2016 (arXiv 1508.07909).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import regex

GPT2 = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
Token = bytes
Word = tuple[Token, ...]


def merge(word: Word, pair: tuple[Token, Token]) -> Word:
    """The word with every occurrence of the pair, from the left, made one token."""
    merged: list[Token] = []
    place = 0
    while place < len(word):
        if word[place : place + 2] == pair:
            merged.append(pair[0] + pair[1])
            place += 2
        else:
            merged.append(word[place])
            place += 1
    return tuple(merged)


class ByteBPE:
    """Byte-pair encoding of the whole text at once."""

    def __init__(self) -> None:
        self.merges: list[tuple[Token, Token]] = []
        self.vocabulary: list[Token] = [bytes([byte]) for byte in range(256)]

    def words(self, text: str) -> list[Word]:
        """The text as words of single bytes: here it is one word."""
        return [tuple(bytes([byte]) for byte in text.encode("utf-8"))]

    def train(self, text: str, vocab_size: int) -> None:
        """Learn merges until the vocabulary has `vocab_size` tokens or no pair is left.

        The most frequent pair is merged, the greatest among equals.
        """
        words = Counter(self.words(text))
        while len(self.vocabulary) < vocab_size:
            pairs: Counter[tuple[Token, Token]] = Counter()
            for word, count in words.items():
                for pair in pairwise(word):
                    pairs[pair] += count
            if not pairs:
                break
            best = max(pairs, key=lambda pair: (pairs[pair], pair))
            words = Counter({merge(word, best): count for word, count in words.items()})
            self.merges.append(best)
            self.vocabulary.append(best[0] + best[1])

    def encode(self, text: str) -> list[int]:
        """The ids of a text: every word merged in the order in which the merges were learned."""
        ids: list[int] = []
        for word in self.words(text):
            for pair in self.merges:
                word = merge(word, pair)
            ids += [self.vocabulary.index(token) for token in word]
        return ids

    def decode(self, ids: Sequence[int]) -> str:
        """The text of ids; bytes that are no UTF-8 become U+FFFD."""
        return b"".join(self.vocabulary[i] for i in ids).decode("utf-8", errors="replace")


class SplitBPE(ByteBPE):
    """Cuts the text by a pattern first: "dog." and "dog!" then share the token of "dog"."""

    def __init__(self, pattern: str = GPT2) -> None:
        super().__init__()
        self.pattern = regex.compile(pattern)

    def words(self, text: str) -> list[Word]:
        """One word for each match of the pattern."""
        words: list[Word] = []
        for part in self.pattern.findall(text):
            words += super().words(part)
        return words


class SpecialBPE(SplitBPE):
    """Has special tokens, such as the end of a document, whose text is one token of its own."""

    def __init__(self, special_tokens: Sequence[str] = (), pattern: str = GPT2) -> None:
        super().__init__(pattern)
        self.special_tokens = list(special_tokens)
        self.vocabulary += [token.encode("utf-8") for token in self.special_tokens]
        longest_first = sorted(self.special_tokens, key=len, reverse=True)
        self.special = regex.compile("|".join(map(regex.escape, longest_first)) or r"(?!)")

    def words(self, text: str) -> list[Word]:
        """The words between special tokens; nothing is learned from these."""
        words: list[Word] = []
        for part in self.special.split(text):
            words += super().words(part)
        return words

    def encode(self, text: str) -> list[int]:
        """The ids of a text, in which the longest special token at a place wins."""
        ids: list[int] = []
        end = 0
        for match in self.special.finditer(text):
            ids += super().encode(text[end : match.start()])
            ids.append(256 + self.special_tokens.index(match[0]))
            end = match.end()
        return ids + super().encode(text[end:])
