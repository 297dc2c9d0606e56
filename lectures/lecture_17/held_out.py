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


@cache
def trained(split: str) -> Curve:
    """Five seeds trained on the split's training prompts."""
    return train([SETTING], SEEDS, SPLITS[split][0], every=20)[0]


def gap_rows() -> list[list[object]]:
    """How many prompts, and P(sorted) on both kinds after the last epoch, by split."""
    rows: list[list[object]] = []
    for name, (seen, unseen) in SPLITS.items():
        curve = trained(name)
        right = [float(curve.reward(-1, "exact", p).mean()) for p in (seen, unseen)]
        rows.append([name, len(seen), len(unseen), *(round(r, 2) for r in right)])
    return rows
