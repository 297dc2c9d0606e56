"""IsoFLOP sets made from a known law, to see what a fit makes of them.

python -m cs336_scaling.isoflop_sets runs.json --noise 0.002 --seed 1
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from cs336_basics.support.command_line import exit_status
from cs336_basics.support.whole_file import whole_file

from cs336_scaling.chinchilla import ParametricLaw
from cs336_scaling.isoflops import TrainingRun

DEFAULT_LAW = ParametricLaw(2.69, 1606.4, 3210.7, 0.34, 0.36)
DEFAULT_BUDGETS = (6e18, 1e19, 3e19, 6e19, 1e20, 3e20, 6e20, 1e21, 3e21)


@dataclass(frozen=True)
class GridShape:
    """Which sizes are tried at each budget.

    Attributes:
        runs: sizes a budget, evenly spaced in ln N.
        width: the largest size over the smallest.
        offset: the middle of the sizes over the best size; other than 1 the grid is off centre.
    """

    runs: int = 8
    width: float = 30.0
    offset: float = 1.0


def make_isoflop_set(
    law: ParametricLaw = DEFAULT_LAW,
    budgets: Sequence[float] = DEFAULT_BUDGETS,
    grid: GridShape = GridShape(),
    noise: float = 0.0,
    seed: int = 0,
) -> list[TrainingRun]:
    """Runs on a law; `noise` is the standard deviation of ln loss."""
    rng = np.random.default_rng(seed)
    steps = np.linspace(-0.5, 0.5, grid.runs) if grid.runs > 1 else np.zeros(1)
    runs = []
    for budget in budgets:
        middle = law.optimum(budget)[0] * grid.offset
        for size in middle * grid.width**steps:
            n = max(1, round(float(size)))
            loss = law.predict(n, budget / (6 * n)) * np.exp(noise * rng.standard_normal())
            runs.append(TrainingRun(n, float(budget), float(loss)))
    return runs


def main(arguments: list[str] | None = None) -> int:
    """Run `python -m cs336_scaling.isoflop_sets`; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m cs336_scaling.isoflop_sets",
                                     description=(__doc__ or "").splitlines()[0])  # fmt: skip
    parser.add_argument("output", type=Path, help="JSON file to write")
    parser.add_argument("--noise", type=float, default=0.0, help="standard deviation of ln loss")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--runs", type=int, default=8, help="sizes a budget")
    parser.add_argument("--width", type=float, default=30.0, help="largest over smallest size")
    parser.add_argument("--offset", type=float, default=1.0, help="middle over best size")
    return exit_status(lambda: _write(parser.parse_args(arguments)))


def _write(options: argparse.Namespace) -> None:
    grid = GridShape(options.runs, options.width, options.offset)
    runs = make_isoflop_set(grid=grid, noise=options.noise, seed=options.seed)
    rows = [
        {"parameters": r.parameters, "compute_budget": r.compute_budget, "final_loss": r.final_loss}
        for r in runs
    ]
    with whole_file(options.output) as file:
        file.write((json.dumps(rows, indent=1) + "\n").encode())
    print(f"{options.output}: {len(runs)} runs")


if __name__ == "__main__":
    sys.exit(main())
