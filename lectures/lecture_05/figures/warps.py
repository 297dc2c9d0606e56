"""Figures of threads at work: masks of a warp, waves of blocks, warps that hide latency."""

from collections.abc import Mapping, Sequence

from lectures.shared.charts import Spec, axis

BLUE, ORANGE, GREY = "#2a6fb0", "#c8641e", "#8a8f98"


def mask_timeline(timeline: Sequence[tuple[str, Sequence[bool]]], title: str) -> Spec:
    """Which lanes take part in each instruction of a warp; grey: they wait."""
    rows = [
        {"instruction": f"{i + 1}. {name}", "lane": lane, "state": "works" if on else "waits"}
        for i, (name, mask) in enumerate(timeline)
        for lane, on in enumerate(mask)
    ]
    return {
        "title": title,
        "data": {"values": rows},
        "mark": {"type": "rect", "stroke": "white"},
        "height": {"step": 26},
        "encoding": {
            "y": axis("instruction", kind="nominal") | {"sort": None, "title": None},
            "x": axis("lane", "lane of the warp", "ordinal") | {"axis": {"labelAngle": 0}},
            "color": {
                "field": "state",
                "type": "nominal",
                "title": None,
                "scale": {"domain": ["works", "waits"], "range": [BLUE, "#cfd3d9"]},
            },
        },
    }


def staircase(rows: Sequence[Sequence[float]]) -> Spec:
    """Measured time of a launch against its blocks, for each number of blocks an SM holds."""
    points = [
        {"held": f"{int(held)} an SM", "blocks": blocks, "microseconds": us}
        for held, blocks, us in rows
    ]
    return {
        "title": "Blocks that each spin 40,000 cycles, on the 132 SMs of an H100",
        "data": {"values": points},
        "mark": {"type": "line", "interpolate": "linear", "point": {"size": 14}},
        "height": 200,
        "encoding": {
            "x": axis("blocks", "blocks of the launch")
            | {"axis": {"values": [132 * k for k in range(9)]}},
            "y": axis("microseconds", "microseconds"),
            "color": {"field": "held", "type": "nominal", "title": "blocks resident"},
        },
    }


def residency_curve(rows: Sequence[Sequence[float]]) -> Spec:
    """Bandwidth against resident warps, with requests of 4 and of 16 bytes."""
    points = [
        {"request": f"{int(width)} bytes a thread", "warps": warps, "GB/s": rate}
        for width, warps, rate in rows
    ]
    return {
        "title": "A plain read, by what is under way at a time",
        "data": {"values": points},
        "mark": {"type": "line", "point": True},
        "height": 200,
        "encoding": {
            "x": axis("warps", "warps resident on each SM (of 64)", type="log", base=2),
            "y": axis("GB/s"),
            "color": {"field": "request", "type": "nominal", "title": None},
        },
    }


def growth(factors: Mapping[str, float]) -> Spec:
    """Growth in two years, as bars with their value."""
    rows = [{"what": name, "factor": round(value, 2)} for name, value in factors.items()]
    place = {
        "y": axis("what", kind="nominal") | {"sort": None, "title": None},
        "x": axis("factor", "factor in two years"),
    }
    return {
        "title": "Four generations of one maker's GPUs, 2017 to 2024",
        "data": {"values": rows},
        "height": {"step": 34},
        "layer": [
            {"mark": {"type": "bar", "color": BLUE}, "encoding": place},
            {
                "mark": {"type": "text", "align": "left", "dx": 4},
                "encoding": place | {"text": {"field": "factor", "type": "quantitative"}},
            },
        ],
    }
