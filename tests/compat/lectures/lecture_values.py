"""A small lecture in the style of edtrace: values of several kinds, with every directive."""

from dataclasses import dataclass

from edtrace import text


@dataclass
class Node:
    name: str
    weight: float
    children: list


def main():
    counts = {"a": 1, "b": [2, 3]}  # @inspect counts
    word = "be" + "at"  # @inspect word
    half = 1 / 2  # @inspect half @inspect word
    leaf = Node("leaf", 0.25, [])
    root = Node("root", 0.75, [leaf])  # @inspect root root.name root.children
    squares = [n * n for n in range(4)]  # @inspect squares
    text("Half is shown."), text("And gone.")  # @clear half @animate
    secret = walk(root)  # @hide
    total = walk(root)  # @inspect total @stepover
    for child in root.children:  # @inspect child.weight
        weight = child.weight + 1  # @inspect weight
    deep = climb(2)  # @inspect deep
    text(f"Deep is {deep}.")


def walk(node):
    return node.weight + sum(walk(child) for child in node.children)


def climb(n):  # @inspect n
    if n == 0:
        return 0
    below = climb(n - 1)  # @inspect below
    return below + 1
