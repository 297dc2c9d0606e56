"""Add two numbers; size = digits of each."""

from __future__ import annotations

from random import Random

from cs336_alignment.tasks.problem import Problem, Representation, with_chain

LETTERS = "abcdefghijklmnop"


class AdditionTask:
    """Plain: "57+68:" -> ">125".

    In steps digits come with the last first, each after the letter of its column, and a column's
    line is its letter, carry and digit: "d7e5+d8e6:" -> "d15e12f01>521" (57 + 68 = 125). Carries
    then go forward, columns find each other by their letter, and since the first letter is random
    all letters are seen with short numbers already (index hints, Zhou et al. 2023, 2310.16028).
    """

    def __init__(self, representation: Representation = "plain") -> None:
        self.representation = representation
        self.name = f"addition {representation}"

    def draw(self, rng: Random, size: int) -> Problem:
        """Two uniform numbers of exactly `size` digits."""
        low, high = (0 if size == 1 else 10 ** (size - 1)), 10**size - 1
        a, b = rng.randint(low, high), rng.randint(low, high)
        key = f"{min(a, b)}+{max(a, b)}"
        if self.representation == "plain":
            return Problem(f"{a}+{b}:", with_chain("", str(a + b)), str(a + b), size, key)
        first = rng.randrange(len(LETTERS) - size)
        letters = LETTERS[first : first + size + 1]
        prompt = f"{_columns(a, letters)}+{_columns(b, letters)}:"
        answer = str(a + b)[::-1]
        return Problem(prompt, with_chain(_carries(a, b, letters), answer), answer, size, key)

    def check(self, problem: Problem, answer: str) -> bool:
        return answer == problem.truth

    def max_response(self, size: int) -> int:
        """Two tokens more than a right response."""
        return (0 if self.representation == "plain" else 3 * (size + 1)) + size + 5

    def chance(self, size: int) -> float:
        """The most frequent sum of two uniform numbers of N values has probability 1/N."""
        return 1 / (10 if size == 1 else 9 * 10 ** (size - 1))


def _columns(number: int, letters: str) -> str:
    digits = str(number)[::-1]
    return "".join(f"{letter}{digit}" for letter, digit in zip(letters, digits, strict=False))


def _carries(a: int, b: int, letters: str) -> str:
    lines, carry = [], 0
    columns = max(len(str(a)), len(str(b)))
    for place, letter in enumerate(letters):
        total = a // 10**place % 10 + b // 10**place % 10 + carry
        carry, digit = divmod(total, 10)
        if place < columns or digit:
            lines.append(f"{letter}{carry}{digit}")
    return "".join(lines)
