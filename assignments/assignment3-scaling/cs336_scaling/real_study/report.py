"""What the records of a real study say: tables, intervals, plots.

    python -m cs336_scaling.real_study.report results/zipf_small --held-out 1e12

Reads records.jsonl of a folder; writes report.md and isoflop.png beside it. Records of another
exponent or noise are reported apart.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from cs336_basics.support.command_line import exit_status
from matplotlib.figure import Figure

from cs336_scaling.chinchilla import FitError
from cs336_scaling.real_study.excess_fits import (
    METHODS,
    ExcessRun,
    at_budgets,
    excess_interval,
    excess_runs,
    fit_excess_law,
    predict_all,
    valleys,
)
from cs336_scaling.record_file import read_records

matplotlib.use("Agg")

WINDOW = 3  # budgets fitted at once
SAME = 1.35  # a budget this near to ten times another is ten times it


def main(arguments: list[str] | None = None) -> int:
    """Run `python -m cs336_scaling.real_study.report`; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m cs336_scaling.real_study.report",
                                     description=(__doc__ or "").splitlines()[0])  # fmt: skip
    parser.add_argument("folder", type=Path, help="folder with records.jsonl")
    parser.add_argument("--held-out", type=float, required=True, help="budget to predict, FLOPs")
    options = parser.parse_args(arguments)
    return exit_status(lambda: write_reports(options.folder, options.held_out))


def short(count: float) -> str:
    """A number of parameters for a table.

    >>> short(27_776), short(2_211_840)
    ('27.8k', '2.21M')
    """
    return f"{count / 1e6:.3g}M" if count >= 1e6 else f"{count / 1e3:.3g}k"


def write_reports(folder: Path, held_out: float) -> None:
    """A section and a plot for each source among the records."""
    records = read_records(folder / "records.jsonl")
    if not records:
        raise ValueError(f"{folder / 'records.jsonl'} has no records; run scripts/gpu_study.py")
    sections = []
    for alpha, noise in sorted({(r["alpha"], r["noise"]) for r in records}):
        part = [r for r in records if (r["alpha"], r["noise"]) == (alpha, noise)]
        name = f"isoflop_alpha{alpha:g}_noise{noise:g}.png"
        title = f"## {part[0]['source']}, alpha {alpha:g}, noise {noise:g}"
        picture = f"![excess against parameters]({name})"
        sections.append(f"{title}\n\n{picture}\n\n{section(part, held_out)}")
        isoflop_figure(excess_runs(part), part[0]["source"]).savefig(folder / name, dpi=90)
        if part[0]["source"] == "stories":
            curve_figure(part).savefig(folder / "curves.png", dpi=90)
            sections.append("![training loss against tokens](curves.png)\n")
    counts = Counter(f"{r['device']}, torch {r['torch']}, {r['date']}" for r in records)
    devices = "; ".join(f"{count} on {device}" for device, count in counts.most_common())
    seconds = sum(r["seconds"] for r in records)
    head = (f"# Real study\n\n{len(records)} runs, {sum(r['tokens'] for r in records):.3g} tokens, "
            f"{seconds:.0f} s of runs that shared a device; {devices}.\n\n")  # fmt: skip
    (folder / "report.md").write_text(head + "\n".join(sections), encoding="utf-8")
    print(f"{folder / 'report.md'}: {len(records)} records")


def section(records: list[dict[str, Any]], held_out: float) -> str:
    """The tables of one source."""
    runs, entropy = excess_runs(records), records[0]["entropy"]
    text = [f"Entropy, exact: {entropy:.6f} nats a token.\n", valley_table(runs)]
    for window, target in windows(runs, held_out):
        text.append(window_table(runs, window, target, entropy))
    spread = seed_spread(records)
    if spread is not None:
        text.append(f"Seeds of one configuration differ by {100 * spread:.1f} % of the excess.\n")
    return "\n".join(text)


def windows(runs: Sequence[ExcessRun], held_out: float) -> list[tuple[tuple[float, ...], float]]:
    """All budgets below the held-out one, then every three neighbours with ten times their last."""
    budgets = sorted({run.compute_budget for run in runs})
    below = tuple(c for c in budgets if c < held_out)
    found = [(below, held_out)] if held_out in budgets and len(below) >= WINDOW else []
    for i in range(len(budgets) - WINDOW + 1):
        window = tuple(budgets[i : i + WINDOW])
        for target in budgets:
            if 10 / SAME < target / window[-1] < 10 * SAME and (window, target) not in found:
                found.append((window, target))
    return found


def valley_table(runs: Sequence[ExcessRun]) -> str:
    """Excess by size and budget, and the valley of each budget."""
    sizes = sorted({run.parameters for run in runs})
    value = {(run.compute_budget, run.parameters): run.excess for run in runs}
    lines = ["| C | " + " | ".join(short(n) for n in sizes)
             + " | best N, within 3 % | D/N |", "|---" * (len(sizes) + 3) + "|"]  # fmt: skip
    for valley in valleys(runs):
        c = valley.compute_budget
        cells = [f"{value[c, n]:.4f}" if (c, n) in value else "" for n in sizes]
        flat = f"{short(valley.parameters)}, {short(valley.low)} to {short(valley.high)}"
        ratio = c / 6 / valley.parameters**2
        lines.append(f"| {c:.0e} | " + " | ".join(cells) + f" | {flat} | {ratio:.0f} |")
    return "\n".join(lines) + "\n"


def window_table(
    runs: Sequence[ExcessRun], window: tuple[float, ...], target: float, entropy: float
) -> str:
    """Errors of every method for one window, in percent of the excess and of the loss."""
    fitted, truth = at_budgets(runs, window), valleys(at_budgets(runs, (target,)))[0].excess
    lines = [
        f"**{window[0]:.0e} to {window[-1]:.0e}, predicted {target:.0e}** "
        f"(excess there {truth:.4f})\n",
        "| method | excess | error of the excess | of the loss | E |",
        "|---|---|---|---|---|",
    ]
    for method, answer in zip(METHODS, predict_all(fitted, entropy, target), strict=True):
        if isinstance(answer, FitError):
            lines.append(f"| {method.__name__} | {answer} | | | |")
            continue
        error = answer.excess - truth
        lines.append(
            f"| {answer.method} | {answer.excess:.4f} | {100 * error / truth:+.1f} % "
            f"| {100 * error / (truth + entropy):+.2f} % | {answer.entropy:.4f} |"
        )
    return "\n".join([*lines, "", interval_line(fitted, target, truth)])


def interval_line(runs: Sequence[ExcessRun], target: float, truth: float) -> str:
    """The interval of the parametric fit with E known, and whether it holds the truth."""
    try:
        interval, law = excess_interval(runs, target), fit_excess_law(runs)
    except FitError as error:
        return f"No interval: {error}.\n"
    inside = "holds" if interval.low <= truth <= interval.high else "misses"
    return (
        f"95 % interval of the excess {interval.low:.4f} to {interval.high:.4f}: {inside} the "
        f"truth (sampling {100 * interval.sampling_spread:.1f} %, model "
        f"{100 * interval.model_spread:.1f} %). Exponents: N {law.n_exponent:.3f}, "
        f"D {law.d_exponent:.3f}; best N at the target {law.optimum(target)[0]:,.0f}.\n"
    )


def seed_spread(records: Sequence[dict[str, Any]]) -> float | None:
    """Standard deviation of ln excess over seeds of one configuration; None without repeats."""
    groups: dict[tuple[float, int], list[float]] = {}
    for record in records:
        if record["excess"]:
            key = (record["train_flops"], record["parameters"])
            groups.setdefault(key, []).append(float(np.log(record["excess"])))
    repeated = [group for group in groups.values() if len(group) > 1]
    if not repeated:
        return None
    squares = sum(float(np.var(group)) * len(group) for group in repeated)
    return float(np.sqrt(squares / sum(len(group) - 1 for group in repeated)))


def isoflop_figure(runs: Sequence[ExcessRun], source: str) -> Figure:
    """Excess against N at each budget, and the valleys against compute."""
    figure = Figure(figsize=(10, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    budgets = sorted({run.compute_budget for run in runs})
    colours = matplotlib.colormaps["viridis"](np.linspace(0, 0.9, len(budgets)))
    for colour, budget in zip(colours, budgets, strict=True):
        group = [run for run in runs if run.compute_budget == budget]
        left.plot([r.parameters for r in group], [r.excess for r in group], "o-", ms=4, lw=1,
                  color=colour, label=f"{budget:.0e}")  # fmt: skip
    left.set(xscale="log", yscale="log", xlabel="parameters N",
             ylabel="loss - entropy (nats a token)", title=source)  # fmt: skip
    left.legend(title="FLOPs", fontsize=8)
    points = valleys(runs)
    right.plot([p.compute_budget for p in points], [p.excess for p in points], "o", color="C3")
    slope, level = np.polyfit(np.log([p.compute_budget for p in points]),
                              np.log([p.excess for p in points]), 1)  # fmt: skip
    line = np.array([points[0].compute_budget, points[-1].compute_budget])
    right.plot(line, np.exp(level) * line**slope, color="0.6", lw=1, label=f"C^{slope:.3f}")
    right.set(xscale="log", yscale="log", xlabel="compute C (FLOPs)", title="best excess")
    right.legend()
    return figure


def curve_figure(records: Sequence[dict[str, Any]]) -> Figure:
    """Training loss above the entropy against tokens seen: plateaus and drops are no power law."""
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.add_subplot()
    sizes = sorted({record["parameters"] for record in records})
    colours = matplotlib.colormaps["viridis"](np.linspace(0, 0.9, len(sizes)))
    for record in sorted(records, key=lambda r: (r["parameters"], r["tokens"])):
        if record["curve"]:
            steps, losses = zip(*record["curve"], strict=True)
            seen = np.array(steps) * record["tokens"] / record["steps"]
            size = sizes.index(record["parameters"])
            axes.plot(seen, np.array(losses) - record["entropy"], lw=1, color=colours[size],
                      label=f"{record['parameters'] / 1e6:.2g}M")  # fmt: skip
    axes.set(xscale="log", yscale="log", xlabel="tokens seen",
             ylabel="training loss - entropy (nats a token)")  # fmt: skip
    handles, labels = axes.get_legend_handles_labels()
    unique = dict(zip(labels, handles, strict=True))
    axes.legend(unique.values(), unique.keys(), title="N", fontsize=8)
    return figure


if __name__ == "__main__":
    sys.exit(main())
