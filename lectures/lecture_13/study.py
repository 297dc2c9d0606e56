"""Assignment 4's study of whether filtering helps: its records, one comparison at a time."""

import json
from pathlib import Path

from cs336_data.study.records import read_records
from cs336_data.study.statistics import paired_interval

FOLDER = Path(__file__).resolve().parents[2] / "assignments/assignment4-data/results/study_gpu"
VARIANTS = {
    "a": "raw",
    "b": "English only",
    "d": "English, all rules",
    "e": "all rules, no near duplicates",
}
STEPS = {
    "language": ("b", "a"),
    "rules": ("d", "b"),
    "deduplication after rules": ("e", "d"),
    "all three": ("e", "a"),
}
HELD_OUT = {"packages": "held-out packages", "jargon": "the Jargon File"}


def losses(variant: str, held_out: str) -> dict[int, float]:
    """Loss in nats a token of each seed."""
    runs = read_records(FOLDER / "records.jsonl")
    return {r["seed"]: r["loss"][held_out] for r in runs if r["variant"] == variant}


def differences(one: str, another: str, held_out: str) -> list[float]:
    """Loss of one variant minus that of another, seed by seed; below 0, the first is better."""
    first, second = losses(one, held_out), losses(another, held_out)
    return [round(first[seed] - second[seed], 4) for seed in sorted(first)]


def intervals() -> list[dict[str, object]]:
    """Mean and 95 % interval over seeds of every step, on both held-out sets."""
    rows: list[dict[str, object]] = []
    for step, (one, another) in STEPS.items():
        for key, name in HELD_OUT.items():
            mean, low, high = paired_interval(differences(one, another, key))
            rows.append({"step": step, "on": name, "mean": mean, "low": low, "high": high})
    return rows


def provenance() -> str:
    """Where the records come from: device, budget, seeds, date, command."""
    about = json.loads((FOLDER / "about.json").read_text(encoding="utf-8"))
    seeds = len(losses("a", "packages"))
    return (
        f"{about['tokens_a_run'] / 1e6:.1f} million tokens a run, {seeds} paired seeds, "
        f"{about['device']}, torch {about['torch']}, {about['date']}, "
        "`python -m cs336_data.study --pool data/study --output results/study_gpu`"
    )
