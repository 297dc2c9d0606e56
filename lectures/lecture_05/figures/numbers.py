"""Figures of formats, of attention's traffic, and of the systolic array."""

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor

from lectures.lecture_05.figures.warps import BLUE, GREY, ORANGE
from lectures.shared.charts import Spec, axis, bars


def block_grid(blocks: Mapping[str, tuple[Tensor, list[float], float]]) -> Spec:
    """Elements of a block as ticks, and below them the points that the format offers them."""
    rows = []
    for name, (elements, grid, scale) in blocks.items():
        rows += [{"block": name, "value": float(v), "what": "elements"} for v in elements]
        rows += [
            {"block": name, "value": sign * point * scale, "what": "points of the format"}
            for point in grid
            for sign in (1, -1)
        ]
    return {
        "title": "What a block holds, and what four bits and a scale can say",
        "data": {"values": rows},
        "facet": {
            "row": {"field": "block", "type": "nominal", "title": None, "sort": None}
            | {"header": {"labelAngle": 0, "labelOrient": "top", "labelAnchor": "start"}}
        },
        "resolve": {"scale": {"x": "independent"}},
        "spec": {
            "height": 60,
            "width": 480,
            "mark": {"type": "tick", "thickness": 2},
            "encoding": {
                "x": axis("value"),
                "y": {"field": "what", "type": "nominal", "title": None},
                "color": {
                    "field": "what",
                    "type": "nominal",
                    "legend": None,
                    "scale": {"range": [BLUE, ORANGE]},
                },
            },
        },
    }


def errors(found: Mapping[str, Mapping[str, float]], title: str) -> Spec:
    """Relative errors by format and kind of data, as bars."""
    rows = [
        {"format": name, "data": data, "error": round(100 * error, 3)}
        for data, formats in found.items()
        for name, error in formats.items()
    ]
    return bars(
        rows,
        axis("format", kind="nominal"),
        axis("error", "relative error, %"),
        axis("data", kind="nominal"),
        title=title,
    )


def traffic(points: Sequence[Mapping[str, Any]]) -> Spec:
    """Megabytes between memory and chip, standard and flash, by sequence length."""
    return {
        "title": "One head of width 64 in bfloat16: what crosses the border of the chip",
        "data": {"values": list(points)},
        "mark": {"type": "line", "point": True},
        "height": 200,
        "encoding": {
            "x": axis("tokens", "tokens", type="log", base=2),
            "y": axis("MB", "megabytes moved", type="log"),
            "color": {
                "field": "way",
                "type": "nominal",
                "title": None,
                "legend": {"orient": "bottom"},
                "scale": {"domain": ["plain", "tiled", "tiled, L2"], "range": [GREY, ORANGE, BLUE]},
            },
        },
    }


def rates(series: Mapping[str, Mapping[str, float]], title: str) -> Spec:
    """TFLOP/s of implementations by shape, as bars side by side."""
    rows = [
        {"shape": shape, "implementation": name, "TFLOP/s": round(rate)}
        for name, found in series.items()
        for shape, rate in found.items()
    ]
    return bars(
        rows,
        axis("shape", "batch, heads, tokens, width", "nominal"),
        axis("TFLOP/s"),
        axis("implementation", kind="nominal"),
        title=title,
    )


def busy_cells(runs: Mapping[int, Sequence[int]], cells: int, cycles: int = 130) -> Spec:
    """Share of a systolic array's cells that multiply, in the first cycles, by inputs streamed."""
    rows = [
        {"inputs": f"{inputs} inputs", "cycle": cycle + 1, "busy": round(100 * count / cells, 1)}
        for inputs, counts in runs.items()
        for cycle, count in enumerate(counts[:cycles])
    ]
    return {
        "title": "Cells of a systolic array at work",
        "data": {"values": rows},
        "mark": {"type": "line", "interpolate": "step-after"},
        "height": 180,
        "encoding": {
            "x": axis("cycle"),
            "y": axis("busy", "busy cells, %"),
            "color": {"field": "inputs", "type": "nominal", "title": None},
        },
    }
