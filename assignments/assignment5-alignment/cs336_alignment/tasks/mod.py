"""The last digit of a chain of operations, left to right; size = numbers in the chain."""

from __future__ import annotations

from random import Random

from cs336_alignment.tasks.problem import Problem, Representation, with_chain

LETTERS = "abcdefghijklmnop"


class ModTask:
    """Plain: "7+5*3:" -> ">6", that is ((7 + 5) mod 10 * 3) mod 10.

    In steps every number has a letter, and the chain writes the value reached at each:
    "c7d+5e*3:" -> "c7d2e6>6". The first letter is random, so that all are seen in short chains.
    """

    def __init__(self, representation: Representation = "plain") -> None:
        self.representation = representation
        self.name = f"mod {representation}"

    def draw(self, rng: Random, size: int) -> Problem:
        """Uniform digits and signs."""
        digits = [rng.randrange(10) for _ in range(size)]
        signs = ["", *rng.choices("+-*", k=size - 1)]
        values = [digits[0]]
        for sign, digit in zip(signs[1:], digits[1:], strict=True):
            values.append(apply(values[-1], sign, digit))
        key = "".join(f"{sign}{digit}" for sign, digit in zip(signs, digits, strict=True))
        answer = str(values[-1])
        if self.representation == "plain":
            return Problem(f"{key}:", with_chain("", answer), answer, size, key)
        first = rng.randrange(len(LETTERS) - size + 1)
        letters = LETTERS[first : first + size]
        parts = zip(letters, signs, digits, strict=True)
        prompt = "".join(f"{letter}{sign}{digit}" for letter, sign, digit in parts) + ":"
        chain = "".join(f"{letter}{value}" for letter, value in zip(letters, values, strict=True))
        return Problem(prompt, with_chain(chain, answer), answer, size, key)

    def check(self, problem: Problem, answer: str) -> bool:
        return answer == problem.truth

    def max_response(self, size: int) -> int:
        """Two tokens more than a right response."""
        return (0 if self.representation == "plain" else 2 * size) + 5

    def chance(self, size: int) -> float:
        """The most frequent last digit: 0, because a product with 0 stays there. By enumeration."""
        shares = [0.1] * 10
        for _ in range(size - 1):
            after = [0.0] * 10
            for value, share in enumerate(shares):
                for sign in "+-*":
                    for digit in range(10):
                        after[apply(value, sign, digit)] += share / 30
            shares = after
        return max(shares)


def apply(value: int, sign: str, digit: int) -> int:
    """One operation modulo 10."""
    if sign == "*":
        return value * digit % 10
    return (value + digit if sign == "+" else value - digit) % 10
