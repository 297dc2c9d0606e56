"""The two kinds of data that alignment trains on, in the shape in which a trainer uses them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Demonstration:
    """For supervised fine-tuning: one text, of which only the end is learned."""

    given: str
    """Everything before the answer, with the marks that say who speaks."""
    learned: str
    """What the loss counts."""

    @property
    def text(self) -> str:
        """What the model reads."""
        return self.given + self.learned

    @property
    def mask(self) -> list[int]:
        """1 for each byte that the loss counts, 0 for each that it does not."""
        return [0] * len(self.given.encode()) + [1] * len(self.learned.encode())


@dataclass(frozen=True)
class Comparison:
    """For learning from preferences: answers to one prompt, the best one first."""

    prompt: str
    ranking: tuple[str, ...]

    def pairs(self) -> list[tuple[str, str]]:
        """Every (better, worse) pair that the ranking implies."""
        return [
            (better, worse)
            for place, better in enumerate(self.ranking)
            for worse in self.ranking[place + 1 :]
        ]
