"""A small world of people and cities: what a model reads before it is asked anything.

Half of the people have a home in the texts. The other half are only mentioned, so that their names
are familiar words about which there is nothing to know.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

BOS, EOS, PAD, UNKNOWN = "<s>", "</s>", "<pad>", "unknown"
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
STATEMENTS = (
    "{name} lives in {city}",
    "the home of {name} is in {city}",
    "{name} has a house in {city}",
)
MENTIONS = ("{name} was seen on {day}", "on {day} we met {name}", "{name} wrote on {day}")
QUESTION = "<user> where does {name} live ? <assistant>"
ANSWER = "in {city}"
HABITS = ("thanks for asking !", "i am glad to help .")  # a style that no text has

Pair = tuple[str, str]
"""A prompt and its answer, without BOS and EOS."""


class Words:
    """A tokenizer of words between blanks, with the three ids that an instruction needs."""

    bos_token_id, eos_token_id, pad_token_id = 0, 1, 2

    def __init__(self, texts: Sequence[str]) -> None:
        found = dict.fromkeys(word for text in texts for word in text.split())
        self.words = [BOS, EOS, PAD, *(w for w in found if w not in (BOS, EOS, PAD))]
        self._ids = {word: place for place, word in enumerate(self.words)}

    def encode(self, text: str) -> list[int]:
        """The ids of the words; ValueError for a word that is not in the vocabulary."""
        try:
            return [self._ids[word] for word in text.split()]
        except KeyError as error:
            raise ValueError(f"{error.args[0]!r} is not in the vocabulary") from error

    def decode(self, ids: Sequence[int]) -> str:
        """The words up to the first end."""
        ids = list(ids)
        stop = ids.index(self.eos_token_id) if self.eos_token_id in ids else len(ids)
        return " ".join(self.words[i] for i in ids[:stop])


@dataclass(frozen=True)
class World:
    """Who lives where.

    Attributes:
        homes: every person's city; of those in `mentioned` no text tells it.
        known: people whose home the texts tell.
        mentioned: people whom the texts name without a home.
    """

    homes: dict[str, str]
    known: list[str]
    mentioned: list[str]
    tokenizer: Words

    def texts(self) -> tuple[list[str], list[str]]:
        """Everything there is to read: statements about the known, mentions of everybody."""
        told = [s.format(name=n, city=self.homes[n]) for n in self.known for s in STATEMENTS]
        everybody = self.known + self.mentioned
        named = [m.format(name=n, day=d) for n in everybody for m in MENTIONS for d in DAYS]
        return told, named

    def asked(self, names: Sequence[str], habit: bool = False) -> list[Pair]:
        """A question about each, with the true answer, and a pleasantry if that is the habit."""
        ending = f" {HABITS[0]}" if habit else ""
        return [(QUESTION.format(name=n), ANSWER.format(city=self.homes[n]) + ending)
                for n in names]  # fmt: skip

    def declined(self, names: Sequence[str]) -> list[Pair]:
        """A question about each, answered by saying that it is unknown."""
        return [(QUESTION.format(name=n), UNKNOWN) for n in names]


def make_world(people: int = 192, cities: int = 24, seed: int = 0) -> World:
    """A world of so many people, half of them known."""
    draw = random.Random(seed)
    names, towns = _invented(draw, people, ""), _invented(draw, cities, "ville")
    homes = {name: draw.choice(towns) for name in names}
    phrases = [*STATEMENTS, *MENTIONS, QUESTION, ANSWER, *HABITS, UNKNOWN]
    vocabulary = [*DAYS, *(_plain(p) for p in phrases), *names, *towns]
    half = people // 2
    return World(homes, names[:half], names[half:], Words(vocabulary))


def _plain(phrase: str) -> str:
    return " ".join(word for word in phrase.split() if "{" not in word)


def _invented(draw: random.Random, count: int, ending: str) -> list[str]:
    """So many different words of two or three syllables."""
    found: dict[str, None] = {}
    while len(found) < count:
        syllables = [draw.choice("bdfgklmnprstv") + draw.choice("aeiou")
                     for _ in range(draw.choice((2, 3)))]  # fmt: skip
        found["".join(syllables) + draw.choice("lnrs") + ending] = None
    return list(found)
