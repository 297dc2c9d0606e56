"""What a task is, and which of its problems are for training and which for evaluation."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from random import Random
from typing import Literal, Protocol

from cs336_alignment.grading.rewards import ANSWER_MARK

Representation = Literal["plain", "steps", "ordered"]
"""plain: the answer alone. steps: a chain of thought, written so that longer ones go the same.
ordered: countdown's tries in one fixed order."""

Side = Literal["train", "held_out"]
HELD_OUT_SHARE = 8  # one problem in so many is never trained on


@dataclass(frozen=True, slots=True)
class Problem:
    """One question, how to answer it, and what it is the same question as."""

    prompt: str
    demonstration: str
    """A response to learn from: [chain of thought] ">" answer; right but for countdown in order."""
    truth: str
    """What the answer is checked against."""
    size: int
    key: str
    """Equal for questions that are the same but for the way they are written."""


class Task(Protocol):
    """A family of problems of growing size."""

    @property
    def name(self) -> str:
        """The task with its representation, such as "sort plain"."""
        ...

    def draw(self, rng: Random, size: int) -> Problem:
        """A random problem of the size."""
        ...

    def check(self, problem: Problem, answer: str) -> bool:
        """Whether the final answer is right."""
        ...

    def max_response(self, size: int) -> int:
        """Tokens that a response of the size may need, end included."""
        ...

    def chance(self, size: int) -> float:
        """Share of problems that the best guess without reading the question's content gets."""
        ...


def with_chain(chain: str, answer: str) -> str:
    """The response of a chain of thought (may be empty) and its final answer."""
    return f"{chain}{ANSWER_MARK}{answer}"


def side_of(task: Task, problem: Problem) -> Side:
    """Training or held out: decided by the problem's key, so no seed and no size can mix them."""
    digest = hashlib.blake2b(f"{task.name}|{problem.key}".encode(), digest_size=4).digest()
    return "held_out" if int.from_bytes(digest) % HELD_OUT_SHARE == 0 else "train"


def draw_problem(task: Task, rng: Random, size: int, side: Side) -> Problem:
    """A random problem of the size on the given side."""
    for _ in range(10_000):
        problem = task.draw(rng, size)
        if side_of(task, problem) == side:
            return problem
    raise ValueError(f"{task.name} has hardly a {side} problem of size {size}")


def distinct_problems(
    task: Task, seed: int, size: int, count: int, side: Side = "held_out"
) -> list[Problem]:
    """Up to `count` problems of different keys; fewer where the size has no more of them."""
    rng = Random(f"{seed}/{size}/{side}")
    found: dict[str, Problem] = {}
    for _ in range(60 * count):
        problem = task.draw(rng, size)
        if problem.key not in found and side_of(task, problem) == side:
            found[problem.key] = problem
            if len(found) == count:
                break
    if not found:
        raise ValueError(f"{task.name} has hardly a {side} problem of size {size}")
    return list(found.values())
