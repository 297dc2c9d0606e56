"""Assignment 5's recorded runs on sorting, as far as this lecture shows them."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from statistics import fmean

from cs336_alignment.reports.runs import Results, Run

from lectures.lecture_17.figures.estimates import coloured
from lectures.shared.charts import Spec, axis

RESULTS = Path(__file__).resolve().parents[2] / "assignments/assignment5-alignment/results"
LARGE = (7, 8, 9, 10)
"""Sizes that supervised training did not see, and at which it is right once in a thousand."""
ON_POLICY = {
    "no_baseline": "raw",
    "baseline": "centred",
    "grpo": "GRPO",
    "maxrl": "MaxRL",
    "rft": "RFT",
}
OFF_POLICY = {
    "off_policy_4": "4 steps a batch, clip 0.2",
    "gspo": "4 steps a batch, GSPO",
    "off_policy_4_epochs_2": "8 steps a batch, clip 0.2",
    "off_policy_4_epochs_2_no_clip": "8 steps a batch, no clip",
}
COLUMNS = ["recipe", "sizes 7–10, %", "seeds 0, 1, 2", "updates, mean"]


@cache
def results() -> Results:
    """Everything that assignment 5 keeps."""
    return Results.read(RESULTS)


def seeds_of(recipe: str) -> list[Run]:
    """The three runs of an ablation."""
    return results().of("sort", f"ablation_{recipe}")


def final(recipe: str) -> float:
    """Greedy accuracy on the large sizes in the end, mean of seeds."""
    return fmean(run.accuracy(*LARGE) for run in seeds_of(recipe))


def within(recipe: str, rollouts: float) -> list[float]:
    """The same of each seed at its last evaluation within so many rollouts."""
    return [run.accuracy(*LARGE, at=run.last_within(rollouts)) for run in seeds_of(recipe)]


def halfway(rollouts: float) -> dict[str, list[float]]:
    """That of all recipes."""
    return {name: [round(x, 3) for x in within(name, rollouts)] for name in ON_POLICY | OFF_POLICY}


def rows(recipes: Mapping[str, str]) -> list[list[object]]:
    """A row for each recipe, as percentages."""
    made: list[list[object]] = []
    for recipe, name in recipes.items():
        runs = seeds_of(recipe)
        each = " / ".join(f"{100 * run.accuracy(*LARGE):.1f}" for run in runs)
        updates = fmean(run.total("updates") for run in runs)
        made.append([name, round(100 * final(recipe), 1), each, round(updates)])
    return made


def repeats(rollouts: float) -> list[tuple[str, float, float]]:
    """Recipes that were run twice with the same seed: name, and accuracy of both at equal data."""
    found = []
    for pair in results().repeats("sort"):
        name = str(pair[0].record["run"])
        if name.startswith("ablation_"):
            first, second = (r.accuracy(*LARGE, at=r.last_within(rollouts)) for r in pair)
            found.append((f"{name.removeprefix('ablation_')}, seed {pair[0].seed}", first, second))
    return found


def entropy(recipe: str) -> tuple[float, float]:
    """Entropy of a token in nats, first and last logged, mean of seeds."""
    logs = [run.record["log"]["entropy"] for run in seeds_of(recipe)]
    return fmean(log[0] for log in logs), fmean(log[-1] for log in logs)


def provenance() -> str:
    """Devices, versions and date of these runs."""
    found = [run.record for recipe in ON_POLICY | OFF_POLICY for run in seeds_of(recipe)]
    devices = sorted({str(record["device"]) for record in found})
    first = found[0]
    return (
        f"{len(found)} runs of 60 s on {' and '.join(devices)}, most of them sharing the card, "
        f"torch {first['torch']}, {first['date']}, scripts/gpu_results.py --only ablations"
    )


def recipe_curves(recipes: Mapping[str, str]) -> Spec:
    """Accuracy on the large sizes against rollouts: every seed a line, names at one end."""
    lines: list[dict[str, object]] = []
    names: Sequence[str] = list(recipes.values())
    for recipe, name in recipes.items():
        for run in seeds_of(recipe):
            lines += [
                {
                    "rollouts": rollouts / 1000,
                    "accuracy": round(100 * accuracy, 1),
                    "what": name,
                    "run": f"{name} {run.seed}",
                }
                for rollouts, accuracy in zip(
                    run.series("rollouts"), run.accuracies(LARGE), strict=True
                )
            ]
    x = axis("rollouts", "answers drawn, thousands", domain=[0, 800])
    y = axis("accuracy", "sizes 7–10 right, %", domain=[0, 100])
    colour = coloured("what", names) | {"legend": {"title": None, "orient": "bottom"}}
    return {
        "title": "Assignment 5: sorting 7 to 10 digits, three seeds of each recipe",
        "data": {"values": lines},
        "mark": {"type": "line", "clip": True},
        "encoding": {"x": x, "y": y, "color": colour, "detail": {"field": "run"}},
        "height": 270,
    }
