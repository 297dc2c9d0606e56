"""Made-up text that can be learned: the same for everyone who gives the same seed.

Words are made of syllables and drawn by Zipf's law; sentences follow a few patterns in which a name
returns, so that a model gains from what it has read.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

ONSETS = ["b", "br", "d", "f", "g", "gr", "k", "l", "m", "n", "p", "r", "s", "st", "t", "tr", "v"]
NUCLEI = ["a", "e", "i", "o", "u", "ai", "ea", "oo"]
CODAS = ["", "", "l", "m", "n", "r", "s", "nd", "rt"]
PATTERNS = [
    "{name} saw the {adjective} {noun}.",
    "The {noun} was {adjective}, and {name} began to {verb}.",
    "“Will you {verb} with me?” asked {name}.",
    "{name} did not {verb} the {noun} until the {other} was {adjective}.",
    "There were {number} {noun}s near the {other}.",
    "So {name} and the {noun} would {verb} again.",
]
SIZES = {"noun": 3000, "verb": 1500, "adjective": 1000, "name": 400}


class Writer:
    """Stories with one vocabulary; `seed` fixes it, and `part` which stories are drawn."""

    def __init__(self, seed: int, part: str = "training") -> None:
        words = random.Random(f"words {seed}")
        self._words = {kind: [_word(words) for _ in range(size)] for kind, size in SIZES.items()}
        self._words["name"] = [name.capitalize() for name in self._words["name"]]
        self._random = random.Random(f"{part} {seed}")

    def stories(self) -> Iterator[str]:
        """Stories without end, each of five to twelve sentences."""
        while True:
            name = self._draw("name")
            sentences = []
            for _ in range(self._random.randint(5, 12)):
                sentences.append(self._random.choice(PATTERNS).format(
                    name=name, noun=self._draw("noun"), other=self._draw("noun"),
                    verb=self._draw("verb"), adjective=self._draw("adjective"),
                    number=self._random.randint(2, 99),
                ))  # fmt: skip
            yield " ".join(sentences) + "\n\n"

    def text(self, characters: int) -> str:
        """Whole stories, at least so many characters."""
        parts: list[str] = []
        length = 0
        for story in self.stories():
            parts.append(story)
            length += len(story)
            if length >= characters:
                break
        return "".join(parts)

    def _draw(self, kind: str) -> str:
        """By Zipf's law: the word of rank r about as often as 1/r."""
        words = self._words[kind]
        return words[int(len(words) ** self._random.random()) - 1]


def _word(draw: random.Random) -> str:
    parts = draw.randint(1, 3)
    return "".join(
        draw.choice(ONSETS) + draw.choice(NUCLEI) + draw.choice(CODAS) for _ in range(parts)
    )
