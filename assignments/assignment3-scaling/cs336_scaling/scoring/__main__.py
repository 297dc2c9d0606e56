"""Score the planner and its rivals over hidden worlds.

    python -m cs336_scaling.scoring tuned  --output results/scores     (seeds 0 to 399)
    python -m cs336_scaling.scoring reported --output results/scores   (50,000 to 50,399: run once)

Each world's score is written as it comes, so a run that is stopped goes on where it was.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import astuple
from multiprocessing import get_context
from pathlib import Path

from cs336_basics.support.command_line import exit_status

from cs336_scaling.record_file import append_record, read_records
from cs336_scaling.scoring.baselines import STRATEGIES
from cs336_scaling.scoring.score import WORLDS, Score, coverage_error, score_task, summarise

# A world's matrices are small: two processes whose BLAS has two threads each take twenty times as
# long on two cores. Read when a process of the pool imports NumPy.
ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
SEEDS = {"tuned": range(400), "reported": range(50_000, 50_400), "suite": range(20)}


def main(arguments: list[str] | None = None) -> int:
    """Run `python -m cs336_scaling.scoring`; return the exit status."""
    return exit_status(lambda: _run(_parser().parse_args(arguments)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m cs336_scaling.scoring",
                                     description=(__doc__ or "").splitlines()[0])  # fmt: skip
    parser.add_argument("seeds", choices=sorted(SEEDS), help="which hidden worlds")
    parser.add_argument("--output", type=Path, required=True, help="folder for the scores")
    parser.add_argument("--families", nargs="+", choices=sorted(WORLDS), default=["1", "2"])
    parser.add_argument("--strategies", nargs="+", choices=list(STRATEGIES), default=["planner"])
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=1e9, help="stop after this time")
    return parser


def _run(options: argparse.Namespace) -> None:
    options.output.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    for family in options.families:
        for strategy in options.strategies:
            path = options.output / f"{options.seeds}_family{family}_{strategy}.jsonl"
            known = {score.seed for score in read_scores(path)}
            todo = [(family, s, strategy) for s in SEEDS[options.seeds] if s not in known]
            for score in _scores(todo, options.processes):
                append_record(path, astuple(_rounded(score)))
                if time.monotonic() - started > options.seconds:
                    break
            print(row(family, strategy, read_scores(path)), flush=True)
    print(f"{time.monotonic() - started:.0f} s", flush=True)


def _scores(todo: list[tuple[str, int, str]], processes: int) -> Iterator[Score]:
    if todo:
        os.environ.update(ONE_THREAD)
        with get_context("spawn").Pool(processes) as pool:
            yield from pool.imap(score_task, todo, chunksize=4)


def read_scores(path: Path) -> list[Score]:
    """The scores in a file, which may not exist or end in an unfinished line."""
    return [Score(*values) for values in read_records(path)]


def row(family: str, strategy: str, scores: list[Score]) -> str:
    """One line of the table."""
    if not scores:
        return f"family {family}  {strategy:8}  no scores"
    s = summarise(scores)
    pairs = [f"{100 * a:5.2f} /{100 * b:6.2f} %" for a, b in (s.loss_error, s.size_error, s.regret)]
    coverage = f"{100 * s.coverage:.1f} ± {100 * coverage_error(s.coverage, s.worlds):.1f} %"
    return (
        f"family {family}  {strategy:8} {s.worlds} worlds  loss {pairs[0]}  N {pairs[1]}  "
        f"regret {pairs[2]}  covered {coverage}  width {100 * s.width:.2f} %"
    )


def _rounded(score: Score) -> Score:
    seed, *values = astuple(score)
    return Score(seed, *(v if isinstance(v, bool) else round(v, 6) for v in values))


if __name__ == "__main__":
    sys.exit(main())
