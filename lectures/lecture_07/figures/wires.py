"""The figures about messages: buffers on a ring, times of collectives, lanes of FSDP."""

from collections.abc import Mapping, Sequence

from lectures.lecture_07.collectives import Link, Run, ring_seconds, tree_seconds
from lectures.lecture_07.overlap import Interval
from lectures.shared.charts import Spec, axis

BLUES = ["#e3eef9", "#b5d4ee", "#74aedd", "#2a6fb0"]
KIB = 2**10


def buffers_by_step(run: Run, title: str, columns: int = 4) -> Spec:
    """What every rank holds after each step; the darker, the more ranks are in the sum.

    Rank r starts with 10 ** r everywhere, so the digits tell who is in: 1011 is ranks 0, 1 and 3.
    """
    rows = [
        {"step": "start" if step == 0 else f"step {step}", "rank": f"rank {rank}", "chunk": chunk}
        | {"value": f"{value:.0f}", "summed": str(sum(int(d) for d in f"{value:.0f}"))}
        for step, buffers in enumerate(run.states)
        for rank, chunks in enumerate(buffers)
        for chunk, value in enumerate(chunks)
    ]
    names = list(dict.fromkeys(row["step"] for row in rows))
    x = axis("chunk", "chunk", "ordinal") | {"axis": {"labelAngle": 0, "title": None}}
    place = {"x": x, "y": {"field": "rank", "type": "ordinal", "title": None}}
    fill: Spec = {"field": "summed", "type": "nominal", "legend": None}
    fill["scale"] = {"domain": ["1", "2", "3", "4"], "range": BLUES}
    ink = {"condition": {"test": "datum.summed >= 3", "value": "white"}, "value": "#1a1a1a"}
    return {
        "title": title,
        "data": {"values": rows},
        "facet": {"field": "step", "type": "nominal", "title": None, "sort": names},
        "columns": columns,
        "spec": {
            "width": 108,
            "height": 84,
            "layer": [
                {"mark": {"type": "rect", "stroke": "white"}, "encoding": place | {"color": fill}},
                {
                    "mark": {"type": "text", "fontSize": 10},
                    "encoding": place
                    | {"text": {"field": "value", "type": "nominal"}, "color": ink},
                },
            ],
        },
    }


def labelled_lines(
    rows: Sequence[Mapping[str, object]],
    x: Spec,
    y: Spec,
    series: str,
    title: str,
    *,
    at_start: bool = False,
) -> Spec:
    """Lines of a few series, each with its name at its last (or first) point."""
    colour = {"field": series, "type": "nominal", "legend": None}
    ends = {row[series]: row for row in (reversed(rows) if at_start else rows)}
    side = {"align": "left", "dx": 6} if at_start else {"align": "right", "dx": -4}
    return {
        "title": title,
        "height": 260,
        "layer": [
            {
                "data": {"values": list(rows)},
                "mark": {"type": "line", "point": True},
                "encoding": {"x": x, "y": y, "color": colour},
            },
            {
                "data": {"values": list(ends.values())},
                "mark": {"type": "text", "dy": -10, "fontSize": 12} | side,
                "encoding": {
                    "x": x,
                    "y": y,
                    "color": colour,
                    "text": {"field": series, "type": "nominal"},
                },
            },
        ],
    }


def ring_and_tree(ranks: int, link: Link) -> Spec:
    """Times of the two all-reduces by the α–β model, against the size."""
    rows = [
        {"KiB": size / KIB, "ms": 1e3 * seconds(size, ranks, link), "algorithm": name}
        for name, seconds in (("ring", ring_seconds), ("tree", tree_seconds))
        for size in (KIB * 4**k for k in range(12))
    ]
    x = axis("KiB", "size of the buffer, KiB", type="log", base=4)
    y = axis("ms", "milliseconds, by the model", type="log")
    return labelled_lines(rows, x, y, "algorithm", f"All-reduce over {ranks} ranks")


def measured_and_model(seconds: Mapping[int, float], ranks: int, link: Link) -> Spec:
    """NCCL's all-reduce and the fitted model."""
    sizes = sorted(seconds)
    share = 2 * (ranks - 1) / ranks
    curve = [
        {"MiB": size / 2**20, "ms": 1e3 * link.seconds(share * size), "what": "α + bytes / β"}
        for size in (sizes[0] * 2**k for k in range(11))
    ]
    points = [{"MiB": s / 2**20, "ms": 1e3 * seconds[s], "what": "measured"} for s in sizes]
    x = axis("MiB", "size of the buffer, MiB", type="log", base=2)
    y = axis("ms", "milliseconds", type="log")
    colour: Spec = {"field": "what", "type": "nominal", "title": None}
    colour["scale"] = {"domain": ["measured", "α + bytes / β"], "range": ["#d1495b", "#2a6fb0"]}
    colour["legend"] = {"orient": "top"}
    return {
        "title": f"All-reduce of NCCL on {ranks} H100 (recorded)",
        "height": 240,
        "layer": [
            {
                "data": {"values": curve},
                "mark": "line",
                "encoding": {"x": x, "y": y, "color": colour},
            },
            {
                "data": {"values": points},
                "mark": {"type": "point", "filled": True, "size": 70},
                "encoding": {"x": x, "y": y, "color": colour},
            },
        ],
    }


def two_lanes(cases: Mapping[str, Sequence[Interval]]) -> Spec:
    """Gathering and computing of FSDP; the number is the unit."""
    rows = [
        {"case": case, "lane": i.lane, "from": i.start, "to": i.end, "unit": i.unit}
        | {"middle": (i.start + i.end) / 2}
        for case, intervals in cases.items()
        for i in intervals
    ]
    y = {"field": "lane", "type": "nominal", "title": None, "sort": ["gather", "compute"]}
    colour: Spec = {"field": "lane", "type": "nominal", "legend": None}
    colour["scale"] = {"domain": ["gather", "compute"], "range": ["#e8a33d", "#2a6fb0"]}
    x = axis("from", "milliseconds")
    return {
        "title": "Forward pass of six units under FSDP (simulated)",
        "data": {"values": rows},
        "facet": {"field": "case", "type": "nominal", "sort": list(cases), "title": None},
        "columns": 1,
        "spec": {
            "width": 440,
            "height": {"step": 24},
            "layer": [
                {
                    "mark": {"type": "bar", "stroke": "white"},
                    "encoding": {"y": y, "x": x, "x2": {"field": "to"}, "color": colour},
                },
                {
                    "mark": {"type": "text", "fontSize": 11, "color": "white"},
                    "encoding": {
                        "y": y,
                        "x": axis("middle", "milliseconds"),
                        "text": {"field": "unit", "type": "nominal"},
                    },
                },
            ],
        },
    }
