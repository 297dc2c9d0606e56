"""Figures of tiles: the saw-tooth, its causes one by one, and traffic."""

from collections.abc import Mapping, Sequence

from lectures.lecture_05.figures.warps import BLUE, GREY, ORANGE
from lectures.lecture_05.records import alignment
from lectures.shared.charts import Spec, axis

BANDS = {1: "odd", 2: "even", 8: "8", 16: "16"}
COLOURS = [GREY, "#c9a227", "#9560c9", "#3584d0"]  # read in the dark, too


def saw_tooth(rates: Mapping[int, float], marked: Mapping[int, str]) -> Spec:
    """TFLOP/s for each n, coloured by what divides n; `marked` sizes are ringed and named."""
    rows = [
        {"n": n, "TFLOP/s": round(rate), "divisor": BANDS[alignment(n)]}
        for n, rate in rates.items()
    ]
    place = {"x": axis("n", "n", zero=False), "y": axis("TFLOP/s")}
    rings: list[dict[str, int | float | str]] = [
        {"n": n, "TFLOP/s": rates[n], "label": label} for n, label in marked.items()
    ]
    # Between the bands, where nothing else stands, for the sizes of the lower ones.
    names = [r | {"TFLOP/s": max(rates[int(r["n"])], 310)} for r in rings]
    words = [
        {"n": 1060, "TFLOP/s": 740, "label": "multiples of 8: kernels for Hopper"},
        {"n": 2500, "TFLOP/s": 250, "label": "even: kernels for Ampere"},
        {"n": 2500, "TFLOP/s": 45, "label": "odd: kernels for Turing"},
    ]
    text = {"type": "text", "align": "left", "fontSize": 13}
    named = place | {"text": {"field": "label"}}
    return {
        "title": "bfloat16 product of two n × n matrices on an H100, every n",
        "height": 270,
        "layer": [
            {
                "data": {"values": rows},
                "mark": {"type": "point", "filled": True, "size": 12, "opacity": 0.9},
                "encoding": place
                | {
                    "color": {
                        "field": "divisor",
                        "type": "nominal",
                        "title": "n divisible by",
                        "legend": {"orient": "bottom"},
                        "scale": {"domain": list(BANDS.values()), "range": COLOURS},
                    }
                },
            },
            {"data": {"values": words}, "mark": text, "encoding": named},
            {
                "data": {"values": rings},
                "mark": {"type": "point", "size": 120, "strokeWidth": 2, "color": ORANGE},
                "encoding": place,
            },
            {
                "data": {"values": names},
                "mark": text | {"dx": 9, "dy": -9, "color": ORANGE, "fontWeight": "bold"},
                "encoding": named,
            },
        ],
    }


def tile_cover(n: int, tile: tuple[int, int]) -> Spec:
    """An n × n output under whole tiles; what sticks out is computed and thrown away."""
    rows_of, columns_of = -(-n // tile[0]), -(-n // tile[1])
    rows = [
        {
            "x": j * tile[1],
            "x2": (j + 1) * tile[1],
            "y": i * tile[0],
            "y2": (i + 1) * tile[0],
            "tile": "at the edge" if i == rows_of - 1 or j == columns_of - 1 else "full",
        }
        for i in range(rows_of)
        for j in range(columns_of)
    ]
    corners = [(0, 0), (n, 0), (n, n), (0, n), (0, 0)]
    frame = [{"x": x, "y": y, "corner": i} for i, (x, y) in enumerate(corners)]
    ranges = {
        "x": axis("x", "column", domain=[0, columns_of * tile[1]], nice=False),
        "x2": {"field": "x2"},
        "y": axis("y", "row", domain=[rows_of * tile[0], 0], nice=False),
        "y2": {"field": "y2"},
    }
    return {
        "title": f"{rows_of} × {columns_of} tiles cover n = {n}; the frame is what was asked for",
        "height": 200,
        "width": 230,
        "layer": [
            {
                "data": {"values": rows},
                "mark": {"type": "rect", "stroke": "white"},
                "encoding": ranges
                | {
                    "color": {
                        "field": "tile",
                        "type": "nominal",
                        "title": None,
                        "scale": {"domain": ["full", "at the edge"], "range": [BLUE, ORANGE]},
                    }
                },
            },
            {
                "data": {"values": frame},
                "mark": {"type": "line", "color": "black", "strokeWidth": 3},
                "encoding": {"x": ranges["x"], "y": ranges["y"]}
                | {"order": {"field": "corner", "type": "quantitative"}},
            },
        ],
    }


def fixed_tile(rows: Sequence[Sequence[float]], sms: int = 132) -> Spec:
    """Time for a unit of depth against the tiles of a kernel whose tile is fixed."""
    points = [
        {"tiles": tiles, "ns": round(1e9 * seconds / n, 1), "n": n}
        for n, tiles, seconds, _ in rows
        if tiles <= 8 * sms
    ]
    borders = [
        {"tiles": sms * k, "kind": "two an SM" if k % 2 == 0 else "one an SM"} for k in range(1, 9)
    ]
    x = axis("tiles", "tiles of 128 × 128") | {"axis": {"values": [b["tiles"] for b in borders]}}
    return {
        "title": "A product with one tile size: time for a unit of depth",
        "height": 200,
        "layer": [
            {
                "data": {"values": borders},
                "mark": {"type": "rule", "strokeWidth": 1.5},
                "encoding": {
                    "x": x,
                    "color": {
                        "field": "kind",
                        "type": "nominal",
                        "title": "all SMs full, with",
                        "scale": {"domain": ["one an SM", "two an SM"], "range": [GREY, ORANGE]},
                    },
                },
            },
            {
                "data": {"values": points},
                "mark": {"type": "line", "point": True, "color": BLUE},
                "encoding": {
                    "x": x,
                    "y": axis("ns", "nanoseconds / n"),
                    "tooltip": [{"field": f} for f in ("n", "tiles", "ns")],
                },
            },
        ],
    }
