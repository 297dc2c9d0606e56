"""Figures of tensors: how they lie in memory, where they travel, what an einsum string says."""

from collections.abc import Mapping
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Rectangle
from torch import Tensor

from lectures.shared.charts import Spec, axis

CHOSEN, OTHER = "#9ecae9", "#eeeeee"


def heat(matrix: Tensor, title: str) -> Spec:
    """The elements of a matrix as colours."""
    rows = [
        {"row": row, "column": column, "value": round(float(value), 2)}
        for row, line in enumerate(matrix.tolist())
        for column, value in enumerate(line)
    ]
    place = {"axis": {"labelAngle": 0}}
    return {
        "title": title,
        "data": {"values": rows},
        "mark": "rect",
        "height": 130,
        "encoding": {
            "x": axis("column", "column", "ordinal") | place,
            "y": axis("row", "row", "ordinal"),
            "color": axis("value", "value", scheme="blueorange", domainMid=0),
            "tooltip": [axis("value")],
        },
    }


def memory_strips(tensors: Mapping[str, Tensor], size: int) -> Figure:
    """One strip of memory a tensor: the cells it reads, and in which order (small numbers).

    All tensors must look into the same storage of `size` elements.
    """
    figure = plt.figure(figsize=(6.6, 0.62 * len(tensors) + 0.2), layout="constrained")
    axes = figure.add_subplot()
    for place, (name, tensor) in enumerate(tensors.items()):
        y = len(tensors) - place
        order = addresses(tensor)
        memory = tensor.as_strided((size,), (1,), 0).tolist()
        axes.text(-0.3, y, name, ha="right", va="center", family="monospace", fontsize=11)
        shape, strides = tuple(tensor.shape), tuple(tensor.stride())
        axes.text(size + 0.3, y, f"shape {shape}, strides {strides}", va="center", fontsize=10)
        for address in range(size):
            colour = CHOSEN if address in order else OTHER
            corner = (address, y - 0.3)
            axes.add_patch(Rectangle(corner, 1, 0.6, facecolor=colour, edgecolor="white"))
            axes.text(address + 0.5, y + 0.08, f"{memory[address]:g}", ha="center", va="center")
            if address in order:
                nth = order.index(address)
                axes.text(address + 0.5, y - 0.27, f"{nth}.", ha="center", fontsize=8)
    axes.set(xlim=(-2.6, size + 5.2), ylim=(0.5, len(tensors) + 0.5))
    axes.axis("off")
    return figure


def addresses(tensor: Tensor) -> list[int]:
    """Place in the storage of each element, in row-major order of the tensor."""
    places = [int(tensor.storage_offset())]
    for length, stride in zip(tensor.shape, tensor.stride(), strict=True):
        places = [place + step * int(stride) for place in places for step in range(length)]
    return places


def machine() -> dict[str, Any]:
    """Where a tensor can be, and how fast it gets there (vendor's figures for an H100 server)."""
    return {
        "nodes": [
            ("host", "CPU memory\n(terabytes)"),
            ("hbm", "GPU memory, HBM\n80 GB"),
            ("l2", "L2 cache\n50 MB"),
            ("sm", "132 SMs\n989.5 TFLOP/s"),
            ("other", "another GPU"),
        ],
        "edges": [
            ("host", "hbm", "PCIe 64 GB/s"),
            ("other", "hbm", "NVLink 450 GB/s"),
            ("hbm", "l2", "3350 GB/s"),
            ("l2", "sm"),
        ],
        "directed": False,
    }


def einsum_arrows(left: str, right: str, output: str) -> Figure:
    """Names of the axes of two operands above those of the result; lines join what is kept."""
    figure = plt.figure(figsize=(7.5, 2.3), layout="constrained")
    axes = figure.add_subplot()
    operands = [(left.split(), 0.0), (right.split(), len(left.split()) + 1.0)]
    kept = output.split()
    shift = (operands[1][1] + len(right.split()) - len(kept)) / 2
    for names, start in operands:
        for place, name in enumerate(names):
            x = start + place + 0.5
            _box(axes, x, 1, name, CHOSEN if name in kept else "#ffbf79")
            if name in kept:
                end = (shift + kept.index(name) + 0.5, 0.3)
                arrow = FancyArrowPatch((x, 0.72), end, arrowstyle="->", mutation_scale=11)
                arrow.set_color("#777777")
                axes.add_patch(arrow)
    for place, name in enumerate(kept):
        _box(axes, shift + place + 0.5, 0, name, CHOSEN)
    axes.text(operands[1][1] - 0.5, 1, "×", ha="center", va="center", fontsize=13)
    axes.text(-0.1, 0, "orange: summed over", fontsize=9, va="center")
    axes.set(xlim=(-0.2, operands[1][1] + len(right.split()) + 0.2), ylim=(-0.4, 1.4))
    axes.axis("off")
    return figure


def attention_arrows() -> Figure:
    """The names of attention's scores: those of queries and keys, without what is summed over."""
    return einsum_arrows("batch seq1 hidden", "batch seq2 hidden", "batch seq1 seq2")


def _box(axes: Any, x: float, y: float, name: str, colour: str) -> None:
    axes.add_patch(Rectangle((x - 0.46, y - 0.25), 0.92, 0.5, facecolor=colour, edgecolor="white"))
    axes.text(x, y, name, ha="center", va="center", fontsize=10, family="monospace")
