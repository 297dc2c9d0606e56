"""A coordinate check: how far the numbers inside a model move in its first steps, by width."""

from collections.abc import Sequence

import torch
from torch import Tensor

from lectures.lecture_11.facts import Facts
from lectures.lecture_11.parametrization import Rule
from lectures.lecture_11.stacked import Shape, Weights, forward
from lectures.lecture_11.training import Runs, Trainer

WATCHED = ("last hidden", "logits")


def moved(
    rule: Rule, width: int, facts: Facts, *, steps: int = 3, rate: float = 2.0**-6
) -> dict[str, float]:
    """Root mean square change of what is watched, on the same 64 tokens before and after steps.

    A Transformer of one layer, Adam, one sequence a step.
    """
    shape = Shape(width, layers=1, rule=rule)
    trainer = Trainer(Runs(shape, [rate], [0], batch=1), facts, torch.device("cpu"))
    ids = facts.batches(1, 1, torch.Generator().manual_seed(5))[:, :, :-1]
    before = _seen(trainer.state.weights, shape, ids)
    trainer.train(steps, lambda _: 1.0)
    after = _seen(trainer.state.weights, shape, ids)
    return {name: float((after[name] - before[name]).square().mean().sqrt()) for name in WATCHED}


def check(
    facts: Facts, widths: Sequence[int], rules: Sequence[Rule] = ("standard", "mup")
) -> list[dict[str, float | int | str]]:
    """The changes by rule and width, a row each."""
    return [
        {"rule": rule, "width": width, **moved(rule, width, facts)}
        for rule in rules
        for width in widths
    ]


def growth(rows: Sequence[dict[str, float | int | str]], rule: Rule, what: str) -> float:
    """The largest of a rule's changes over its smallest."""
    values = [float(row[what]) for row in rows if row["rule"] == rule]
    return max(values) / min(values)


def norm_of_signs(n: int, generator: torch.Generator) -> float:
    """Operator norm of the signs of an outer product of two random vectors of n entries."""
    column, row = (torch.randn(n, generator=generator) for _ in range(2))
    return float(torch.linalg.matrix_norm(torch.outer(column, row).sign(), 2))


@torch.no_grad()
def _seen(weights: Weights, shape: Shape, ids: Tensor) -> Weights:
    seen: Weights = {}
    forward(weights, shape, ids, seen)
    return {name: seen[name].clone() for name in WATCHED}
