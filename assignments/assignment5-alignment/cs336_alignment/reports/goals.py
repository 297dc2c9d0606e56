"""The table of goals: what was asked of each stage, and what three seeds reached."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

from cs336_alignment.reports.cells import (
    COUNTDOWN,
    DPO_NAMES,
    EXPERT,
    NEITHER,
    SFT_SIZES,
    Measure,
    accuracy_of,
    best_countdown,
    best_expert,
    countdown_runs,
    markdown_table,
    pass_of,
    percent,
    seeds_and_mean,
    total_of,
)
from cs336_alignment.reports.runs import Results, Run


@dataclass(frozen=True)
class Goal:
    """A row of the table of goals: a measure of runs, where it starts and what it has to reach."""

    what: str
    goal: str
    prototype: str
    measure: Measure
    runs: Sequence[Run]
    at_least: float
    start: Measure | None = None
    """Of the same runs before their first update."""
    at_most: float = 1.0
    """Of the start: a goal that was nearly reached before training would say nothing."""

    def row(self) -> list[str]:
        """What was asked, what a prototype gave, what was measured, and whether that is enough."""
        shown = seeds_and_mean(self.runs, self.measure, percent)
        if self.start:
            shown = f"{seeds_and_mean(self.runs, self.start, percent)} → {shown}"
        return [self.what, self.goal, self.prototype, shown, "yes" if self.met() else "**no**"]

    def met(self) -> bool:
        """By the means over seeds."""
        begin = fmean(map(self.start, self.runs)) if self.start else 0.0
        return begin <= self.at_most and fmean(map(self.measure, self.runs)) >= self.at_least


def goals(results: Results) -> str:
    """One row for each goal whose runs are there."""
    rows = [goal.row() for goal in all_goals(results) if goal.runs]
    return markdown_table(["what", "goal, %", "prototype, %", "measured, %", "met"], rows)


def all_goals(results: Results) -> Iterator[Goal]:
    """The goals in the order of the stages; those of missing runs have no `runs`."""
    yield from sort_goals(results)
    yield from countdown_goals(results)
    yield Goal("`sort` on a CPU, ≤ 600 CPU seconds with SFT: size 7", "≤ 10 → ≥ 75", "7 → 65",
               accuracy_of(7), results.of("sort_cpu", "grpo"), 0.75, accuracy_of(7, at=0),
               0.10)  # fmt: skip
    best = best_expert(results)
    yield Goal(f"expert iteration, best of 3 rates ({best.removeprefix(EXPERT)}), 180 s: size 8",
               "no collapse", "65–76", accuracy_of(8), results.of("sort", best), 0.65)  # fmt: skip
    yield from dpo_goals(results)


def sort_goals(results: Results) -> Iterator[Goal]:
    """What GRPO reaches on sizes of RL, of neither and of SFT, by how far the frontier may go."""
    grpo = results.of("sort", "grpo")
    for size, prototype in ((7, "0.8 → 92.6"), (8, "0 → 89")):
        yield Goal(f"`sort`, GRPO 180 s: size {size}, not in SFT", "≤ 10 → ≥ 92", prototype,
                   accuracy_of(size), grpo, 0.92, accuracy_of(size, at=0), 0.10)  # fmt: skip
    frontiers = (("grpo", 10, NEITHER), ("grpo_to_12", 12, (13, 14)))
    for name, largest, neither in frontiers:
        for size in neither:
            yield Goal(f"size {size}, in neither SFT nor RL (up to {largest})", "≥ 40", "10–76",
                       accuracy_of(size), results.of("sort", name), 0.40)  # fmt: skip
    yield Goal("sizes 2–4 of SFT, after RL", "≥ 95", "92–98", accuracy_of(*SFT_SIZES), grpo, 0.95)


def countdown_goals(results: Results) -> Iterator[Goal]:
    """The best form and rate, by greedy answers and by answers sampled as in training."""
    form, rate = best_countdown(results)
    count = sum(bool(countdown_runs(results, *tried)[1]) for tried in COUNTDOWN)
    sft, runs = countdown_runs(results, form, rate)
    start = {run.seed: run.pass_at(1, 3) for run in sft}
    title = f"`countdown`, 3 numbers, 180 s; best of {count}: `{form}`, {rate}"
    goal, prototype = "≤ 32 → ≥ 60", "31 → 57"
    yield Goal(f"{title}; greedy", goal, prototype, accuracy_of(3), runs, 0.60,
               accuracy_of(3, at=0), 0.32)  # fmt: skip
    yield Goal(f"{title}; sampled", goal, "–", pass_of(1, 3), runs, 0.60,
               lambda run: start[run.seed], 0.32)  # fmt: skip


def dpo_goals(results: Results) -> Iterator[Goal]:
    """What DPO prefers, and that no size falls below what SFT had reached."""
    runs = next((r for name in DPO_NAMES if (r := results.of("sort", name))), [])
    yield Goal("DPO + NLL: held-out pairs preferred (SFT: see below)", "≥ 80", "–",
               total_of("held_out_preferred"), runs, 0.80)  # fmt: skip
    for sizes, title in ((SFT_SIZES, "2–4"), ((5, 6, 7, 8), "5–8")):
        before = fmean(run.accuracy(*sizes, at=0) for run in runs) if runs else 0.0
        yield Goal(f"DPO + NLL: sizes {title}", "not below SFT's", "–", accuracy_of(*sizes),
                   runs, before, accuracy_of(*sizes, at=0))  # fmt: skip
