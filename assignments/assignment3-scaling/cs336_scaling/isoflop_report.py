"""Three ways to read one IsoFLOP set, side by side, and how far two of them are off.

    python -m cs336_scaling.isoflop_report runs.json          (or without a file: a made set)

The parametric fit is the yardstick where its residuals say that the set follows its law: on a set
without noise it is then exact, and what the other two differ by is their bias.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from cs336_basics.support.command_line import exit_status

from cs336_scaling.bootstrap import Interval, optimum_interval
from cs336_scaling.chinchilla import ParametricLaw, approach_3
from cs336_scaling.isoflop_sets import make_isoflop_set
from cs336_scaling.isoflops import (
    IsoflopFit,
    TrainingRun,
    by_budget,
    finite_runs,
    fit_isoflops,
    load_isoflops_runs,
)

TARGETS = (1e23, 1e24)


def main(arguments: list[str] | None = None) -> int:
    """Run `python -m cs336_scaling.isoflop_report`; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m cs336_scaling.isoflop_report",
                                     description=(__doc__ or "").splitlines()[0])  # fmt: skip
    parser.add_argument("runs", type=Path, nargs="?", help="JSON file; default: a made set")
    parser.add_argument("--draws", type=int, default=200, help="bootstrap draws (default 200)")
    options = parser.parse_args(arguments)
    return exit_status(lambda: print(report(_runs(options.runs), options.draws)))


def _runs(path: Path | None) -> list[TrainingRun]:
    return make_isoflop_set() if path is None else load_isoflops_runs(path)


def report(runs: Sequence[TrainingRun], draws: int = 200) -> str:
    """The comparison as text."""
    runs = finite_runs(runs)
    law = approach_3(runs)
    residual = np.log([r.final_loss for r in runs]) - np.log(
        law.predict([r.parameters for r in runs], [r.tokens for r in runs])
    )
    rms = float(np.sqrt(np.mean(residual**2)))
    heads = "".join(f"{f'N at {c:.0e}':>14}{'off':>9}" for c in TARGETS)
    lines = [
        f"{len(runs)} runs at {len(by_budget(runs))} budgets",
        f"parametric: L = {law.entropy:.5g} + {law.n_factor:.5g}/N^{law.n_exponent:.5g}"
        f" + {law.d_factor:.5g}/D^{law.d_exponent:.5g}; residuals of ln L {rms:.1e} rms",
        "",
        f"{'method':<12}{'N exponent':>11}{heads}",
    ]
    for method in ("min", "quadratic"):
        fit = fit_isoflops(runs, method)
        lines.append(_row(method, fit, law))
    exponent = law.d_exponent / (law.n_exponent + law.d_exponent)
    lines.append(f"{'parametric':<12}{exponent:>11.4f}"
                 + "".join(f"{law.optimum(c)[0]:>14.4g}{'':>9}" for c in TARGETS))  # fmt: skip
    for c in TARGETS:
        lines.append(_interval(c, optimum_interval(runs, c, draws)))
    return "\n".join([*lines, "", *_reasons(runs, law)])


def _row(method: str, fit: IsoflopFit, law: ParametricLaw) -> str:
    cells = []
    for c in TARGETS:
        n = fit.predict(c)[0]
        cells.append(f"{n:>14.4g}{100 * (n / law.optimum(c)[0] - 1):>+7.1f} %")
    return f"{method:<12}{fit.parameters_law.exponent:>11.4f}" + "".join(cells)


def _interval(budget: float, interval: Interval) -> str:
    return (
        f"N at {budget:.0e}: 95 % interval {interval.low:.3g} to {interval.high:.3g} "
        f"(sampling {100 * interval.sampling:.1f} %, form {100 * interval.model:.1f} %)"
    )


def _reasons(runs: Sequence[TrainingRun], law: ParametricLaw) -> list[str]:
    """What in the grid makes the simple methods wrong."""
    groups = by_budget(runs)
    sizes = {c: sorted(run.parameters for run in group) for c, group in groups.items()}
    step = float(np.median([n[i + 1] / n[i] for n in sizes.values() for i in range(len(n) - 1)]))
    offsets = [math.sqrt(n[0]) * math.sqrt(n[-1]) / law.optimum(c)[0] for c, n in sizes.items()]
    width = float(np.median([n[-1] / n[0] for n in sizes.values()]))
    return [
        f"min: the best run is the grid point next to the optimum, and neighbours are {step:.2f} x "
        "apart;",
        f"  its distance to the optimum drifts with the grid's centre, from {offsets[0]:.2f} to "
        f"{offsets[-1]:.2f} times the best N.",
        f"quadratic: over a grid {width:.0f} x wide the loss is no parabola in ln N; with alpha "
        f"{law.n_exponent:.2f}",
        f"  and beta {law.d_exponent:.2f} it leans, and off the centre the vertex moves.",
    ]


if __name__ == "__main__":
    sys.exit(main())
