"""The leaderboard as a file that several students share: rows are added, none is lost.

`leaderboard.json` holds the rows, `leaderboard.md` beside it is made from them. Who writes holds a
lock on `leaderboard.json.lock`, reads what is there, adds and replaces the file at once.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

FORMAT = 1


class BoardError(Exception):
    """The file is no leaderboard; the message says what to do."""


@dataclass(frozen=True)
class Row:
    """One figure of one solution, with what it was measured on."""

    name: str
    assignment: str
    contest: str
    unit: str
    better: str
    value: float
    """Median of the student's."""
    course: float
    """Median of the course's implementation in the same call."""
    noise: float
    """Half of the spread of the student's values, as a share of the median."""
    repeats: int
    seconds: float
    seed: int
    text: str
    """`made up`, or the digest of the text that was given."""
    date: str
    """UTC."""
    machine: dict[str, Any]
    versions: dict[str, str]
    judge: str
    """Digest of the judge that found the solution right."""
    changed: list[str] = field(default_factory=list)
    """Files of the judge that are not the course's; such a row is listed and not ranked."""

    @property
    def ratio(self) -> float:
        """The figure as a multiple of the course's."""
        return self.value / self.course if self.course else float("nan")

    @property
    def conditions(self) -> tuple[str, float, int, str]:
        """Rows that differ here were measured under other conditions."""
        return self.contest, self.seconds, self.seed, self.text


def add(path: Path, rows: Sequence[Row]) -> list[Row]:
    """Add rows to the file and write the table beside it; gives all rows.

    Raises:
        BoardError: what is there is no leaderboard, and stays as it is; or no folder is there.
    """
    with _locked(path):
        everything = [*read(path), *rows]
        content = {"format": FORMAT, "rows": [asdict(row) for row in everything]}
        _replace(path, json.dumps(content, indent=1, ensure_ascii=False) + "\n")
        _replace(path.with_suffix(".md"), table(everything))
    return everything


def read(path: Path) -> list[Row]:
    """The rows of a file; none where there is no file. Raises BoardError."""
    if not path.parent.is_dir():
        raise BoardError(f"{path.parent} is no folder: create it, or give another --file")
    try:
        with path.open(encoding="utf-8") as file:
            content = json.load(file)
        if content["format"] != FORMAT:
            raise BoardError(f"{path}: written by another version (format {content['format']})")
        return [Row(**row) for row in content["rows"]]
    except FileNotFoundError:
        return []
    except (ValueError, TypeError, KeyError) as error:
        raise BoardError(
            f"{path} is no leaderboard ({error}): give another --file, or move it away"
        ) from None


def table(rows: Sequence[Row]) -> str:
    """The ranking as Markdown: of each name its best row under the same conditions."""
    parts = ["# Leaderboard\n"]
    for conditions in dict.fromkeys(row.conditions for row in rows):
        here = [row for row in rows if row.conditions == conditions]
        one = here[0]
        parts.append(
            f"\n## {plain(one.contest)}, {plain(one.unit)} ({one.better} is better)\n\n"
            f"{_conditions(one)}. Ranked by the ratio to "
            "the course's implementation, measured in the same call.\n\n"
            "| | name | figure | ratio | noise | machine | torch | date |\n"
            "|--:|---|--:|--:|--:|---|---|---|\n"
        )
        parts += [_line(str(place), row) for place, row in enumerate(ranked(here), start=1)]
        parts += [_line(f"changed judge: {', '.join(row.changed)}", row)
                  for row in here if row.changed]  # fmt: skip
    return "".join(parts)


def ranked(rows: Sequence[Row]) -> list[Row]:
    """The best row of each name, best first; rows of a changed judge are left out."""
    sign = -1 if rows and rows[0].better == "higher" else 1
    best: dict[str, Row] = {}
    for row in sorted(rows, key=lambda row: sign * row.ratio):
        if not row.changed and row.ratio == row.ratio:
            best.setdefault(row.name, row)
    return list(best.values())


def plain(text: str) -> str:
    """Text for a table's cell: one line, no markup."""
    text = re.sub(r"\s+", " ", "".join(c if c.isprintable() else " " for c in text)).strip()
    return re.sub(r"([\\`*_{}\[\]<>|#&!~])", r"\\\1", text)


def _conditions(row: Row) -> str:
    time = f"{row.seconds:g} s, " if row.seconds else ""
    return (
        f"{time}seed {row.seed}, {'input' if row.text == 'made up' else 'text'} {plain(row.text)}"
    )


def _line(place: str, row: Row) -> str:
    machine = f"{row.machine.get('processor', '?')}, {row.machine.get('cores', '?')} cores"
    if gpu := row.machine.get("gpu"):
        machine = f"{gpu}; {machine}"
    torch = row.versions.get("torch", "")
    cells = [
        plain(place), plain(row.name), f"{row.value:.4g}", f"{row.ratio:.2f}", f"±{row.noise:.0%}",
        plain(machine), plain(torch), plain(row.date[:10]),
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |\n"


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.with_name(f"{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _replace(path: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o664
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
