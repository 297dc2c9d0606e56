"""Expressions of given numbers with +, - and *: at random, in an order, worked out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from random import Random


@dataclass(frozen=True, slots=True)
class Node:
    """An expression: a number, or two expressions and the sign between them."""

    value: int
    text: str
    left: Node | None = None
    sign: str = ""
    right: Node | None = None


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


@lru_cache(maxsize=1000)  # all that three numbers can be, many times over
def ordered_trees(numbers: tuple[int, ...]) -> tuple[Node, ...]:
    """All expressions of the numbers, each once: most products first, then fewest differences.

    That is roughly from the largest to the smallest value, so that a target tells where to begin,
    and an expression tells which one comes next.
    """
    found: dict[str, Node] = {}
    for tree in _all_trees([Node(number, str(number)) for number in numbers]):
        found.setdefault(_shape(tree), tree)
    return tuple(sorted(found.values(), key=_rank))


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
