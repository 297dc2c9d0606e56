"""Pictures of the sweep and the ablations: python scripts/plot_results.py RUNS_FOLDER OUT_FOLDER"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

from cs336_basics.training.evaluation import known_floor
from cs336_basics.training.plotting import curve, plot_comparison, plot_sweep
from cs336_basics.training.run_files import RunFiles
from cs336_basics.training.run_log import LogRow, read_log

ABLATIONS = {
    "silu": "SiLU instead of SwiGLU",
    "nope": "NoPE",
    "post_norm": "post-norm",
    "no_norm": "no norm",
    "no_norm_low_rate": "no norm, lower rate",
}


def final_loss(rows: list[LogRow], iterations: int) -> float:
    """Validation loss of the last iteration; infinite when the run did not get there."""
    at, values = curve(rows, "valid_loss")
    return values[-1] if at and at[-1] == iterations else math.inf


def main() -> None:
    """Write sweep.png, sweep_curves.png and ablations.png, or print the best rate only."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--print-best", action="store_true")
    parser.add_argument("--floor", type=float, help="default: that of the runs")
    options = parser.parse_args()
    swept, losses, floor = {}, {}, 0.0
    for log in options.runs.glob("lr_*/log.jsonl"):
        rows, config = read_log(log), RunFiles(log.parent).read_config()
        rate, floor = config.optimizer.max_learning_rate, known_floor(config.data)
        swept[rate] = rows
        losses[rate] = final_loss(rows, config.training.iterations)
    if options.print_best:
        print(min(losses, key=lambda rate: losses[rate]))
        return
    floor = options.floor or floor
    iterations = max(curve(rows, "train_loss")[0][-1] for rows in swept.values())
    parameters = sum(p.numel() for p in config.model.build("meta").parameters())
    title = f"{parameters / 1e6:.2f}M parameters, {iterations:,} iterations"
    plot_sweep(losses, options.out / "sweep.png", title=title, floor=floor)
    curves = {f"{rate:g}": swept[rate] for rate in sorted(swept)}
    plot_comparison(
        curves, options.out / "sweep_curves.png", title=title, floor=floor,
        legend_title="maximum learning rate",
    )  # fmt: skip
    if not (options.runs / "silu").exists():
        return
    rate = RunFiles(options.runs / "silu").read_config().optimizer.max_learning_rate
    compared = {f"baseline, rate {rate:g}": swept[rate]}
    for name, label in ABLATIONS.items():
        log = options.runs / name / "log.jsonl"
        compared[label] = read_log(log) if log.exists() else []
    plot_comparison(compared, options.out / "ablations.png", title=title, floor=floor)


if __name__ == "__main__":
    main()
