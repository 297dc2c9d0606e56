"""The log of a run: one JSON object per line while it trains, exported as CSV for spreadsheets."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TypedDict


class LogRow(TypedDict, total=False):
    """One line of the log. Rows of an evaluation hold `valid_loss`, the others the rest."""

    iteration: int
    """Iterations finished."""
    train_loss: float
    """Mean over the iterations since the previous row, nats per token."""
    valid_loss: float
    """Over the whole validation set, nats per token."""
    learning_rate: float
    gradient_norm: float
    """Mean norm before clipping since the previous row."""
    tokens_per_second: float
    mfu: float | None
    """Share of the device's peak FLOP/s; None when that is not known."""
    seconds: float
    """Training time so far without evaluation, samples and checkpoints."""


class RunLog:
    """Appends rows to `log.jsonl`; a crash loses no finished row."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)

    def append(self, row: LogRow) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")

    def cut_after(self, iteration: int) -> None:
        """Drop rows of iterations that a resumed run is about to repeat, and a torn last line."""
        rows = read_log(self._path) if self._path.exists() else []
        kept = [row for row in rows if row["iteration"] <= iteration]
        temporary = self._path.with_suffix(".tmp")
        temporary.write_text("".join(json.dumps(row) + "\n" for row in kept), encoding="utf-8")
        temporary.replace(self._path)


def read_log(path: str | Path) -> list[LogRow]:
    """All complete rows of a log file; a line torn by a crash ends the list."""
    rows: list[LogRow] = []
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        try:
            rows.append(json.loads(line))
        except json.JSONDecodeError:
            break
    return rows


def export_csv(log: str | Path, out: str | Path) -> None:
    """Write the rows of a JSONL log as CSV with one column per field."""
    columns = list(LogRow.__annotations__)
    with Path(out).open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(dict(row) for row in read_log(log))
