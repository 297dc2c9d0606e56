"""The real studies of assignment 3, as it recorded them."""

from functools import cache
from pathlib import Path
from typing import Any

from cs336_scaling.isoflops import fit_power_law
from cs336_scaling.real_study.excess_fits import (
    ExcessRun,
    at_budgets,
    excess_runs,
    parametric_known,
    valleys,
)
from cs336_scaling.record_file import read_records
from cs336_scaling.scoring.score import Score

RESULTS = Path(__file__).resolve().parents[2] / "assignments/assignment3-scaling/results"
HELD_OUT = 1e15
SLOPE_COLUMNS = ["α", "share of wrong answers", "budgets", "measured slope", "theory"]


@cache
def records(source: str, alpha: float = 0.5, noise: float = 0.0) -> tuple[dict[str, Any], ...]:
    """The recorded runs of `zipf` or `stories`."""
    path = RESULTS / source / "records.jsonl"
    rows = [r for r in read_records(path) if (r["alpha"], r["noise"]) == (alpha, noise)]
    if not rows:
        raise ValueError(f"{path}: no runs with alpha {alpha} and noise {noise}")
    return tuple(rows)


def runs(source: str, alpha: float = 0.5, noise: float = 0.0) -> list[ExcessRun]:
    """Their excess over the entropy, averaged over seeds."""
    return excess_runs(records(source, alpha, noise))


def up_to(source: str, budget: float) -> list[ExcessRun]:
    """The runs that a fit may see."""
    found = runs(source)
    return at_budgets(found, [run.compute_budget for run in found if run.compute_budget <= budget])


def slopes(source: str) -> list[list[float]]:
    """Slopes of the best excess against compute, and what theory expects, for each variant."""
    rows = []
    for alpha, noise in ((0.5, 0.0), (0.5, 0.1), (1.0, 0.0)):
        bottoms = valleys(runs(source, alpha, noise))
        law = fit_power_law([v.compute_budget for v in bottoms], [v.excess for v in bottoms])
        theory = -alpha / (2 + alpha)
        rows.append([alpha, noise, len(bottoms), round(law.exponent, 3), round(theory, 3)])
    return rows


def other_windows(source: str) -> list[float]:
    """Relative error of the excess predicted by the joint law in two other windows of budgets."""
    errors = []
    for low, high, target in ((1e12, 1e13, 1e14), (1e13, 1e14, 1e15)):
        everything = runs(source)
        window = [run for run in everything if low <= run.compute_budget <= high]
        truth = valleys([run for run in everything if run.compute_budget == target])[0].excess
        found = parametric_known(window, entropy(source), target).excess
        errors.append(found / truth - 1)
    return errors


def coverage(family: int) -> tuple[float, int]:
    """How often the frozen planner's 95 % interval held the truth, and in how many worlds."""
    path = RESULTS / f"scores/reported_family{family}_planner.jsonl"
    covered = [Score(*row).covered for row in read_records(path)]
    if not covered:
        raise ValueError(f"{path}: no worlds were scored")
    return sum(covered) / len(covered), len(covered)


def entropy(source: str, alpha: float = 0.5) -> float:
    """Exact, in nats a token."""
    return float(records(source, alpha)[0]["entropy"])


def provenance(source: str) -> str:
    """Device, versions, date and command of a study."""
    first = records(source)[0]
    return (
        f"{first['device']}, torch {first['torch']}, {first['date']}, "
        f"scripts/gpu_study.py --source {source}"
    )


def curves(source: str) -> list[dict[str, Any]]:
    """Training loss above the entropy against tokens, of the longest run of each size."""
    longest: dict[int, dict[str, Any]] = {}
    for record in records(source):
        n = record["parameters"]
        if record["curve"] and (n not in longest or record["tokens"] > longest[n]["tokens"]):
            longest[n] = record
    return [
        {
            "parameters": n,
            "tokens": step * record["tokens"] / record["steps"],
            "excess": loss - record["entropy"],
        }
        for n, record in sorted(longest.items())
        for step, loss in record["curve"]
        if loss > record["entropy"]
    ]
