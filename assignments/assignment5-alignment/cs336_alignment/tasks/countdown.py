"""Reach a target with +, -, * from given numbers, each used once; size = how many numbers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from random import Random

from cs336_alignment.grading.expressions import (
    ExpressionError,
    Limits,
    parse_expression,
    uses_exactly,
)
from cs336_alignment.tasks.expression_trees import Node, ordered_trees, random_tree, worked_out
from cs336_alignment.tasks.problem import Problem, Representation, with_chain

LARGEST_TARGET = 99
LIMITS = Limits(max_length=40, max_depth=4, max_digits=2, max_magnitude=10**6)
SHOWN_FAILURES = (0, 0, 1, 1, 2, 3)  # wrong tries before the right one in a demonstration
GOES_ON = 0.45  # chance that a demonstration in order tries another one after a miss


class CountdownTask:
    """ "7,1,5=30:" -> ">(7-1)*5".

    In steps expressions are tried and worked out until one hits the target, which is the answer:
    "7+(1*5)=7+5=12;(7-1)*5=6*5=30>(7-1)*5". The demonstrations' failures are random: which to
    try, and how long, is left to be learned from the reward.

    In order the tries are neighbours in one fixed order, so that none comes twice and the last one
    tells the next. Such a demonstration begins anywhere and gives up after a miss more often than
    not, and its last try is its answer, right or wrong: it shows how to try. Where to begin, and
    to go on, is left to the reward.
    """

    def __init__(self, representation: Representation = "plain") -> None:
        self.representation = representation
        self.name = f"countdown {representation}"

    def draw(self, rng: Random, size: int) -> Problem:
        """Numbers 1-9 and the value, 1-99, of a random expression of them."""
        while True:
            numbers = [rng.randint(1, 9) for _ in range(size)]
            tree = random_tree(rng, numbers)
            if 1 <= tree.value <= LARGEST_TARGET:
                break
        prompt = f"{','.join(map(str, numbers))}={tree.value}:"
        tries = self._tries(rng, numbers, tree)
        chain = ";".join(worked_out(tried) for tried in tries)
        key = f"{sorted(numbers)}={tree.value}"
        answer = tries[-1] if tries else tree
        return Problem(prompt, with_chain(chain, answer.text), str(tree.value), size, key)

    def check(self, problem: Problem, answer: str) -> bool:
        """The expression has the target's value and every given number exactly once."""
        numbers = [int(n) for n in problem.prompt.partition("=")[0].split(",")]
        try:
            expression = parse_expression(answer, LIMITS)
        except ExpressionError:
            return False
        return expression.value == int(problem.truth) and uses_exactly(expression, numbers)

    def max_response(self, size: int) -> int:
        """Room for the answer after eight tries of three numbers (ten in order) or five of four."""
        longest = 2 * size - 1 + 2 * (size - 2) + 3
        if self.representation == "plain":
            return longest
        if self.representation == "ordered":
            return longest + most_tries(size) * (16 if size <= 3 else 33)
        return longest + (8 * 16 if size <= 3 else 5 * 28)

    def chance(self, size: int) -> float:
        """Share of hits among random expressions of the right numbers, over 20,000 drawn ones."""
        return _hit_rate(size)

    def _tries(self, rng: Random, numbers: list[int], right: Node) -> list[Node]:
        """What a demonstration tries; the last one is its answer."""
        if self.representation == "plain":
            return []
        if self.representation == "ordered":
            return stretch(
                ordered_trees(tuple(numbers)), rng, right.value, most_tries(len(numbers))
            )
        failures = rng.choice(SHOWN_FAILURES)
        tries = [random_tree(rng, numbers) for _ in range(failures)]
        return [*(tree for tree in tries if tree.value != right.value), right]


def most_tries(size: int) -> int:
    """How many tries in order a response has room for."""
    return 10 if size <= 3 else 5


def stretch(trees: Sequence[Node], rng: Random, target: int, most: int) -> list[Node]:
    """Neighbours from a random tree on, to the first that hits the target, or fewer, or `most`."""
    start = end = rng.randrange(len(trees))
    last = min(start + most, len(trees)) - 1
    while trees[end].value != target and end < last and rng.random() < GOES_ON:
        end += 1
    return list(trees[start : end + 1])


@cache
def _hit_rate(size: int, draws: int = 20_000) -> float:
    rng = Random(size)
    hits = 0
    for _ in range(draws):
        numbers = [rng.randint(1, 9) for _ in range(size)]
        target = random_tree(rng, numbers).value
        while not 1 <= target <= LARGEST_TARGET:
            target = random_tree(rng, numbers).value
        hits += random_tree(rng, numbers).value == target
    return hits / draws
