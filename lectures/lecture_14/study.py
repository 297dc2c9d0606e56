"""Assignment 4's study of what filtering does to a model, as far as it has been recorded."""

import json
from pathlib import Path
from typing import Any

from cs336_data.study.names import VARIANTS
from cs336_data.study.records import read_records
from cs336_data.study.report import HELD_OUT, differences
from cs336_data.study.statistics import Difference

from lectures.lecture_14.costs import RESULTS

FOLDER = RESULTS / "study_gpu"
SHOWN = (("e", "a"), ("b", "a"), ("d", "b"), ("e", "d"), ("f", "e"))
MEANING = {
    ("e", "a"): "filtered and deduplicated − raw",
    ("b", "a"): "English only − raw",
    ("d", "b"): "rules − English only",
    ("e", "d"): "deduplicated − rules",
    ("f", "e"): "with the classifier − without",
}
COLUMNS = ["training set", "unique tokens", "epochs", *HELD_OUT.values()]


def records(folder: Path = FOLDER) -> list[dict[str, Any]]:
    """Runs that were recorded; none where the study has not been run."""
    return read_records(folder / "records.jsonl")


def provenance(folder: Path = FOLDER) -> str:
    """Device, versions, date and size of the runs."""
    about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
    seeds = len({record["seed"] for record in records(folder)})
    return (
        f"{seeds} paired seeds of {about['tokens_a_run'] / 1e6:.1f} million tokens, "
        f"{about['device']}, torch {about['torch']}, {about['date']}, "
        "python -m cs336_data.study --pool data/study --output results/study_gpu"
    )


def found(folder: Path = FOLDER) -> dict[tuple[str, str, str], Difference]:
    """The differences that are shown, by (variant, other variant, held-out set)."""
    return {(d.one, d.another, d.held_out): d for d in differences(records(folder))}


def on_packages(all_found: dict[tuple[str, str, str], Difference]) -> list[Difference]:
    """The differences that are shown, on held-out packages."""
    return [all_found[one, other, "packages"] for one, other in SHOWN]


def rows(all_found: dict[tuple[str, str, str], Difference]) -> list[dict[str, object]]:
    """Rows of the figure: pair, held-out text, mean and interval over seeds."""
    return [
        {"pair": MEANING[one, other], "on": title, "mean": round(d.mean, 4),
         "low": round(d.low, 4), "high": round(d.high, 4)}
        for one, other in SHOWN
        for name, title in HELD_OUT.items()
        for d in [all_found[one, other, name]]
    ]  # fmt: skip


def losses(folder: Path = FOLDER) -> list[list[object]]:
    """Rows of a table: variant, unique tokens, epochs, mean losses."""
    table: list[list[object]] = []
    for name, title in VARIANTS.items():
        runs = [record for record in records(folder) if record["variant"] == name]
        means = [round(sum(r["loss"][h] for r in runs) / len(runs), 3) for h in HELD_OUT]
        table.append(
            [
                f"({name}) {title}",
                f"{runs[0]['unique_tokens'] / 1e6:.1f} M",
                round(runs[0]["epochs"], 2),
                *means,
            ]
        )
    return table
