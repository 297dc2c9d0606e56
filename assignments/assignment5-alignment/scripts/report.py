"""Collect finished runs into results/, draw the figures, write the tables of the README.

    python scripts/report.py collect RUNS --round 3 --date 2026-11-27
    python scripts/report.py write
    python scripts/report.py check

RUNS is a folder EXPERIMENT/seedN/RUN, or the results.tar.gz that `gpu_results.py` leaves. A later
round counts instead of an earlier one; both stay. `check` fails where the README does not say what
the results say.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from cs336_alignment.reports.collect import collect, store
from cs336_alignment.reports.figures import draw_all
from cs336_alignment.reports.readme import fill
from cs336_alignment.reports.runs import Results
from cs336_alignment.reports.tables import TABLES
from cs336_alignment.training.commands import exit_status
from cs336_basics.config import ConfigError
from cs336_basics.support.whole_file import whole_file

FOLDER = Path(__file__).resolve().parent.parent


def main() -> int:
    """Run the chosen step; returns the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    steps = parser.add_subparsers(dest="step", required=True)
    collecting = steps.add_parser("collect", help="keep what finished runs left")
    collecting.add_argument("runs", type=Path)
    collecting.add_argument("--round", type=int, required=True, help="1, 2, …: a later one counts")
    collecting.add_argument("--date", required=True, help="YYYY-MM-DD")
    for name, text in (("write", "figures and tables"), ("check", "compare the README's tables")):
        steps.add_parser(name, help=text)
    for step in steps.choices.values():
        step.add_argument("--results", type=Path, default=FOLDER / "results")
        step.add_argument("--readme", type=Path, default=FOLDER / "README.md")
    options = parser.parse_args()
    if options.step == "collect":
        return exit_status(lambda: _collect(options))
    return exit_status(lambda: _write(options.results, options.readme, options.step == "check"))


def _collect(options: argparse.Namespace) -> None:
    records = collect(options.runs, round_number=options.round, date=options.date)
    for path in store(records, options.results / "runs"):
        print(f"{path}: {path.stat().st_size / 1e3:.0f} kB")


def _write(folder: Path, readme: Path, check: bool) -> None:
    results = Results.read(folder)
    old = readme.read_text(encoding="utf-8")
    new = fill(old, {name: table(results) for name, table in TABLES.items()})
    if check:
        if new != old:
            raise ConfigError(f"{readme} is not what the results say; run report.py write")
        return
    for path in draw_all(results, folder):
        print(f"{path}: {path.stat().st_size / 1e3:.0f} kB")
    with whole_file(readme) as file:
        file.write(new.encode())


if __name__ == "__main__":
    sys.exit(main())
