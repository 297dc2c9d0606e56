"""Answers that fool graders, and graders that are fooled."""

import math
import re
from collections.abc import Callable, Mapping

from cs336_alignment.grading.expressions import ExpressionError, parse_expression, uses_exactly
from cs336_alignment.grading.rewards import Grader

NUMBERS, TARGET = (7, 1, 5), 30
TRUTH = "(7-1)*5"
TASK = "7,1,5=30:"

ANSWERS: Mapping[str, str] = {
    "right": ">(7-1)*5",
    "right, another way": ">5*(7-1)",
    "the target itself": ">30",
    "numbers of its own": ">6*5",
    "empty": ">",
    "no mark": "(7-1)*5",
    "two answers": ">7+1+5>(7-1)*5",
    "digits glued together": ">15+7+8",
    "a part of the solution": ">(7-1)",
    "a power": ">9**9**9",
    "program text": ">__import__('os').getpid()",
    "5,000 nines": ">" + "9" * 5000,
    "10,000 brackets": ">" + "(" * 10_000,
}
RIGHT = ("right", "right, another way")


def countdown_check(answer: str) -> bool:
    """Assignment 5's rule: an expression over exactly these numbers that has the target's value."""
    try:
        found = parse_expression(answer)
    except ExpressionError:
        return False
    return found.value == TARGET and uses_exactly(found, NUMBERS)


def strict(response: str) -> float:
    """Assignment 5's grader with that rule."""
    return Grader().grade(response, countdown_check).reward


def part_of(response: str) -> float:
    """Right if the answer is in the truth or the truth in the answer."""
    answer = response.rpartition(">")[2]
    return float(answer in TRUTH or TRUTH in answer)


def last_value(response: str) -> float:
    """Right if the last thing that reads as arithmetic has the target's value."""
    found = re.findall(r"[\d()+*-]+", response)
    try:
        return float(parse_expression(found[-1]).value == TARGET) if found else 0.0
    except ExpressionError:
        return 0.0


GRADERS: Mapping[str, Callable[[str], float]] = {
    "assignment 5": strict, "part of it": part_of, "last value": last_value,
}  # fmt: skip


def verdicts() -> list[list[str]]:
    """Each answer and what the graders pay for it; wrong payments are marked."""
    return [
        [name, _shown(answer), *(_paid(name, grade(answer)) for grade in GRADERS.values())]
        for name, answer in ANSWERS.items()
    ]


def fooled() -> dict[str, int]:
    """How many of the answers each grader pays wrongly."""
    return {
        grader: sum(grade(answer) != (name in RIGHT) for name, answer in ANSWERS.items())
        for grader, grade in GRADERS.items()
    }


def _paid(name: str, reward: float) -> str:
    return f"{reward:.0f}" if reward == (name in RIGHT) else f"{reward:.0f}, wrongly"


def _shown(answer: str) -> str:
    return answer if len(answer) < 30 else f"{answer[:6]}… ({len(answer):,} characters)"


def kimi_length_reward(lengths: list[int], right: list[bool]) -> list[float]:
    """Kimi k1.5's reward for short answers within a group (2501.12599, section 2.3.3).

    lambda = 0.5 - (length - shortest) / (longest - shortest): in full where the answer is right,
    and only as a punishment where it is wrong. A group of equal lengths gets 0.
    """
    shortest, longest = min(lengths), max(lengths)
    if shortest == longest:
        return [0.0] * len(lengths)
    shares = [0.5 - (n - shortest) / (longest - shortest) for n in lengths]
    return [x if ok else min(0.0, x) for x, ok in zip(shares, right, strict=True)]


def rounded(values: list[float]) -> list[float]:
    """Three digits."""
    return [round(v, 3) if math.isfinite(v) else v for v in values]
