"""Take the records of lecture 11.

    python lectures/lecture_11/tools/measure.py --output FOLDER [--only NAME] [--seconds S]
    python lectures/lecture_11/tools/measure.py --output FOLDER --again
    python lectures/lecture_11/tools/measure.py --output FOLDER --small --device cpu     # a try

Runs from a bare checkout: needs torch and numpy. Writes FOLDER/STUDY.json as runs end; FOLDER is
`lectures/lecture_11/records` for what the lecture shows. Between `ladder` and `target` it writes
FOLDER/forecast.json, and never a second time into the same folder. Seven minutes on an H100, and
two for the second session, whose plan is in `records/forecast_again.json`.
"""

import argparse
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
for _folder in (ROOT, *sorted(ROOT.glob("assignments/assignment*-*"))):
    sys.path.insert(0, str(_folder))

import torch  # noqa: E402

from lectures.lecture_11.forecast import forecast  # noqa: E402
from lectures.lecture_11.stacked import Shape  # noqa: E402
from lectures.lecture_11.studies import (  # noqa: E402
    FORECAST_BATCH,
    LATER,
    STUDIES,
    TARGET_STEPS,
    TARGET_WIDTHS,
    Place,
    Row,
    place,
)
from lectures.shared.measuring import keep, provenance  # noqa: E402

FORECAST = "forecast.json"


def take(name: str, at: Place, output: Path, command: str, begin: float) -> list[Row]:
    """All runs of a study; the file is written anew as they come."""
    rows: list[Row] = []
    where = provenance(command)
    if at.device.type == "cuda":
        where["versions"]["products"] = "TF32"
    last, started = time.monotonic(), time.monotonic()
    for row in STUDIES[name](at):
        rows.append(row)
        if time.monotonic() - last > 0.2:
            last = time.monotonic()
            print(f"{last - begin:6.1f} s  {name}: {row}", flush=True)
            keep(output / f"{name}.json", _content(where, rows, last - started))
    keep(output / f"{name}.json", _content(where, rows, time.monotonic() - started))
    return rows


def write_forecast(ladder: list[Row], output: Path) -> None:
    """Say what `target` will give, before it is trained; a forecast that stands is left alone."""
    path = output / FORECAST
    if path.exists():
        return
    goals = [
        (Shape(width).parameters, steps * FORECAST_BATCH * Shape(width).context)
        for width in TARGET_WIDTHS
        for steps in TARGET_STEPS
    ]
    now = datetime.now(UTC).isoformat(timespec="seconds")
    keep(path, {"written": now} | forecast(ladder, goals))
    print(f"forecast written to {path} at {now}", flush=True)


def main() -> int:
    """Measure; exit code 1 if a study failed, 2 without a GPU, 3 where time ran out."""
    parser = argparse.ArgumentParser(description="Take the records of lecture 11.")
    parser.add_argument("--output", type=Path, required=True, help="folder to write to")
    parser.add_argument("--only", choices=list(STUDIES), help="one study")
    parser.add_argument("--again", action="store_true", help="the studies of the second session")
    parser.add_argument("--device", default="cuda", choices=["cuda", "cpu"])
    parser.add_argument("--seconds", type=float, default=600, help="start no study after these")
    parser.add_argument("--small", action="store_true", help="a few steps of each")
    options = parser.parse_args()
    if options.device == "cuda" and not torch.cuda.is_available():
        print("measure.py: no GPU that torch can use; try it with --small --device cpu",
              file=sys.stderr)  # fmt: skip
        return 2
    torch.backends.cuda.matmul.allow_tf32 = True
    if options.device == "cpu":
        torch.set_num_threads(1)
    command = "python lectures/lecture_11/tools/measure.py" + " --again" * options.again
    failed = 0
    begin, at = time.monotonic(), place(options.device, options.small)
    first = [name for name in STUDIES if name not in LATER or options.small]
    for name in [options.only] if options.only else LATER if options.again else first:
        if time.monotonic() - begin > options.seconds:
            print(f"measure.py: no time for {name}", file=sys.stderr)
            return 3
        try:
            rows = take(name, at, options.output, command, begin)
        except RuntimeError as error:  # such as a GPU whose memory does not suffice for one study
            print(f"measure.py: {name}: {error}", file=sys.stderr)
            failed = 1
            continue
        if name == "ladder":
            write_forecast(rows, options.output)
    print(f"{time.monotonic() - begin:.0f} s in all")
    return failed


def _content(where: Row, rows: list[Row], seconds: float) -> Row:
    """Rows as columns, a fifth of the bytes."""
    columns = {key: [row[key] for row in rows] for key in rows[0]} if rows else {}
    return {"provenance": where, "seconds": round(seconds, 1), "columns": columns}


if __name__ == "__main__":
    sys.exit(main())
