"""One step of five optimizers, one line an equation: a gradient in, a change of the weight out.

`m` and `v` are what a rule remembers between steps; each rule uses what it needs of them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import sqrt

EPS = 1e-8


@dataclass
class Memory:
    """What is kept for one weight: running mean m, running square v, steps so far t."""

    m: float = 0.0
    v: float = 0.0
    t: int = 0


Rule = Callable[[float, Memory], float]


def sgd(g: float, kept: Memory, lr: float = 0.01) -> float:
    """-lr g."""
    return -lr * g


def momentum(g: float, kept: Memory, lr: float = 0.01, beta: float = 0.9) -> float:
    """m = beta m + g; -lr m (Polyak 1964)."""
    kept.m = beta * kept.m + g
    return -lr * kept.m


def adagrad(g: float, kept: Memory, lr: float = 0.01) -> float:
    """v = v + g^2; -lr g / sqrt(v) (Duchi et al. 2011)."""
    kept.v = kept.v + g**2
    return -lr * g / (sqrt(kept.v) + EPS)


def rmsprop(g: float, kept: Memory, lr: float = 0.01, alpha: float = 0.99) -> float:
    """v = alpha v + (1 - alpha) g^2; -lr g / sqrt(v) (Tieleman and Hinton 2012)."""
    kept.v = alpha * kept.v + (1 - alpha) * g**2
    return -lr * g / (sqrt(kept.v) + EPS)


def adam(
    g: float, kept: Memory, lr: float = 0.01, betas: tuple[float, float] = (0.9, 0.999)
) -> float:
    """Both means, corrected for having begun at zero (Kingma and Ba 2014, algorithm 1)."""
    kept.t += 1
    kept.m = betas[0] * kept.m + (1 - betas[0]) * g
    kept.v = betas[1] * kept.v + (1 - betas[1]) * g**2
    m = kept.m / (1 - betas[0] ** kept.t)
    v = kept.v / (1 - betas[1] ** kept.t)
    return -lr * m / (sqrt(v) + EPS)


RULES: dict[str, Rule] = {
    "SGD": sgd, "momentum": momentum, "AdaGrad": adagrad, "RMSProp": rmsprop, "Adam": adam,
}  # fmt: skip


def changes(rule: Rule, gradients: Iterable[float]) -> list[float]:
    """What the rule changes at each step."""
    kept = Memory()
    return [rule(g, kept) for g in gradients]


TABLE = r"""
| | remembers | change of the weight |
|---|---|---|
| SGD | nothing | $-\eta g$ |
| momentum | $m \leftarrow \beta m + g$ | $-\eta m$ |
| AdaGrad | $v \leftarrow v + g^2$ | $-\eta g / \sqrt{v}$ |
| RMSProp | $v \leftarrow \alpha v + (1-\alpha) g^2$ | $-\eta g / \sqrt{v}$ |
| Adam | $m$, $v$: running means of $g$ and $g^2$ | $-\eta \hat m / \sqrt{\hat v}$ |
| AdamW | the same | Adam's, and $-\eta \lambda w$, outside of $m$ and $v$ |
"""
"""The rules of `RULES` and AdamW as equations, in Markdown."""

COMPARED = ["rule", "first, g = 0.01", "first, g = 1", "50th, g = 0.01", "50th, g = 1"]
"""Columns of `comparison(0.01, 1, 50)`: changes of a weight at a learning rate of 0.01."""


def comparison(small: float, large: float, steps: int) -> list[list[str]]:
    """For each rule: first and last of `steps` changes for two constant gradients."""
    rows = []
    for name, rule in RULES.items():
        of_small, of_large = (changes(rule, [g] * steps) for g in (small, large))
        shown = [of_small[0], of_large[0], of_small[-1], of_large[-1]]
        rows.append([name, *(f"{change:.4f}" for change in shown)])
    return rows
