"""Draw the kernel figures: `python -m cs336_systems.reports.plot_kernels results`.

attention.png: TFLOP/s per provider and shape. kernels.png: every kernel's share of the measured
copy bandwidth. roofline.png: both on one roofline, whose slope is the measured copy bandwidth.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")  # files only, no display
import matplotlib.pyplot as plt

from cs336_systems.measurement.provenance import read_results

Record = dict[str, Any]
COLOURS = {
    "pytorch_flash": "#bbbbbb", "flex_compiled": "#ccbb44", "cudnn": "#4477aa",
    "ours_portable": "#ee9988", "ours_hopper": "#ee6677",
    "naive": "#bbbbbb", "builtin": "#ccbb44", "compiled": "#4477aa", "triton": "#ee6677",
}  # fmt: skip
DENSE_BF16_TFLOPS = 989.0  # NVIDIA H100 SXM data sheet; the copy bandwidth is measured
# Floating-point operations per element of x that the formulas need, exp and division counted as
# one; the roofline has a logarithmic axis, so a factor of two hardly shows.
FLOP_PER_ELEMENT = {
    ("gelu", "forward"): 11, ("gelu", "backward"): 18,
    ("swiglu", "forward"): 5, ("swiglu", "backward"): 11,
    ("softmax", "forward"): 5, ("softmax", "backward"): 4,
    ("rms_norm", "forward"): 4, ("rms_norm", "backward"): 9,
    ("cross_entropy", "forward"): 4, ("cross_entropy", "loss_and_gradient"): 7,
    ("weighted_sum", "forward"): 2, ("weighted_sum", "backward"): 3,
}  # fmt: skip


def plot_attention(records: list[Record], path: Path) -> None:
    """Grouped bars, forward beside forward+backward."""
    rates = [r for r in records if r["kind"] == "rate"]
    shapes = list(dict.fromkeys(r["shape"] for r in rates))
    providers = [p for p in COLOURS if any(r["provider"] == p for r in rates)]
    labels = [shape.replace(" ", "\n") for shape in shapes]
    figure, axes = plt.subplots(1, 2, figsize=(11, 4.2), sharey=True)
    for axis, key in zip(axes, ("forward_tflops", "forward_backward_tflops"), strict=True):
        for offset, provider in enumerate(providers):
            value = {r["shape"]: r[key] for r in rates if r["provider"] == provider}
            places = [i + offset / (len(providers) + 1) for i in range(len(shapes))]
            heights = [value.get(shape, 0.0) for shape in shapes]
            bars = axis.bar(
                places, heights, 0.9 / (len(providers) + 1), color=COLOURS[provider], label=provider
            )
            axis.bar_label(bars, fmt="%.0f", fontsize=8)
        axis.set_xticks([i + 0.25 for i in range(len(shapes))], labels, fontsize=8)
        axis.set_xlabel("batch, heads, tokens, head dimension", fontsize=8)
        axis.set_title(key.removesuffix("_tflops").replace("_", " + "), fontsize=10)
        axis.grid(axis="y", alpha=0.3)
    axes[0].set_ylabel("TFLOP/s, bfloat16")
    handles, names = axes[0].get_legend_handles_labels()
    figure.tight_layout(rect=(0, 0, 1, 0.93))
    figure.legend(handles, names, fontsize=8, loc="upper center", ncols=len(providers))
    figure.savefig(path, dpi=130)
    plt.close(figure)


def plot_kernels(records: list[Record], path: Path) -> None:
    """Share of the copy's bandwidth, one group per kernel and pass."""
    groups = list(dict.fromkeys((r["kernel"], r["pass"]) for r in records))
    figure, axis = plt.subplots(figsize=(12.5, 4.4))
    variants = ("naive", "builtin", "compiled", "triton")
    for offset, variant in enumerate(variants):
        value = {
            (r["kernel"], r["pass"]): r["share_of_copy"] for r in records if r["variant"] == variant
        }
        places = [i + offset * 0.21 for i, group in enumerate(groups) if group in value]
        heights = [100 * value[group] for group in groups if group in value]
        bars = axis.bar(places, heights, 0.2, color=COLOURS[variant], label=variant)
        axis.bar_label(bars, fmt="%.0f", fontsize=6.5)
    axis.axhline(100, color="black", linewidth=0.8)
    axis.axhline(90, color="black", linewidth=0.8, linestyle=":")
    labels = [f"{kernel}\n{direction.replace('_', ' ')}" for kernel, direction in groups]
    axis.set_xticks([i + 0.3 for i in range(len(groups))], labels, fontsize=7)
    axis.set_xlim(-0.4, len(groups))
    axis.set_ylim(top=110)
    axis.set_ylabel(f"% of the measured copy, {records[0]['copy_gbps'] / 1000:.2f} TB/s")
    axis.legend(fontsize=8, ncols=4, loc="upper center", bbox_to_anchor=(0.5, 1.12))
    figure.tight_layout()
    figure.savefig(path, dpi=130)
    plt.close(figure)


def _attention_intensity(record: Record) -> float:
    """FLOP per byte if q, k, v are read once and the output is written once, in bfloat16."""
    operations = 4.0 * record["tokens"] ** 2 * record["head_dim"] / (1 + record["is_causal"])
    return float(operations / (4 * record["tokens"] * record["head_dim"] * 2))


def plot_roofline(kernels: list[Record], attention: list[Record], path: Path) -> None:
    """Arithmetic intensity against achieved TFLOP/s, under the two roofs."""
    bandwidth = kernels[0]["copy_gbps"] / 1e3
    figure, axis = plt.subplots(figsize=(8, 5))
    ridge = DENSE_BF16_TFLOPS / bandwidth
    roof = [(0.5, 0.5 * bandwidth), (ridge, DENSE_BF16_TFLOPS), (2e4, DENSE_BF16_TFLOPS)]
    axis.plot(*zip(*roof, strict=True), color="black", linewidth=1)
    axis.text(
        0.6, 0.9 * bandwidth, f"copy {bandwidth:.2f} TB/s (measured)", fontsize=8, rotation=36
    )
    axis.text(
        ridge * 1.3, DENSE_BF16_TFLOPS * 1.1, "989 TFLOP/s dense bf16 (data sheet)", fontsize=8
    )
    for record in kernels:
        if record["variant"] not in ("naive", "triton"):
            continue
        elements = record["shape"][0] * record["shape"][1]
        operations = FLOP_PER_ELEMENT[record["kernel"], record["pass"]] * elements
        moved = record["gbps"] * 1e9 * record["ms"] / 1e3
        rate = operations / record["ms"] / 1e9
        colour = COLOURS[record["variant"]]
        axis.scatter(operations / moved, rate, s=18, color=colour, marker="o")
    for record in attention:
        if record["kind"] == "rate" and record["provider"] in ("cudnn", "ours_hopper"):
            marker = "s" if record["provider"] == "cudnn" else "^"
            colour = COLOURS[record["provider"]]
            axis.scatter(
                _attention_intensity(record), record["forward_tflops"], s=26, color=colour,
                marker=marker,
            )  # fmt: skip
    legend = (
        ("naive PyTorch kernels", COLOURS["naive"], "o"),
        ("Triton kernels", COLOURS["triton"], "o"),
        ("attention forward, cuDNN", COLOURS["cudnn"], "s"),
        ("attention forward, ours", COLOURS["ours_hopper"], "^"),
    )
    for name, colour, marker in legend:
        axis.scatter([], [], color=colour, marker=marker, label=name)
    axis.set(
        xscale="log", yscale="log", xlabel="FLOP per byte of memory traffic that is unavoidable"
    )
    axis.set_ylabel("TFLOP/s")
    axis.legend(fontsize=8, loc="lower right")
    axis.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(path, dpi=130)
    plt.close(figure)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, help="holds attention.json and kernels.json")
    folder: Path = parser.parse_args().folder
    paths = [folder / "attention.json", folder / "kernels.json"]
    missing = [path.name for path in paths if not path.is_file()]
    if missing:
        parser.error(f"{folder}: no {missing[0]}; run the benchmarks first")
    attention, kernels = (read_results(path) for path in paths)
    plot_attention(attention, folder / "attention.png")
    plot_kernels(kernels, folder / "kernels.png")
    plot_roofline(kernels, attention, folder / "roofline.png")
    print(f"wrote attention.png, kernels.png and roofline.png into {folder}")


if __name__ == "__main__":
    main()
