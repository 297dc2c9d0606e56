"""Reach a target with +, -, * from given numbers, each used once; size = how many numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import combinations
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
GOES_ON = 0.45  # chance that a demonstration in order tries another one after a miss


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
        """Room for the answer, in steps after eight tries of three numbers, or five of four."""
        longest = 2 * size - 1 + 2 * (size - 2) + 3
        if self.representation == "plain":
            return longest
        tries = 10 if self.representation == "ordered" else 8
        return longest + (tries * 16 if size <= 3 else 5 * 28)

    def chance(self, size: int) -> float:
        """Share of hits among random expressions of the right numbers, over 20,000 drawn ones."""
        return _hit_rate(size)

    def _tries(self, rng: Random, numbers: list[int], right: Node) -> list[Node]:
        """What a demonstration tries; the last one is its answer."""
        if self.representation == "plain":
            return []
        if self.representation == "ordered":
            trees = ordered_trees(numbers)
            return stretch(trees, rng, right.value)
        failures = rng.choice(SHOWN_FAILURES)
        tries = [random_tree(rng, numbers) for _ in range(failures)]
        return [*(tree for tree in tries if tree.value != right.value), right]


def random_tree(rng: Random, numbers: list[int]) -> Node:
    """A random expression of all numbers without negative values on the way.

    Two of the expressions at hand are joined until one is left.
    """
    nodes = [Node(n, str(n)) for n in numbers]
    while len(nodes) > 1:
        left = nodes.pop(rng.randrange(len(nodes)))
        right = nodes.pop(rng.randrange(len(nodes)))
        nodes.append(_joined(left, rng.choice("+-*"), right))
    return nodes[0]


def _joined(left: Node, sign: str, right: Node) -> Node:
    """`join` without a value below 0: the larger comes first in a difference."""
    if sign == "-" and left.value < right.value:
        left, right = right, left
    return join(left, sign, right)


def ordered_trees(numbers: list[int]) -> list[Node]:
    """All expressions of the numbers, each once: most products first, then fewest differences.

    That is roughly from the largest to the smallest value, so that a target tells where to begin,
    and an expression tells which one comes next.
    """
    found: dict[str, Node] = {}
    for tree in _all_trees([Node(number, str(number)) for number in numbers]):
        found.setdefault(_shape(tree), tree)
    return sorted(found.values(), key=_rank)


def stretch(trees: list[Node], rng: Random, target: int) -> list[Node]:
    """Neighbours in the order from a random one on, to the first that hits; it may give up before.

    It shows how to try, neither where to begin nor to go on: that is left to the reward.
    """
    start = end = rng.randrange(len(trees))
    while trees[end].value != target and end + 1 < len(trees) and rng.random() < GOES_ON:
        end += 1
    return trees[start : end + 1]


def _all_trees(nodes: list[Node]) -> Iterator[Node]:
    if len(nodes) == 1:
        yield nodes[0]
    for (i, left), (j, right) in combinations(enumerate(nodes), 2):
        rest = [node for index, node in enumerate(nodes) if index not in (i, j)]
        for sign in "*+-":
            yield from _all_trees([_joined(left, sign, right), *rest])


def _signs(tree: Node) -> str:
    if tree.left is None or tree.right is None:
        return ""
    return tree.sign + _signs(tree.left) + _signs(tree.right)


def _rank(tree: Node) -> tuple[int, int, str]:
    signs = _signs(tree)
    return -signs.count("*"), signs.count("-"), signs


def _shape(tree: Node) -> str:
    """Equal for expressions that differ by the order of sums and products alone."""
    if tree.left is None or tree.right is None:
        return tree.text
    if tree.sign == "-":
        return f"({_shape(tree.left)}-{_shape(tree.right)})"
    return f"({tree.sign.join(sorted(_operands(tree, tree.sign)))})"


def _operands(tree: Node, sign: str) -> list[str]:
    if tree.sign != sign or tree.left is None or tree.right is None:
        return [_shape(tree)]
    return _operands(tree.left, sign) + _operands(tree.right, sign)


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
