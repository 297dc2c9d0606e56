"""A text with its words, their hashes and its lines, each worked out once and when first asked for.

Several rules ask for the same things, and splitting and hashing words costs more than the rules
themselves. Words are what white space separates: punctuation stays on its word, so "end." has a
letter. (spaCy and NLTK make punctuation a word of its own, which moves every share of words.)
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from cs336_data.text.hashing import Hashes, hash_words


class View:
    """One text, seen by many rules. Treat it as frozen."""

    def __init__(self, text: str) -> None:
        self.text = text

    @classmethod
    def of(cls, text: str | View) -> View:
        """`text` itself if it is a view, else a new view of it."""
        return text if isinstance(text, View) else cls(text)

    @cached_property
    def words(self) -> list[str]:
        """What white space separates."""
        return self.text.split()

    @cached_property
    def hashes(self) -> Hashes:
        """(words,) 64-bit hashes; the lowest bit says whether the word has a letter."""
        return hash_words(self.words)

    @cached_property
    def lengths(self) -> NDArray[np.int64]:
        """(words,) characters of each word."""
        return np.fromiter(map(len, self.words), dtype=np.int64, count=len(self.words))

    @cached_property
    def word_characters(self) -> int:
        """Characters of all words, white space not counted."""
        return int(self.lengths.sum())

    @cached_property
    def lines(self) -> list[str]:
        """Lines that are not blank, without white space at their ends."""
        return [line for line in map(str.strip, self.text.split("\n")) if line]

    @cached_property
    def paragraphs(self) -> list[str]:
        """What blank lines separate, without white space at the ends."""
        return [part for part in map(str.strip, self.text.split("\n\n")) if part]
