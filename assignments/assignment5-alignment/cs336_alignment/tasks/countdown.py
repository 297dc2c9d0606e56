"""Reach a target with +, -, * from given numbers, each used once; size = how many numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from random import Random

from cs336_alignment.grading.expressions import (
    ExpressionError,
    Limits,
    parse_expression,
    uses_exactly,
)
from cs336_alignment.tasks.problem import Problem, Representation, with_chain

LARGEST_TARGET = 99
LIMITS = Limits(max_length=40, max_depth=4, max_digits=2, max_magnitude=10**6)
SHOWN_FAILURES = (0, 0, 1, 1, 2, 3)  # wrong tries before the right one in a demonstration


@dataclass(frozen=True, slots=True)
class Node:
    """An expression: a number, or two expressions and the sign between them."""

    value: int
    text: str
    left: Node | None = None
    sign: str = ""
    right: Node | None = None


class CountdownTask:
    """ "7,1,5=30:" -> ">(7-1)*5".

    In steps expressions are tried and worked out until one hits the target, which is the answer:
    "7+(1*5)=7+5=12;(7-1)*5=6*5=30>(7-1)*5". The demonstrations' failures are random: which to
    try, and how long, is left to be learned from the reward.
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
        chain = "" if self.representation == "plain" else self._tries(rng, numbers, tree)
        key = f"{sorted(numbers)}={tree.value}"
        return Problem(prompt, with_chain(chain, tree.text), str(tree.value), size, key)

    def check(self, problem: Problem, answer: str) -> bool:
        """The expression has the target's value and every given number exactly once."""
        numbers = [int(n) for n in problem.prompt.partition("=")[0].split(",")]
        try:
            expression = parse_expression(answer, LIMITS)
        except ExpressionError:
            return False
        return expression.value == int(problem.truth) and uses_exactly(expression, numbers)

    def max_response(self, size: int) -> int:
        """Room for the answer, in steps after eight tries of three numbers, or five of four."""
        longest = 2 * size - 1 + 2 * (size - 2) + 3
        if self.representation == "plain":
            return longest
        return longest + (8 * 16 if size <= 3 else 5 * 28)

    def chance(self, size: int) -> float:
        """Share of hits among random expressions of the right numbers, over 20,000 drawn ones."""
        return _hit_rate(size)

    def _tries(self, rng: Random, numbers: list[int], right: Node) -> str:
        lines = []
        for _ in range(rng.choice(SHOWN_FAILURES)):
            tree = random_tree(rng, numbers)
            if tree.value != right.value:
                lines.append(worked_out(tree))
        return ";".join([*lines, worked_out(right)])


def random_tree(rng: Random, numbers: list[int]) -> Node:
    """A random expression of all numbers without negative values on the way.

    Two of the expressions at hand are joined until one is left.
    """
    nodes = [Node(n, str(n)) for n in numbers]
    while len(nodes) > 1:
        left = nodes.pop(rng.randrange(len(nodes)))
        right = nodes.pop(rng.randrange(len(nodes)))
        sign = rng.choice("+-*")
        if sign == "-" and left.value < right.value:
            left, right = right, left
        nodes.append(join(left, sign, right))
    return nodes[0]


def join(left: Node, sign: str, right: Node) -> Node:
    """The node of two expressions, with parentheses around those that are not numbers."""
    a, b = left.value, right.value
    value = a + b if sign == "+" else a - b if sign == "-" else a * b
    return Node(value, f"{_bracketed(left)}{sign}{_bracketed(right)}", left, sign, right)


def worked_out(tree: Node) -> str:
    """ "(7-1)*5=6*5=30": one operation of numbers at a time, the leftmost first."""
    lines = [tree.text]
    while tree.sign:
        tree = _reduced(tree)
        lines.append(tree.text)
    return "=".join(lines)


def _reduced(tree: Node) -> Node:
    assert tree.left is not None
    assert tree.right is not None
    if tree.left.sign:
        return join(_reduced(tree.left), tree.sign, tree.right)
    if tree.right.sign:
        return join(tree.left, tree.sign, _reduced(tree.right))
    return Node(tree.value, str(tree.value))


def _bracketed(node: Node) -> str:
    return f"({node.text})" if node.sign else node.text


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
