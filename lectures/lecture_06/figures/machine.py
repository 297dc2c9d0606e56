"""The figures about the machine: waves of blocks, lines of memory, banks."""

from collections.abc import Callable, Mapping

from lectures.shared.charts import Spec, axis, bars, lines


def wave_lanes(blocks: int, lanes: int) -> Spec:
    """Blocks of equal length on `lanes` multiprocessors, one after another."""
    rows = [
        {"multiprocessor": block % lanes, "from": block // lanes, "to": block // lanes + 1}
        | {"block": block, "wave": f"wave {block // lanes + 1}"}
        for block in range(blocks)
    ]
    return {
        "title": f"{blocks} equal blocks on {lanes} multiprocessors",
        "data": {"values": rows},
        "mark": {"type": "bar", "stroke": "white", "height": {"band": 0.85}},
        "height": {"step": 16},
        "encoding": {
            "y": axis("multiprocessor", kind="ordinal"),
            "x": axis("from", "time, in blocks"),
            "x2": {"field": "to"},
            "color": {"field": "wave", "type": "nominal", "title": None},
            "tooltip": [{"field": "block"}, {"field": "wave"}],
        },
    }


def wave_efficiency(efficiency: Mapping[int, float]) -> Spec:
    """Share of busy multiprocessors against the number of blocks."""
    rows = [{"blocks": blocks, "busy": 100 * share} for blocks, share in efficiency.items()]
    spec = lines(rows, axis("blocks"), axis("busy", "multiprocessors busy, %"), height=200)
    return spec | {"title": "Tails of waves on 132 multiprocessors", "mark": "line"}


def lines_by_stride(touched: Mapping[int, int]) -> Spec:
    """Lines of 128 bytes for one request of a warp, against the distance of its threads."""
    endings = {1: "every", 2: "every 2nd", 32: "every 32nd"}
    rows = [
        {"stride": endings.get(stride, f"every {stride}th"), "lines": count}
        for stride, count in touched.items()
    ]
    return bars(
        rows,
        axis("stride", "threads read … float", kind="nominal"),
        axis("lines", "lines of 128 bytes fetched for 32 floats"),
        title="The same 128 useful bytes",
    )  # fmt: skip


def bank_maps(column: int, size: int = 8) -> Spec:
    """Bank of every element of a small tile, row by row and swizzled; one column is marked.

    The machine that is drawn has `size` banks, a power of two.
    """
    layouts: Mapping[str, Callable[[int, int], int]] = {
        "row by row": lambda row, column: size * row + column,
        "swizzled": lambda row, column: size * row + (column ^ row),
    }
    rows = [
        {"layout": name, "row": r, "column": c}
        | {"bank": layout(r, c) % size, "wanted": c == column}
        for name, layout in layouts.items()
        for r in range(size)
        for c in range(size)
    ]
    x, y = axis("column", "column", "ordinal"), axis("row", "row", "ordinal")
    x |= {"axis": {"labelAngle": 0}}
    place = {"x": x, "y": y}
    fill: Spec = {"field": "wanted", "type": "nominal", "legend": None}
    fill["scale"] = {"domain": [False, True], "range": ["#dce9f5", "#2a6fb0"]}
    ink = {"condition": {"test": "datum.wanted", "value": "white"}, "value": "#1a1a1a"}
    return {
        "title": f"Which of {size} banks holds each element; dark: one column is read",
        "data": {"values": rows},
        "facet": {"field": "layout", "type": "nominal", "title": None, "sort": None},
        "spec": {
            "width": 130,
            "height": 130,
            "layer": [
                {"mark": {"type": "rect", "stroke": "white"}, "encoding": place | {"color": fill}},
                {
                    "mark": {"type": "text", "fontSize": 13},
                    "encoding": place
                    | {"text": {"field": "bank", "type": "quantitative"}, "color": ink},
                },
            ],
        },
    }
