"""Prompts that no training sees: single orders of numbers, or all orders of a set of numbers."""

from dataclasses import replace
from functools import cache

from torch import Tensor

from lectures.lecture_17.settings import GRPO
from lectures.lecture_17.task import held_out_orders, held_out_sets
from lectures.lecture_17.training import Curve, train

SEEDS = 5
SETTING = replace(GRPO, name="exact + entropy, 0.05", reward="exact", entropy=0.05, epochs=200)
SPLITS: dict[str, tuple[Tensor, Tensor]] = {
    "orders held out": held_out_orders(),
    "sets held out": held_out_sets([(0, 2, 3), (1, 2, 4), (0, 1, 4)]),
}

HELD_OUT = {name: prompts for name, (_, prompts) in SPLITS.items()}
COLUMNS = ["held out", "trained", "held-out prompts", "P(sorted), trained", "P(sorted), held out"]


@cache
def trained(split: str) -> Curve:
    """Five seeds trained on the split's training prompts."""
    return train([SETTING], SEEDS, SPLITS[split][0], every=20)[0]


def all_trained() -> dict[str, Curve]:
    """The curve of every split."""
    return {name: trained(name) for name in SPLITS}


def shares() -> list[list[float]]:
    """P(sorted) after the last epoch on training and on held-out prompts, by split."""
    return [
        [round(float(trained(name).reward(-1, "exact", p).mean()), 2) for p in prompts]
        for name, prompts in SPLITS.items()
    ]


def gap_rows() -> list[list[object]]:
    """The same with the numbers of prompts."""
    rows = zip(SPLITS.items(), shares(), strict=True)
    return [[name, len(seen), len(unseen), *right] for (name, (seen, unseen)), right in rows]
