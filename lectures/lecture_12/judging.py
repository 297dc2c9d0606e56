"""SmolLM2 as a judge of pairs, asked in both orders (recorded)."""

from typing import NamedTuple

from lectures.lecture_12.records import read


class Verdict(NamedTuple):
    """ln p("1") - ln p("2"), once with the right answer first and once with the wrong one."""

    right_first: float
    wrong_first: float

    @property
    def agrees(self) -> bool:
        """Whether both orders give the same winner."""
        return (self.right_first > 0) == (self.wrong_first < 0)

    @property
    def both_orders(self) -> float:
        """The lead of the right answer, averaged over the orders: the bias cancels."""
        return (self.right_first - self.wrong_first) / 2

    @property
    def bias(self) -> float:
        """The lead of whatever stands first."""
        return (self.right_first + self.wrong_first) / 2


def verdicts() -> list[Verdict]:
    """Of the forty pairs."""
    return [
        Verdict(
            round(pair["right_first"][0] - pair["right_first"][1], 4),
            round(pair["wrong_first"][0] - pair["wrong_first"][1], 4),
        )
        for pair in read("judge")["pairs"]
    ]


def accuracies(given: list[Verdict]) -> dict[str, list[bool]]:
    """Whether the judge picked the right answer: by order, and with the orders averaged."""
    return {
        "right answer first": [v.right_first > 0 for v in given],
        "wrong answer first": [v.wrong_first < 0 for v in given],
        "both orders, averaged": [v.both_orders > 0 for v in given],
    }
