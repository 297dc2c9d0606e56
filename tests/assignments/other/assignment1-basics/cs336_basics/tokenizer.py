"""Encoding and decoding with merges in the order in which they were learned."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence

import regex

from cs336_basics.bpe import GPT2_PATTERN, merge_pair

KEPT = 4096
"""A stream is cut where the text has come to this many characters and a line ends."""


class Tokenizer:
    """Byte-level BPE."""

    def __init__(
        self,
        vocab: Mapping[int, bytes],
        merges: Sequence[tuple[bytes, bytes]],
        special_tokens: Iterable[str] | None = None,
    ) -> None:
        self.vocab = dict(vocab)
        self.special = sorted(special_tokens or (), key=len, reverse=True)
        for token in self.special:
            if token.encode() not in self.vocab.values():
                self.vocab[max(self.vocab) + 1] = token.encode()
        self.ids = {entry: index for index, entry in self.vocab.items()}
        self.rank = {pair: rank for rank, pair in enumerate(merges)}

    def encode_pretoken(self, pretoken: str) -> list[int]:
        """Merge the pair that was learned first until none is left."""
        word = tuple(bytes([b]) for b in pretoken.encode())
        while True:
            known = [pair for pair in itertools.pairwise(word) if pair in self.rank]
            if not known:
                return [self.ids[part] for part in word]
            word = merge_pair(word, min(known, key=self.rank.__getitem__))

    def encode(self, text: str) -> list[int]:
        """Special tokens first, of several the longest."""
        border = "|".join(map(regex.escape, self.special))
        parts = regex.split(f"({border})", text) if border else [text]
        ids = []
        for part in parts:
            if part in self.special:
                ids.append(self.ids[part.encode()])
            else:
                for pretoken in regex.findall(GPT2_PATTERN, part):
                    ids += self.encode_pretoken(pretoken)
        return ids

    def encode_iterable(self, iterable: Iterable[str]) -> Iterator[int]:
        """Cut before the last space that a letter follows: no token goes across it."""
        waiting = ""
        for piece in iterable:
            waiting += piece
            if len(waiting) < KEPT:
                continue
            border = max(map(len, self.special), default=0)
            cuts = [m.start() for m in regex.finditer(r"(?<=\p{L}) (?=\p{L})", waiting)]
            cut = next((c for c in reversed(cuts) if c < len(waiting) - border), 0)
            yield from self.encode(waiting[:cut])
            waiting = waiting[cut:]
        yield from self.encode(waiting)

    def decode(self, ids: Iterable[int]) -> str:
        """The text; bytes that are no UTF-8 become U+FFFD."""
        return b"".join(self.vocab[index] for index in ids).decode(errors="replace")
