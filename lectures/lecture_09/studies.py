"""The real studies of assignment 3, as it recorded them."""

from functools import cache
from pathlib import Path
from typing import Any

from cs336_scaling.real_study.excess_fits import ExcessRun, at_budgets, excess_runs
from cs336_scaling.record_file import read_records

RESULTS = Path(__file__).resolve().parents[2] / "assignments/assignment3-scaling/results"
HELD_OUT = 1e15


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
