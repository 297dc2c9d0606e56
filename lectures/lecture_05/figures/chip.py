"""Figures of the memories: how far they are, what strides and banks cost, the roofline."""

from collections.abc import Mapping, Sequence
from typing import Any

from lectures.lecture_05.figures.warps import BLUE, GREY, ORANGE
from lectures.lecture_05.records import SERIES
from lectures.shared.charts import Spec, axis

Rows = Sequence[Mapping[str, Any]]


def latency_ladder(rows: Sequence[Sequence[float]], clock_ghz: float) -> Spec:
    """Cycles of one dependent read against the memory that is walked through."""
    points = [
        {"KiB": kib, "cycles": cycles, "ns": round(cycles / clock_ghz)} for kib, cycles in rows
    ]
    levels = [
        {"x": 256, "label": "L1: 256 KiB"},
        {"x": 50 * 1024, "label": "L2: 50 MB"},
    ]
    place = {
        "x": axis("KiB", "memory walked through, KiB", type="log", base=2),
        "y": axis("cycles", "cycles for one read"),
    }
    return {
        "title": "How far away a number is: one thread follows a chain",
        "height": 200,
        "layer": [
            {
                "data": {"values": points},
                "mark": {"type": "line", "point": True, "color": BLUE},
                "encoding": place | {"tooltip": [{"field": f} for f in ("KiB", "cycles", "ns")]},
            },
            {
                "data": {"values": levels},
                "mark": {"type": "rule", "strokeDash": [4, 4], "color": GREY},
                "encoding": {"x": {"field": "x", "type": "quantitative"}},
            },
            {
                "data": {"values": levels},
                "mark": {"type": "text", "align": "right", "dx": -5, "fontSize": 12},
                "encoding": {
                    "x": {"field": "x", "type": "quantitative"},
                    "y": {"value": 12},
                    "text": {"field": "label"},
                },
            },
        ],
    }


def strides(
    measured: Mapping[int, float], by_sector: Mapping[int, float], by_pair: Mapping[int, float]
) -> Spec:
    """Milliseconds by stride: measured, and predicted from two sizes of what is fetched."""
    series = {
        "measured": {s: measured[s] for s in by_sector},
        "counted in 32 bytes": by_sector,
        "counted in 64 bytes": by_pair,
    }
    rows = [
        {"stride": s, "ms": round(ms, 3), "what": name}
        for name, times in series.items()
        for s, ms in times.items()
    ]
    return {
        "title": "134 million floats, each read once, on an H100",
        "data": {"values": rows},
        "mark": {"type": "line", "point": {"size": 50}},
        "height": 195,
        "encoding": {
            "x": axis("stride", "distance of neighbouring threads, in floats", "ordinal")
            | {"axis": {"labelAngle": 0}},
            "y": axis("ms", "milliseconds"),
            "color": {
                "field": "what",
                "type": "nominal",
                "title": None,
                "sort": None,
                "legend": {"orient": "top"},
                "scale": {"domain": list(series), "range": [BLUE, GREY, ORANGE]},
            },
            "strokeDash": {
                "field": "what",
                "type": "nominal",
                "legend": None,
                "scale": {"domain": list(series), "range": [[1, 0], [4, 4], [4, 4]]},
            },
        },
    }


def banks(rows: Sequence[Sequence[float]], rounds: Mapping[int, int]) -> Spec:
    """Cycles of one round of 32 warps against the stride, on what the banks predict."""
    points = [
        {"stride": stride, "cycles": cycles, "predicted": 32 * rounds[int(stride)]}
        for stride, _, cycles in rows
    ]
    x = axis("stride", "distance of neighbouring threads, in 4-byte words")
    return {
        "title": "Shared memory by stride: the banks, measured (bars) and predicted (ticks)",
        "data": {"values": points},
        "height": 195,
        "layer": [
            {
                "mark": {"type": "bar", "color": BLUE, "width": 6},
                "encoding": {
                    "x": x,
                    "y": axis("cycles", "cycles for one read by 32 warps"),
                    "tooltip": [{"field": f} for f in ("stride", "cycles", "predicted")],
                },
            },
            {
                "mark": {"type": "tick", "color": ORANGE, "thickness": 3, "size": 11}
                | {"orient": "horizontal"},
                "encoding": {
                    "x": x,
                    "y": {"field": "predicted", "type": "quantitative"},
                },
            },
        ],
    }


def roofline(points: Rows, roofs: Rows) -> Spec:
    """Measured rates on measured roofs; dashed: the roofs of the datasheet.

    `points`: intensity, tflops, series. `roofs`: intensity, tflops, roof, kind.
    """
    place = {
        "x": axis("intensity", "operations a byte", type="log", domain=[0.2, 8000])
        | {"axis": {"values": [0.25, 1, 4, 16, 64, 256, 1024, 4096]}},
        "y": axis("tflops", "TFLOP/s", type="log", domain=[0.3, 1500])
        | {"axis": {"values": [0.5, 1, 5, 10, 50, 100, 500, 1000]}},
    }
    ends = [r for r in roofs if r.get("label")]
    return {
        "title": "The roofline of one H100, measured",
        "height": 270,
        "layer": [
            {
                "data": {"values": list(roofs)},
                "mark": {"type": "line", "color": GREY, "clip": True},
                "encoding": place
                | {
                    "detail": {"field": "roof", "type": "nominal"},
                    "strokeDash": {
                        "field": "kind",
                        "type": "nominal",
                        "title": None,
                        "legend": {"orient": "bottom"},
                        "scale": {
                            "domain": ["measured", "datasheet"],
                            "range": [[1, 0], [3, 4]],
                        },
                    },
                },
            },
            {
                "data": {"values": list(points)},
                "mark": {"type": "point", "filled": True, "size": 55, "opacity": 1},
                "encoding": place
                | {
                    "color": {
                        "field": "series",
                        "type": "nominal",
                        "title": None,
                        "legend": {"orient": "bottom", "labelLimit": 400},
                        "scale": {"domain": list(SERIES), "range": [ORANGE, BLUE]},
                    },
                    "tooltip": [{"field": f} for f in ("label", "intensity", "tflops")],
                },
            },
            {
                "data": {"values": ends},
                "mark": {"type": "text", "align": "right", "dy": 14, "fontSize": 12},
                "encoding": place | {"text": {"field": "label"}},
            },
        ],
    }
