"""Loss curves of one or several runs, as PNG or SVG by the file's ending."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")  # files only: works without a display

from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from cs336_basics.training.run_log import LogRow

Curve = tuple[list[int], list[float]]
VALIDATION_LABEL = "validation loss (nats per token)"


def curve(rows: Sequence[LogRow], field: str) -> Curve:
    """(iterations, values) of the rows that hold `field`."""
    points = [(row["iteration"], row[field]) for row in rows if row.get(field) is not None]  # type: ignore[literal-required]
    return [x for x, _ in points], [y for _, y in points]


def plot_loss_curve(
    rows: Sequence[LogRow], out: str | Path, *, title: str = "", floor: float = 0.0
) -> None:
    """Training and validation loss over the iterations; `floor` > 0 is drawn as a line."""
    figure, axes = plt.subplots(figsize=(7, 4.2), layout="constrained")
    train, valid = curve(rows, "train_loss"), curve(rows, "valid_loss")
    axes.plot(*train, color="0.65", linewidth=1, label="training")
    label = f"validation, last {valid[1][-1]:.4f}" if valid[1] else "validation"
    axes.plot(*valid, color="tab:blue", marker="o", markersize=3, label=label)
    _finish(axes, title, floor, [train[1], valid[1]])
    figure.savefig(out, dpi=150)
    plt.close(figure)


def plot_comparison(
    runs: Mapping[str, Sequence[LogRow]],
    out: str | Path,
    *,
    title: str = "",
    floor: float = 0.0,
    legend_title: str | None = None,
) -> None:
    """The validation loss of several named runs in one picture, in the order given."""
    figure, axes = plt.subplots(figsize=(7, 5), layout="constrained")
    shown = []
    for name, rows in runs.items():
        x, y = curve(rows, "valid_loss")
        shown.append(y)
        axes.plot(x, y, marker="o", markersize=2.5, label=f"{name} ({_last(y)})")
    _finish(axes, title, floor, shown, y_label=VALIDATION_LABEL)
    axes.legend(  # below the axes, where it hides no curve
        fontsize="small", title=legend_title, title_fontsize="small", ncols=2,
        loc="upper center", bbox_to_anchor=(0.5, -0.13),
    )  # fmt: skip
    figure.savefig(out, dpi=150)
    plt.close(figure)


def plot_sweep(
    final_losses: Mapping[float, float], out: str | Path, *, title: str = "", floor: float = 0.0
) -> None:
    """Final validation loss over the learning rate (logarithmic); diverged runs are marked."""
    figure, axes = plt.subplots(figsize=(6, 4), layout="constrained")
    rates = sorted(final_losses)
    finite = [rate for rate in rates if final_losses[rate] < float("inf")]
    axes.plot(finite, [final_losses[rate] for rate in finite], marker="o")
    for rate in set(rates) - set(finite):
        axes.axvline(rate, color="tab:red", linestyle=":", label=f"diverged at {rate:g}")
    axes.set_xscale("log")
    _finish(axes, title, floor, [], x_label="maximum learning rate", y_label=VALIDATION_LABEL)
    figure.savefig(out, dpi=150)
    plt.close(figure)


def _last(values: list[float]) -> str:
    return f"{values[-1]:.3f}" if values else "diverged before its first evaluation"


def _finish(
    axes: Axes,
    title: str,
    floor: float,
    curves: Sequence[list[float]],
    x_label: str = "iteration",
    y_label: str = "loss (nats per token)",
) -> None:
    """Labels, floor and limits: the steep first part may leave the picture at the top."""
    if floor > 0:
        axes.axhline(floor, color="0.2", linestyle="--", linewidth=1, label=f"entropy {floor:.4f}")
    finite = [y for values in curves for y in values[len(values) // 20 :] if y < float("inf")]
    if finite:
        low = min([*finite, floor] if floor > 0 else finite)
        high = sorted(finite)[int(0.98 * (len(finite) - 1))]
        axes.set_ylim(low - 0.05 * (high - low + 1e-9), high + 0.1 * (high - low + 1e-9))
    axes.set_xlabel(x_label)
    axes.set_ylabel(y_label)
    axes.set_title(title)
    axes.grid(alpha=0.25)
    axes.legend(fontsize="small", framealpha=0.6)
