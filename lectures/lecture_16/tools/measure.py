"""Take the records of lecture 16, small policies on one thread of a CPU, three seeds each.

    python lectures/lecture_16/tools/measure.py --output lectures/lecture_16/records
    python lectures/lecture_16/tools/measure.py --output FOLDER --only holes --small     # a try

Writes FOLDER/holes.json (about four minutes) and FOLDER/frontiers.json (about fifteen), anew after
every run. Needs torch, numpy, jaxtyping and tqdm, nothing installed from this repository.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
for _folder in (ROOT, *sorted(ROOT.glob("assignments/assignment*-*"))):
    sys.path.insert(0, str(_folder))

import torch  # noqa: E402

from lectures.lecture_16 import frontiers, holes  # noqa: E402
from lectures.shared.measuring import keep, provenance  # noqa: E402

SEEDS = (0, 1, 2)
Run = dict[str, Any]


def hole_runs(seeds: tuple[int, ...], steps: tuple[int, ...]) -> Iterator[Run]:
    """Each grader and each seed."""
    for name in holes.ARMS:
        for seed in seeds:
            found = holes.trained_on(name, seed, steps)
            yield {
                "arm": name, "seed": seed, "letter": found.letter,
                "audits": [asdict(audit) for audit in found.audits],
            }  # fmt: skip


def frontier_runs(seeds: tuple[int, ...], steps: tuple[int, ...]) -> Iterator[Run]:
    """Each choice of problems and each seed."""
    for seed in seeds:
        for name, rows in frontiers.trained_by(seed, steps[-1]).items():
            yield {"arm": name, "seed": seed, "rows": rows}


STUDIES: dict[str, tuple[Callable[..., Iterator[Run]], tuple[int, ...]]] = {
    "holes": (hole_runs, holes.STEPS),
    "frontiers": (frontier_runs, (frontiers.STEPS,)),
}


def main() -> int:
    """Measure; exit code 2 for an unknown study."""
    parser = argparse.ArgumentParser(description="Take the records of lecture 16.")
    parser.add_argument("--output", type=Path, required=True, help="folder to write to")
    parser.add_argument("--only", help=f"one of {', '.join(STUDIES)}")
    parser.add_argument("--small", action="store_true", help="one seed, a few steps")
    options = parser.parse_args()
    if options.only and options.only not in STUDIES:
        print(f"measure.py: no study {options.only}; there are {', '.join(STUDIES)}",
              file=sys.stderr)  # fmt: skip
        return 2
    torch.set_num_threads(1)
    begin = time.monotonic()
    for name, (runs, steps) in STUDIES.items():
        if options.only not in (None, name):
            continue
        where = provenance(f"python lectures/lecture_16/tools/measure.py --only {name}")
        taken: list[Run] = []
        for run in runs(SEEDS[:1] if options.small else SEEDS, (0, 2) if options.small else steps):
            taken.append(run)
            keep(options.output / f"{name}.json", where | {"runs": taken})
            print(f"{name}: {run['arm']}, seed {run['seed']}, after "
                  f"{time.monotonic() - begin:.0f} s", flush=True)  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
