"""Small live runs: learning rates by width, and schedules that share a trunk."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from lectures.lecture_11.facts import Facts
from lectures.lecture_11.parametrization import Rule
from lectures.lecture_11.schedules import cosine, linear_to_zero, steps_saved
from lectures.lecture_11.stacked import Shape
from lectures.lecture_11.training import Runs, Trainer, trained

LAST = 10  # steps that a final loss is averaged over


def final_losses(
    rule: Rule, width: int, rates: Sequence[float], facts: Facts, steps: int = 60
) -> list[float]:
    """Training loss at the end of runs with these peak rates: one layer, two sequences a step."""
    runs = Runs(Shape(width, layers=1, rule=rule), rates, [0], batch=2)
    end = trained(runs, steps, linear_to_zero(steps, 5), facts)
    return [round(value, 4) for value in torch.stack(end.state.curve[-LAST:]).mean(0).tolist()]


@dataclass(frozen=True)
class Branched:
    """Excess after runs of several lengths, with a cosine for each and with branches of a trunk.

    Attributes:
        steps: taken by all cosines, and by trunk and branches together.
        trunk, tails: losses of the trunk, and those of each branch with the step where it begins.
    """

    cosine: dict[int, float]
    wsd: dict[int, float]
    steps: tuple[int, int]
    trunk: list[float]
    tails: dict[int, tuple[int, list[float]]]


def branched(facts: Facts, lengths: Sequence[int], rate: float, decay: float = 0.2) -> Branched:
    """Train a Transformer of one layer, 32 wide, once for each length and once with branches."""
    runs = Runs(Shape(32, layers=1), [rate], [0], batch=4)
    cosines = {n: float(trained(runs, n, cosine(n, 10), facts).excess()[0, 0]) for n in lengths}
    trainer, found = Trainer(runs, facts, torch.device("cpu")), dict[int, float]()
    tails: dict[int, tuple[int, list[float]]] = {}
    for n in sorted(lengths):
        found |= {n: float(trainer.branches([n], 10, decay)[n][0, 0])}
        start = trainer.state.step
        tails[n] = (start, [float(loss[0]) for loss in trainer.last_branch])
    trunk = [float(loss[0]) for loss in trainer.state.curve]
    return Branched(cosines, found, steps_saved(list(lengths), decay), trunk, tails)


def momentum(facts: Facts, width: int = 64, steps: int = 20) -> torch.Tensor:
    """The momentum (width, 4 width) of a layer's first matrix after a few steps of Muon."""
    runs = Runs(Shape(width, layers=1), [0.03], [0], batch=2, adam_rate=2.0**-6)
    end = trained(runs, steps, lambda _: 1.0, facts)
    return end.state.first["0.up"][0]
