"""Train and evaluate the two classifiers of `toxicity.py`, and write their weights.

python -m cs336_data.models.train_toxicity python -m cs336_data.models.train_toxicity --jigsaw
train.csv   # with real comments, if you have them
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from cs336_basics.support.command_line import exit_status

from cs336_data.models.linear import FOLDER, Model, train
from cs336_data.models.templates import Example, Task, examples

UNKNOWN = -0.9  # log odds of a text of unknown words: most language was never seen in training
JIGSAW = {"toxic": ("toxic", "severe_toxic", "threat", "insult"), "nsfw": ("obscene",)}


def train_classifier(task: Task, more: Sequence[Example] = (), count: int = 12_000) -> Model:
    """A model trained on templates and `more`, with a fixed answer for unknown words."""
    chosen = [*examples(task, "train", count, seed=1), *more]
    about = {
        "task": task,
        "command": "python -m cs336_data.models.train_toxicity",
        "trained_on": f"{count} sentences of templates, {len(more)} of a corpus",
    }
    return train(
        [e.text for e in chosen], [int(e.positive) for e in chosen], "characters",
        buckets=1 << 16, epochs=4, unknown=UNKNOWN, about=about,
    )  # fmt: skip


def evaluate(model: Model, task: Task, seed: int = 3) -> dict[str, float]:
    """Balanced accuracy, recall and false alarms on frames and words that were not trained on."""
    rows = list(examples(task, "test", 2_000, seed))
    said = [model.probability(row.text) >= 0.5 for row in rows]
    positives = sum(row.positive for row in rows)
    hits = sum(s and row.positive for s, row in zip(said, rows, strict=True))
    alarms = sum(s and not row.positive for s, row in zip(said, rows, strict=True))
    recall, false = hits / positives, alarms / (len(rows) - positives)
    return {
        "balanced_accuracy": round((recall + 1 - false) / 2, 4),
        "recall": round(recall, 4),
        "false_alarms": round(false, 4),
    }


def read_jigsaw(path: Path, task: Task) -> list[Example]:
    """Comments of Jigsaw's CSV file (comment_text and columns of 0 and 1)."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        needed = {"comment_text", *JIGSAW[task]}
        if not needed <= set(rows.fieldnames or ()):
            raise ValueError(f"{path} lacks columns of Jigsaw's set: {sorted(needed)}")
        return [
            Example(row["comment_text"], any(row[name] == "1" for name in JIGSAW[task]))
            for row in rows
        ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Train both, print what they do, write their files; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m cs336_data.models.train_toxicity",
        description=(__doc__ or "").split("\n")[0],
    )
    parser.add_argument("--jigsaw", type=Path, help="train.csv of Jigsaw's toxic comments")
    parser.add_argument("--output", type=Path, default=FOLDER, help="folder for the weights")
    options = parser.parse_args(arguments)

    def run() -> None:
        tasks: tuple[Task, ...] = ("toxic", "nsfw")
        for task in tasks:
            more = read_jigsaw(options.jigsaw, task) if options.jigsaw else []
            model = train_classifier(task, more)
            measured = evaluate(model, task)
            model.about["measured"] = measured
            model.save(options.output / f"{task}.npz")
            print(f"{options.output / task}.npz: {json.dumps(measured)}")

    return exit_status(run)


if __name__ == "__main__":
    sys.exit(main())
