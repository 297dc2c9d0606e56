"""Draw the figures of the report from the JSON files of a results folder.

    python -m cs336_systems.reports.plot_results results

A figure is drawn when its files exist: model_*.json, profile_*.json, collectives_*.json and
data_parallel_*.json, as `scripts/measure_four_gpus.sh` names them.
"""

from __future__ import annotations

import argparse
import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")  # files only, no display
import matplotlib.pyplot as plt

from cs336_systems.measurement.provenance import read_results
from cs336_systems.model_sizes import MODEL_SIZES

Record = dict[str, Any]
PHASE_COLOURS = {"forward": "#4477aa", "backward": "#ee6677", "optimizer": "#ccbb44"}


def collect(folder: Path, pattern: str) -> list[Record]:
    """Records of all files in `folder` that match, small models first, then by file name."""
    records = itertools.chain.from_iterable(read_results(p) for p in sorted(folder.glob(pattern)))
    return sorted(records, key=_size_order)


def _size_order(record: Record) -> int:
    sizes = list(MODEL_SIZES)
    return sizes.index(record["size"]) if record.get("size") in sizes else len(sizes)


def plot_model_times(records: Sequence[Record], path: Path) -> None:
    """Stacked forward, backward, optimizer per size, one panel per precision and mode."""
    contexts = {r["context"] for r in records}
    context = 512 if 512 in contexts else max(contexts)
    chosen = [r for r in records if r["context"] == context]
    panels = _group(chosen, lambda r: f"{r['precision']}, {r['mode']}")
    figure, axes = plt.subplots(
        1, len(panels), figsize=(3 * len(panels), 3.6), squeeze=False
    )  # no common scale: the smallest bars would vanish
    for axis, (title, group) in zip(axes[0], panels.items(), strict=True):
        bottom = [0.0] * len(group)
        for phase, colour in PHASE_COLOURS.items():
            heights = [r[phase]["median_ms"] for r in group]
            axis.bar([r["size"] for r in group], heights, bottom=bottom, color=colour, label=phase)
            bottom = [b + h for b, h in zip(bottom, heights, strict=True)]
        for position, total in enumerate(bottom):
            axis.text(position, total, f"{total:.0f}", ha="center", va="bottom", fontsize=8)
        axis.tick_params(axis="x", labelsize=8)
        axis.set_title(title, fontsize=10)
        axis.grid(axis="y", alpha=0.3)
    axes[0][0].set_ylabel("ms per step")
    axes[0][0].legend(fontsize=8)
    _save(figure, path, f"Training step, batch {chosen[0]['batch']}, context {context}")


def plot_warm_up(records: Sequence[Record], path: Path) -> None:
    """Time of each step in order, relative to the warm median; first configuration of a mode."""
    figure, axis = plt.subplots(figsize=(5, 3.4))
    for mode, group in _group(records, lambda r: f"{r['precision']}, {r['mode']}").items():
        first = group[0]
        phases = [first[phase]["all_ms"] for phase in PHASE_COLOURS]
        steps = [sum(times) for times in zip(*phases, strict=True)]
        relative = [step / first["step"]["median_ms"] for step in steps]
        label = f"{mode} ({first['size']}, {first['context']})"
        axis.plot(range(1, len(steps) + 1), relative, marker="o", markersize=3, label=label)
    axis.set_yscale("log")
    axis.set_xlabel("step of a fresh process")
    axis.set_ylabel("time / warm median")
    axis.grid(alpha=0.3)
    axis.legend(fontsize=7)
    _save(figure, path, "Why the first steps are not counted")


def plot_peak_memory(records: Sequence[Record], path: Path) -> None:
    """Peak memory of a training step over context, one line per size, one panel per precision."""
    eager = [r for r in records if r["mode"] == "eager"]
    panels = _group(eager, lambda r: str(r["precision"]))
    figure, axes = plt.subplots(
        1, len(panels), figsize=(3.4 * len(panels), 3.4), sharey=True, squeeze=False
    )
    for axis, (title, group) in zip(axes[0], panels.items(), strict=True):
        for size, line in _group(group, lambda r: str(r["size"])).items():
            points = sorted((r["context"], r["peak_gb"]["training_step"]) for r in line)
            colour = f"C{list(MODEL_SIZES).index(size)}"
            axis.plot(*zip(*points, strict=True), "o-", markersize=3, color=colour, label=size)
        axis.set_title(title, fontsize=10)
        axis.set_xlabel("context, tokens")
        axis.legend(fontsize=8)
        axis.grid(alpha=0.3)
    axes[0][0].set_ylabel("peak GiB")
    _save(figure, path, "Peak memory of a training step")


def plot_memory_timelines(records: Sequence[Record], path: Path) -> None:
    """Memory over one training step per profile."""
    figure, axes = plt.subplots(
        len(records), 1, figsize=(7, 2.3 * len(records)), squeeze=False, layout="constrained"
    )
    for axis, record in zip(axes[:, 0], records, strict=True):
        memory = record["memory"]
        times, allocated = zip(*memory["timeline_ms_gb"], strict=True)
        total = [memory["allocated_before_gb"] + value for value in allocated]
        axis.fill_between(times, total, step="post", color="#4477aa", alpha=0.6)
        axis.axhline(memory["allocated_before_gb"], color="black", linewidth=0.7, linestyle="--")
        axis.set_title(
            f"{record['size']}, context {record['context']}, {record['precision']}: "
            f"peak {memory['peak_gb']:.1f} GiB (dashed: before the step)",
            fontsize=9,
        )
        axis.set_ylabel("GiB")
    axes[-1, 0].set_xlabel("host time within the step, ms")
    _save(figure, path, "")


def plot_kernel_shares(records: Sequence[Record], path: Path) -> None:
    """Kernel time by category, a bar per profile and phase."""
    bars = [(record, phase) for record in records for phase in record["phases"]]
    categories = sorted({name for _, phase in bars for name in phase["by_category_ms"]})
    labels = [
        f"{record['size']} {record['context']} {record['precision']}: {phase['phase']}"
        for record, phase in bars
    ]
    figure, axis = plt.subplots(figsize=(8, 0.36 * len(bars) + 1.6), layout="constrained")
    left = [0.0] * len(bars)
    for category in categories:
        shares = [p["by_category_ms"].get(category, 0.0) / p["total_ms"] * 100 for _, p in bars]
        axis.barh(labels, shares, left=left, label=category)
        left = [a + b for a, b in zip(left, shares, strict=True)]
    axis.invert_yaxis()
    axis.set_xlabel("% of kernel time")
    figure.legend(fontsize=8, loc="outside lower center", ncols=3)
    _save(figure, path, "Where the kernels' time goes")


def plot_collectives(records: Sequence[Record], path: Path) -> None:
    """Bus bandwidth over message size, one line per operation, one panel per world size."""
    panels = _group(records, lambda r: f"{r['backend']}, {r['world_size']} ranks")
    figure, axes = plt.subplots(
        1, len(panels), figsize=(4 * len(panels), 3.6), sharey=True, squeeze=False
    )
    for axis, (title, group) in zip(axes[0], panels.items(), strict=True):
        for operation, line in _group(group, lambda r: str(r["operation"])).items():
            points = sorted((r["size_mb"], r["bus_gb_per_s"]) for r in line)
            axis.plot(*zip(*points, strict=True), marker="o", markersize=3, label=operation)
        axis.set_xscale("log", base=2)
        axis.set_yscale("log")
        axis.set_title(title, fontsize=10)
        axis.set_xlabel("message, MiB")
        axis.grid(alpha=0.3)
    axes[0][0].set_ylabel("bus bandwidth, GB/s")
    axes[0][0].legend(fontsize=8)
    _save(figure, path, "Collectives")


def plot_scaling(records: Sequence[Record], path: Path) -> None:
    """Step time per strategy and world size; weak scaling, so equal bars would be perfect."""
    sizes = sorted({r["world_size"] for r in records})
    times = {(r["strategy"], r["world_size"]): r["step_ms"] for r in records}
    strategies = list(dict.fromkeys(r["strategy"] for r in records if r["world_size"] == sizes[-1]))
    figure, axis = plt.subplots(figsize=(8, 3.8))
    width = 0.8 / len(sizes)
    for index, size in enumerate(sizes):
        heights = [times.get((strategy, size), 0.0) for strategy in strategies]
        positions = [i + (index - (len(sizes) - 1) / 2) * width for i in range(len(strategies))]
        axis.bar(positions, heights, width, label=f"{size} GPU" + ("s" if size > 1 else ""))
    axis.set_xticks(range(len(strategies)), strategies, rotation=35, ha="right", fontsize=8)
    axis.set_ylabel("ms per step")
    axis.set_ylim(0, 1.15 * max(times.values()))  # the legend lies above the bars
    axis.grid(axis="y", alpha=0.3)
    axis.legend(fontsize=8, ncol=len(sizes), loc="upper left")
    r = records[0]
    title = f"{r['size']}, {r['batch_per_rank']} × {r['context']} tokens per GPU (weak scaling)"
    _save(figure, path, title)


@dataclass(frozen=True)
class _Figure:
    pattern: str
    """Files whose records it may show."""
    shows: Callable[[Record], bool]
    draw: Callable[[Sequence[Record], Path], None]


def _fits(record: Record) -> bool:
    return not record["out_of_memory"]


FIGURES = {
    "model_times.png": _Figure("model_*.json", _fits, plot_model_times),
    "warm_up.png": _Figure("model_*.json", _fits, plot_warm_up),
    "peak_memory.png": _Figure(
        "model_*.json", lambda r: _fits(r) and bool(r["peak_gb"]), plot_peak_memory
    ),
    "memory_timeline.png": _Figure(
        "profile_*.json", lambda r: "memory" in r, plot_memory_timelines
    ),
    "kernel_shares.png": _Figure("profile_*.json", lambda r: True, plot_kernel_shares),
    "collectives.png": _Figure("collectives_*.json", lambda r: True, plot_collectives),
    "scaling.png": _Figure("data_parallel_*.json", lambda r: True, plot_scaling),
}
"""File name → the records it needs and the function that draws it."""


def _group(records: Iterable[Record], key: Callable[[Record], str]) -> dict[str, list[Record]]:
    groups: defaultdict[str, list[Record]] = defaultdict(list)
    for record in records:
        groups[key(record)].append(record)
    return dict(groups)


def _save(figure: Any, path: Path, title: str) -> None:
    if title:
        figure.suptitle(title, fontsize=11)
    if figure.get_layout_engine() is None:
        figure.tight_layout()
    figure.savefig(path, dpi=130)
    plt.close(figure)


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw every figure whose results exist; exit code 1 if there are none."""
    parser = argparse.ArgumentParser(description="Draw the figures of the report.")
    parser.add_argument("folder", type=Path, help="results folder; figures go there too")
    folder: Path = parser.parse_args(arguments).folder
    drawn = 0
    for name, figure in FIGURES.items():
        records = [r for r in collect(folder, figure.pattern) if figure.shows(r)]
        if records:
            figure.draw(records, folder / name)
            drawn += 1
    if not drawn:
        print(f"no results in {str(folder)!r}: run scripts/measure_four_gpus.sh {folder} first")
        return 1
    print(f"{drawn} figures in {folder}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
