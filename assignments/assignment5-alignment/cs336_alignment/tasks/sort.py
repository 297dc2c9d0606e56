"""Sort the digits of a string; size = number of digits."""

from __future__ import annotations

import math
from bisect import insort
from random import Random

from cs336_alignment.tasks.problem import Problem, Representation, with_chain


class SortTask:
    """ "5274:" -> ">2457"; in steps each prefix is sorted in turn: "5;25;257;2457>2457"."""

    def __init__(self, representation: Representation = "plain") -> None:
        self.representation = representation
        self.name = f"sort {representation}"

    def draw(self, rng: Random, size: int) -> Problem:
        """Uniform digits, repetitions allowed."""
        digits = "".join(rng.choices("0123456789", k=size))
        answer = "".join(sorted(digits))
        chain = "" if self.representation == "plain" else _insertions(digits)
        return Problem(f"{digits}:", with_chain(chain, answer), answer, size, digits)

    def check(self, problem: Problem, answer: str) -> bool:
        return answer == problem.truth

    def max_response(self, size: int) -> int:
        """Two tokens more than a right response, so that too long ones are possible."""
        chain = 0 if self.representation == "plain" else size * (size + 1) // 2 + size - 1
        return chain + size + 4

    def chance(self, size: int) -> float:
        """A random order of the right digits: the mean of prod(count!)/n! is C(n+9, 9)/10^n."""
        return math.comb(size + 9, 9) / float(10**size)


def _insertions(digits: str) -> str:
    placed: list[str] = []
    prefixes = []
    for digit in digits:
        insort(placed, digit)
        prefixes.append("".join(placed))
    return ";".join(prefixes)
