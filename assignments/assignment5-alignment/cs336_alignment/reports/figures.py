"""The figures of the README, from the records of runs: every seed is drawn, means never alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from statistics import fmean
from typing import Any

import matplotlib

matplotlib.use("Agg")  # files only, no display
import matplotlib.pyplot as plt
from cs336_basics.support.whole_file import whole_file
from PIL import Image

from cs336_alignment.reports import cells
from cs336_alignment.reports.runs import Results, Run

GREY, BLUE, ORANGE, RED, GREEN, VIOLET = (
    "#777777", "#4477aa", "#dd8833", "#cc3355", "#228855", "#8855aa",
)  # fmt: skip
EXPERT_COLOURS = ("#e6bb3c", ORANGE, "#7a3300")
DPI, COLOURS = 90, 48


def sort_sizes(results: Results) -> Any:
    """Accuracy by size after each stage, with what each stage has seen."""
    figure, axis = plt.subplots(figsize=(8.5, 4.2))
    best = cells.best_expert(results)
    rate = best.removeprefix(cells.EXPERT)
    shown = (
        ("SFT", "sft", GREY, "o"),
        ("GRPO", "grpo", BLUE, "s"),
        ("GRPO, trained to size 12", "grpo_to_12", VIOLET, "D"),
        (f"expert iteration, {rate}", best, ORANGE, "^"),
        ("DPO + NLL", "dpo_replay", GREEN, "v"),
    )
    for title, name, colour, marker in shown:
        for index, run in enumerate(results.of("sort", name)):
            accuracy = [100 * run.accuracy(size) for size in run.sizes]
            axis.plot(run.sizes, accuracy, color=colour, marker=marker, markersize=4, linewidth=1,
                      alpha=0.8, label=title if index == 0 else None)  # fmt: skip
    run = results.of("sort", "sft")[0]
    chance = [100 * run.chance(size) for size in run.sizes]
    axis.plot(run.sizes, chance, color="black", linestyle=":", linewidth=1, label="chance")
    parts = (("SFT and RL", cells.SFT_SIZES), ("RL only", cells.RL_SIZES),
             ("neither", cells.NEITHER))  # fmt: skip
    for index, (title, sizes) in enumerate(parts):
        left, right = sizes[0] - 0.5, sizes[-1] + 0.5
        axis.axvspan(left, right, color="black", alpha=0.07 * (index % 2), linewidth=0)
        axis.text((left + right) / 2, 105, title, ha="center", fontsize=9)
    axis.set(xlabel="digits to sort", ylabel="held-out problems solved, %", xticks=run.sizes,
             xlim=(1.5, 14.5), ylim=(-2, 112))  # fmt: skip
    axis.legend(fontsize=8, loc="center", bbox_to_anchor=(0.62, 0.5))
    return figure


def sort_curves(results: Results) -> Any:
    """GRPO and every rate of expert iteration over seconds and over rollouts, in one plot."""
    sizes = (8, 10, 12)
    figure, axes = plt.subplots(2, 3, figsize=(10.5, 6), sharey=True, layout="constrained")
    named = [("grpo", "GRPO, 3e-4", BLUE)] + [
        (name, f"expert iteration, {name.removeprefix(cells.EXPERT)}", colour)
        for name, colour in zip(cells.expert_names(results), EXPERT_COLOURS, strict=False)
    ]
    for row, (column, scale, unit) in zip(
        axes, (("seconds", 1.0, "seconds"), ("rollouts", 1e6, "million rollouts")), strict=True
    ):
        for axis, size in zip(row, sizes, strict=True):
            for name, title, colour in named:
                _curves(axis, results.of("sort", name), column, scale, (size,), colour, title)
            axis.set(title=f"size {size} ({cells.part_of(size)})", xlabel=unit, ylim=(-3, 103))
        row[0].set_ylabel("solved, %")
    axes[0, 0].legend(fontsize=7, loc="lower right")
    return figure


def _curves(
    axis: Any, runs: Sequence[Run], column: str, scale: float, sizes: Sequence[int],
    colour: str, title: str, style: str = "-",
) -> None:  # fmt: skip
    for index, run in enumerate(runs):
        x = [value / scale for value in run.series(column)]
        y = [100 * value for value in run.accuracies(sizes)]
        axis.plot(x, y, style, color=colour, linewidth=1.1, alpha=0.85,
                  label=title if index == 0 else None)  # fmt: skip


def countdown(results: Results) -> Any:
    """Held-out accuracy beside the reward in training: what is learned and what is memorised."""
    figure, axes = plt.subplots(1, 2, figsize=(10, 4), sharey=True)
    colours = {("plain", "1e-4"): "#88aacc", ("plain", "3e-4"): BLUE,
               ("steps", "1e-4"): "#eeaa66", ("steps", "3e-4"): RED,
               ("ordered", "3e-4"): GREEN}  # fmt: skip
    for (form, rate), colour in colours.items():
        runs = cells.countdown_runs(results, form, rate)[1]
        title = f"{form}, {rate}"
        _curves(axes[0], runs, "seconds", 1.0, (3,), colour, title)
        for index, run in enumerate(runs):
            log = run.record["log"]
            reward = [100 * value for value in log["reward"]]
            axes[1].plot(log["seconds"], reward, color=colour, linewidth=1.1, alpha=0.85,
                         label=title if index == 0 else None)  # fmt: skip
    axes[0].set(title="held-out problems, greedy", xlabel="seconds", ylabel="solved, %")
    axes[1].set(title="training problems, sampled", xlabel="seconds", ylim=(0, 100))
    axes[0].axhline(60, color="black", linewidth=0.8, linestyle=":")
    axes[0].text(2, 61.5, "goal", fontsize=8)
    axes[1].legend(fontsize=8, loc="lower right")
    return figure


def dpo(results: Results) -> Any:
    """Preference, log-probabilities and what is forgotten, with the term on the chosen or not."""
    figure, axes = plt.subplots(1, 3, figsize=(12, 3.8))
    colours = (ORANGE, GREEN, VIOLET)
    for (name, title), colour in zip(cells.DPO_NAMES.items(), colours, strict=True):
        for index, run in enumerate(results.of("sort", name)):
            steps = run.series("step")
            label = title if index == 0 else None
            preferred = [100 * value for value in run.series("held_out_preferred")]
            axes[0].plot(steps, preferred, color=colour, linewidth=1.1, label=label)
            for column, style in (("held_out_chosen", "-"), ("held_out_rejected", "--")):
                axes[1].plot(steps, run.series(column), style, color=colour, linewidth=1.1)
            for sizes, style in ((cells.SFT_SIZES, "-"), ((5, 6), "--")):
                accuracy = [100 * value for value in run.accuracies(sizes)]
                axes[2].plot(steps, accuracy, style, color=colour, linewidth=1.1)
    axes[0].axhline(80, color="black", linewidth=0.8, linestyle=":")
    axes[0].set(title="held-out pairs preferred, %", xlabel="steps", ylim=(50, 102))
    axes[1].set(title="log p / log p of SFT, nats", xlabel="steps")
    axes[2].set(title="solved, %", xlabel="steps", ylim=(-3, 118))
    figure.legend(
        fontsize=8, loc="upper center", ncols=3, bbox_to_anchor=(0.5, 0.02), frameon=False
    )
    _styles(axes[1], ("chosen", "rejected"), "lower left")
    _styles(axes[2], ("sizes 2–4", "sizes 5, 6"), "upper center")
    return figure


def _styles(axis: Any, titles: tuple[str, str], place: str) -> None:
    """A legend of the solid and the dashed lines."""
    lines = [axis.plot([], [], style, color="black", linewidth=1.1)[0] for style in ("-", "--")]
    axis.legend(lines, titles, fontsize=8, loc=place, ncols=2)


def ablations(results: Results) -> Any:
    """All seeds of all variants: learned early, and carried beyond what was trained."""
    names = cells.ablation_names(results)
    figure, axes = plt.subplots(1, 2, figsize=(10, 1.4 + 0.27 * len(names)), sharey=True)
    measures: tuple[tuple[str, Callable[[Run], float]], ...] = (
        ("sizes 7–10, mean over the 60 s, %", cells.learning_speed),
        ("sizes 11–14 (in neither) after 60 s, %", cells.accuracy_of(*cells.NEITHER)),
    )
    for axis, (title, measure) in zip(axes, measures, strict=True):
        for row, name in enumerate(names):
            runs = results.of("sort", name)
            values = [100 * measure(run) for run in runs]
            axis.plot(values, [row] * len(values), "o", color=BLUE, markersize=5, alpha=0.7)
            if len(values) == cells.SEEDS:
                axis.plot([fmean(values)], [row], "|", color="black", markersize=12)
        axis.set(xlabel=title, xlim=(0, 100))
        axis.grid(axis="x", linewidth=0.4)
    axes[0].set_yticks(range(len(names)), [name.removeprefix(cells.ABLATION) for name in names])
    axes[0].invert_yaxis()
    return figure


def tasks(results: Results) -> Any:
    """Addition and chains modulo ten by size: before, after, chance."""
    figure, axes = plt.subplots(1, 4, figsize=(12.5, 3.5), sharey=True)
    panels = [(task, form) for task in ("addition", "mod") for form in ("steps", "plain")]
    for axis, (task, form) in zip(axes, panels, strict=True):
        for name, title, colour in (("sft", "SFT", GREY), ("grpo", "GRPO", BLUE)):
            for index, run in enumerate(results.of(f"{task}_{form}", name)):
                accuracy = [100 * run.accuracy(size) for size in run.sizes]
                axis.plot(run.sizes, accuracy, marker="o", markersize=3, color=colour,
                          linewidth=1, label=title if index == 0 else None)  # fmt: skip
        runs = results.of(f"{task}_{form}", "grpo")
        if runs:
            settings, sizes = runs[0].record["settings"], runs[0].sizes
            chance = [100 * runs[0].chance(size) for size in sizes]
            axis.plot(sizes, chance, ":", color="black", linewidth=1, label="chance")
            axis.axvspan(max(settings["task.sft_sizes"]) + 0.5, settings["task.rl_largest"] + 0.5,
                         color="black", alpha=0.07, linewidth=0)  # fmt: skip
        axis.set(title=f"{task}, {form}", xlabel="size (grey: RL only)", ylim=(-3, 103))
    axes[0].set_ylabel("solved, %")
    axes[0].legend(fontsize=8)
    return figure


def cpu(results: Results) -> Any:
    """The experiment of ten CPU minutes, over CPU seconds."""
    runs = results.of("sort_cpu", "grpo")
    figure, axis = plt.subplots(figsize=(7, 3.8))
    for size, colour in ((5, GREY), (6, GREEN), (7, BLUE), (8, ORANGE), (9, RED)):
        _curves(axis, runs, "seconds", 1.0, (size,), colour, f"size {size}")
    axis.set(xlabel="CPU seconds of GRPO", ylabel="solved, %", ylim=(-3, 103))
    axis.legend(fontsize=8, loc="lower right")
    return figure


FIGURES: dict[str, tuple[Callable[[Results], Any], str, str]] = {
    # name: (drawing, experiment and run without which there is nothing to draw)
    "sort_sizes": (sort_sizes, "sort", "grpo"),
    "sort_curves": (sort_curves, "sort", "grpo"),
    "countdown": (countdown, "countdown_steps", "grpo_3e-4"),
    "dpo": (dpo, "sort", "dpo"),
    "ablations": (ablations, "sort", "ablation_grpo"),
    "tasks": (tasks, "mod_steps", "grpo"),
    "sort_cpu": (cpu, "sort_cpu", "grpo"),
}


def draw_all(results: Results, folder: Path) -> list[Path]:
    """Write NAME.png for every figure whose runs are there."""
    written = []
    for name, (draw, experiment, run) in FIGURES.items():
        if not results.of(experiment, run):
            continue
        figure = draw(results)
        path = folder / f"{name}.png"
        save(figure, path)
        written.append(path)
    return written


def save(figure: Any, path: Path) -> None:
    """Write a PNG with a palette: a third of the size, and no difference that one can see."""
    pixels = BytesIO()
    figure.savefig(pixels, dpi=DPI, bbox_inches="tight")
    plt.close(figure)
    with whole_file(path) as file:
        Image.open(pixels).convert("RGB").quantize(COLOURS).save(file, "png", optimize=True)
