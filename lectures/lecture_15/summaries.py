"""Rows of the records as tables for the page: means over the seeds, with their range where it
matters."""

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from lectures.lecture_15 import records

Rows = Sequence[Mapping[str, Any]]
Grouped = dict[tuple[Any, ...], list[Mapping[str, Any]]]


def span(values: Sequence[float], digits: int = 2) -> str:
    """Mean and range: 1.20 (1.10 to 1.31)."""
    low, high = f"{min(values):.{digits}f}", f"{max(values):.{digits}f}"
    return f"{fmean(values):.{digits}f} ({low} to {high})"


def grouped(rows: Rows, *keys: str) -> Grouped:
    """Rows by the values of some keys, in order of appearance."""
    found: Grouped = {}
    for row in rows:
        found.setdefault(tuple(row[key] for key in keys), []).append(row)
    return found


def mask_rows(rows: Rows) -> list[list[Any]]:
    """For each mask: % right and % that never end."""
    masks = [row for row in rows if row["slip"] == "mask"]
    return [
        [name, *(span([100 * row[kind] for row in group], 0) for kind in ("right", "endless"))]
        for (name,), group in grouped(masks, "trained").items()
    ]


def bos_rows(rows: Rows) -> list[list[Any]]:
    """For each form in training: % right for each form in use."""
    forms = [row for row in rows if row["slip"] == "bos"]
    return [
        [name, *(span([100 * row["asked"][how] for row in group], 0) for how in group[0]["asked"])]
        for (name,), group in grouped(forms, "trained").items()
    ]


def made_up(rows: Rows, more: str, dose: int, who: str, steps: int) -> list[float]:
    """Share of wrong answers about a group, by seed."""
    return [
        row[f"about the {who}"]["wrong"]
        for row in rows
        if (row["more"], row["dose"], row["steps"]) == (more, dose, steps)
    ]


def at_best(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """The point of the best-of-n curve that the reader likes best."""
    best: Mapping[str, Any] = max(row["best_of_n"], key=lambda point: point["gold"])
    return best


def reward_rows(rows: Rows) -> list[list[Any]]:
    """For each reader and number of pairs: agreement, best gold and where, gold at the end."""
    return [
        [
            reader,
            pairs,
            span([100 * row["agreement"] for row in group], 1),
            span([at_best(row)["gold"] for row in group]),
            " / ".join(str(at_best(row)["n"]) for row in group),
            span([row["best_of_n"][-1]["gold"] for row in group]),
        ]
        for (reader, pairs), group in grouped(rows, "reader", "pairs").items()
    ]


def ppo_rows(rows: Rows) -> list[list[Any]]:
    """For each choice of parts: reward, gold, KL and entropy in the end."""
    return [
        [name, *(span([row["looks"][-1][key] for row in group])
                 for key in ("proxy", "gold", "kl", "entropy"))]
        for (name,), group in grouped(rows, "parts").items()
    ]  # fmt: skip


def dpo_rows(rows: Rows) -> list[list[Any]]:
    """For each reader and objective: log-probabilities of the pairs, gold, KL and length."""
    return [
        [
            reader,
            objective,
            *(
                span([row["looks"][-1][key] for row in group], digits)
                for key, digits in (
                    ("chosen", 1), ("rejected", 1), ("gold", 2), ("kl", 2), ("words", 1),
                )
            ),
        ]
        for (reader, objective), group in grouped(rows, "reader", "objective").items()
    ]  # fmt: skip


MADE_UP = (("none", 0), ("known", 192), ("unknown", 192))
"""More facts of which kind, and how many, in the arms that the text compares."""
REWARDS = (("careful", 300), ("careful", 20_000), ("hasty", 20_000))
"""Readers and numbers of comparisons that the text compares."""
ARMS = (
    "all parts", "no critic", "no penalty", "no clip", "16 steps a batch", "16 steps, no clip",
)  # fmt: skip
"""PPO's parts that the text compares."""


def rows(study: str) -> Rows:
    """The rows of a study on record; none where it was not measured."""
    found = records.load(study)
    return found["rows"] if found else []


def made_up_means(more: str, dose: int, steps: int = 200) -> dict[str, float]:
    """Mean share of wrong answers about the known and the unknown."""
    return {
        who: fmean(made_up(rows("made_up"), more, dose, who, steps)) for who in ("known", "unknown")
    }


def gold_at_end(reader: str, pairs: int) -> float:
    """What the careful reader thinks of best of 65,536, mean over the seeds."""
    group = grouped(rows("rewards"), "reader", "pairs")[reader, pairs]
    return fmean(row["best_of_n"][-1]["gold"] for row in group)


def peaks(reader: str, pairs: int) -> list[float]:
    """The most that the careful reader thinks of any best of n, for each seed."""
    group = grouped(rows("rewards"), "reader", "pairs")[reader, pairs]
    return [at_best(row)["gold"] for row in group]


def ppo_gold(reader: str, pairs: int) -> tuple[float, float]:
    """Of PPO on such a reward model: the best gold of a run, and the last; means over seeds."""
    group = grouped(rows("rewards"), "reader", "pairs")[reader, pairs]
    best = fmean(max(look["gold"] for look in row["ppo"]) for row in group)
    return best, fmean(row["ppo"][-1]["gold"] for row in group)


def at_end(study: str, key: str, **which: Any) -> float:
    """Mean over the seeds of one number at the last look, of the rows that match."""
    found = [r for r in rows(study) if all(r[name] == value for name, value in which.items())]
    return fmean(row["looks"][-1][key] for row in found)
