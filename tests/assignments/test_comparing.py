"""How the judge compares: what differs, where, and which mistake gives it."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

checks: Any = importlib.import_module("tools.judging.judge.checks")


def said(actual: object, expected: object, **more: object) -> str:
    """The message about a value that is wrong."""
    with pytest.raises(checks.Wrong) as caught:
        checks.same("f(x)", actual, expected, **more)
    return str(caught.value)


def test_a_short_text_is_shown_whole() -> None:
    assert said("ab", "abc") == "f(x) is 'ab', where 'abc' is right."


@pytest.mark.parametrize("kind", [str, bytes])
def test_long_texts_are_shown_from_where_they_part(kind: type) -> None:
    right = "a" * 300 + "right"
    wrong = "a" * 300 + "wrong"
    texts = (wrong, right) if kind is str else (wrong.encode(), right.encode())
    shown = ("'wrong'", "'right'") if kind is str else ("b'wrong'", "b'right'")
    assert said(*texts) == f"f(x) from place 300 on is {shown[0]}, where {shown[1]} is right."


def test_a_long_text_that_ends_too_early_says_what_is_missing() -> None:
    assert said("a" * 300, "a" * 300 + "b") == "f(x) from place 300 on is '', where 'b' is right."


def test_the_mistake_is_named_that_gives_the_value() -> None:
    message = said([1, 2], [1, 3], suspects={"one too few": lambda: [1, 2]}, case="x = 5")
    assert message == (
        "f(x)[1] is 2, where 3 is right. This is what one gets with this mistake: one too few. "
        "Case: x = 5."
    )
