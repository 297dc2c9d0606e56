"""Take the records of lecture 15: three seeds on one GPU, five on the cores beside it.

    python lectures/lecture_15/tools/measure.py --output FOLDER [--only people|rewards|ppo|dpo]
    python lectures/lecture_15/tools/measure.py --output FOLDER --small     # a try, on any machine

Runs from a bare checkout: needs torch, numpy, jaxtyping, regex and tqdm. Every study and seed is
a process of its own; FOLDER/STUDY.json is written whenever one of them is done. FOLDER is
`lectures/lecture_15/records` for what the lecture shows. About two minutes with one H100 and
sixteen cores.
"""

import argparse
import os
import sys
import time
import traceback
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
for _folder in (ROOT, *sorted(ROOT.glob("assignments/assignment*-*"))):
    sys.path.insert(0, str(_folder))

import torch  # noqa: E402

from lectures.lecture_15 import studies  # noqa: E402
from lectures.shared import measuring  # noqa: E402


def one(name: str, seed: int, small: bool, device: str) -> dict[str, list[studies.Row]]:
    """A study with one seed, in a process of its own."""
    torch.set_num_threads(1)
    scale = studies.SMALL if small else studies.Scale()
    return studies.STUDIES[name](seed, scale, device)


def main(arguments: list[str] | None = None) -> int:
    """Measure; exit code 1 where a study failed, 2 where there is none of that name."""
    parser = argparse.ArgumentParser(description="Take the records of lecture 15.")
    parser.add_argument("--output", type=Path, required=True, help="folder to write to")
    parser.add_argument("--only", help=f"one of {', '.join(studies.STUDIES)}")
    parser.add_argument("--small", action="store_true", help="a few steps of each, on any device")
    options = parser.parse_args(arguments)
    if options.only and options.only not in studies.STUDIES:
        print(f"measure.py: no study {options.only}; there are {', '.join(studies.STUDIES)}",
              file=sys.stderr)  # fmt: skip
        return 2
    where = measuring.provenance("python lectures/lecture_15/tools/measure.py --output FOLDER")
    gpu = "cuda" if torch.cuda.is_available() else "cpu"
    jobs = [
        (name, seed, gpu if name in studies.ON_GPU else "cpu")
        for name in studies.STUDIES
        if options.only in (None, name)
        for seed in range(1 if options.small else studies.SEEDS[name])
    ]
    workers = min(len(jobs), max(1, (os.cpu_count() or 1) - 1))
    failed, kept = 0, {}  # type: ignore[var-annotated]
    begin = time.monotonic()
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        running = {
            pool.submit(one, name, seed, options.small, device): (name, seed, device)
            for name, seed, device in jobs
        }
        for future in as_completed(running):
            name, seed, device = running[future]
            took = time.monotonic() - begin
            try:
                found = future.result()
            except Exception:
                failed += 1
                print(f"{name}, seed {seed}: failed after {took:.0f} s", file=sys.stderr)
                traceback.print_exc()
                continue
            for file, rows in found.items():
                of = where if device == "cuda" else measuring.of_the_host(where)
                keep(options.output / f"{file}.json", of, kept.setdefault(file, []), rows)
            print(f"{name}, seed {seed}: done after {took:.0f} s", flush=True)
    print(f"{time.monotonic() - begin:.0f} s in all, {workers} processes")
    return 1 if failed else 0


def keep(path: Path, where: Any, kept: list[studies.Row], rows: list[studies.Row]) -> None:
    """Add the rows of a seed to a study's file."""
    kept.extend(rows)
    kept.sort(key=lambda row: row["seed"])
    path.parent.mkdir(parents=True, exist_ok=True)
    seeds = len({row["seed"] for row in kept})
    measuring.keep(path, {"provenance": where, "seeds": seeds, "rows": kept})


if __name__ == "__main__":
    sys.exit(main())
