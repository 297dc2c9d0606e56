"""Arithmetic from untrusted text by recursive descent, in exact integers and within limits.

    sum     = product (("+" | "-") product)*
    product = factor ("*" factor)*
    factor  = number | "(" sum ")"
    number  = one to `max_digits` ASCII digits without a leading zero

Nothing of the text is evaluated by Python; no signs before a number, no powers, no division. Every
limit is checked before the work that it limits, so the time is linear in `max_length`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

DIGITS = "0123456789"


class ExpressionError(ValueError):
    """The text is not an expression within the limits; the message says why."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a text may cost."""

    max_length: int = 64
    max_depth: int = 8
    max_digits: int = 6
    max_magnitude: int = 10**9


@dataclass(frozen=True, slots=True)
class Expression:
    """The value of an expression and the numbers written in it, in their order."""

    value: int
    numbers: tuple[int, ...]


def parse_expression(text: str, limits: Limits | None = None) -> Expression:
    """Value and numbers of `text`; ExpressionError if it is anything else."""
    limits = limits or Limits()
    if len(text) > limits.max_length:
        raise ExpressionError(f"longer than {limits.max_length} characters")
    parser = _Parser(text, limits)
    value = parser.sum(0)
    if parser.position < len(text):
        raise parser.error("nothing more")
    return Expression(value, tuple(parser.numbers))


def uses_exactly(expression: Expression, numbers: Sequence[int]) -> bool:
    """Every one of `numbers` occurs as often as it is given, and no other does."""
    return Counter(expression.numbers) == Counter(numbers)


def parse_integer(text: str, max_digits: int = 18) -> int | None:
    """A whole number in ASCII digits, optionally after one "-", or None.

    One way to write each number: no "+", leading zeros, "-0", points, exponents or separators.
    """
    digits = text.removeprefix("-")
    plain = 0 < len(digits) <= max_digits and all(c in DIGITS for c in digits)
    if not plain or (digits[0] == "0" and text != "0"):
        return None
    return int(text)


class _Parser:
    """One method for each rule of the grammar; `position` is the next character."""

    def __init__(self, text: str, limits: Limits) -> None:
        self.text, self.limits = text, limits
        self.position = 0
        self.numbers: list[int] = []

    def sum(self, depth: int) -> int:
        value = self.product(depth)
        while (sign := self._next()) in ("+", "-"):
            self.position += 1
            term = self.product(depth)
            value = self._limited(value + term if sign == "+" else value - term)
        return value

    def product(self, depth: int) -> int:
        value = self.factor(depth)
        while self._next() == "*":
            self.position += 1
            value = self._limited(value * self.factor(depth))
        return value

    def factor(self, depth: int) -> int:
        if self._next() != "(":
            return self.number()
        if depth == self.limits.max_depth:
            raise ExpressionError(f"nested deeper than {depth}")
        self.position += 1
        value = self.sum(depth + 1)
        if self._next() != ")":
            raise self.error('")"')
        self.position += 1
        return value

    def number(self) -> int:
        start = self.position
        while (c := self._next()) and c in DIGITS:
            self.position += 1
            if self.position - start > self.limits.max_digits:
                raise ExpressionError(f"a number of more than {self.limits.max_digits} digits")
        digits = self.text[start : self.position]
        if not digits:
            raise self.error('a number or "("')
        if digits[0] == "0" and len(digits) > 1:
            raise ExpressionError(f"a leading zero in {digits}")
        self.numbers.append(int(digits))
        return self._limited(self.numbers[-1])

    def _next(self) -> str:
        return self.text[self.position : self.position + 1]

    def _limited(self, value: int) -> int:
        if abs(value) > self.limits.max_magnitude:
            raise ExpressionError(f"a value beyond {self.limits.max_magnitude}")
        return value

    def error(self, expected: str) -> ExpressionError:
        found = self._next()
        return ExpressionError(
            f"expected {expected} at character {self.position + 1}, found "
            + (repr(found) if found else "the end")
        )
