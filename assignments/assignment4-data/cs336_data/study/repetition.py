"""How often a run reads the same words again: distinct 13-grams of what each variant is trained on.

python -m cs336_data.study.repetition --pool data/study
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from cs336_basics.support.command_line import exit_status
from numpy.typing import NDArray

from cs336_data.study.names import VARIANTS
from cs336_data.study.training import GPU, Pool

N = 13
OFTEN = 10
"""A 13-gram that a run reads more often than this counts as repeated often."""
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Repetition:
    """Of the 13-grams that a stream of ids consists of."""

    total: int
    distinct: int
    often: float
    """Share of the stream in 13-grams that it has more than `OFTEN` times."""


def repetition(ids: NDArray[np.uint16]) -> Repetition:
    """Count the 13-grams of `ids` (n,) by their 64-bit hashes; at least 13 ids."""
    total = len(ids) - N + 1
    if total < 1:
        raise ValueError(f"{len(ids)} ids: fewer than one {N}-gram")
    hashes = np.zeros(total, np.uint64)
    for k in range(N):
        hashes ^= ids[k : total + k].astype(np.uint64)
        hashes *= MULTIPLIER
        hashes ^= hashes >> np.uint64(29)
    _, counts = np.unique(hashes, return_counts=True)
    return Repetition(total, len(counts), float(counts[counts > OFTEN].sum() / total))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a table with a row for each variant."""
    parser = argparse.ArgumentParser(prog="python -m cs336_data.study.repetition")
    parser.add_argument("--pool", type=Path, required=True, help="made by cs336_data.study.pool")
    parser.add_argument("--tokens", type=int, default=GPU.tokens, help="that a run reads")
    options = parser.parse_args(arguments)

    def run() -> None:
        pool = Pool(options.pool)
        print(f"| | distinct {N}-grams of {options.tokens:,} | read more than {OFTEN} times |")
        print("|---|---|---|", flush=True)
        for variant in VARIANTS:
            found = repetition(pool.stream(variant, options.tokens, seed=1000))
            print(f"| {variant} | {found.distinct:,} | {found.often:.1%} |", flush=True)

    return exit_status(run)


if __name__ == "__main__":
    sys.exit(main())
