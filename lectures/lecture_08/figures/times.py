"""Bandwidth against size, steps of data parallelism, who waits for whom."""

from collections.abc import Sequence
from typing import Any

from lectures.shared.charts import Spec, axis

Rows = Sequence[dict[str, Any]]
SLOW = {
    0.0: "all alike",
    0.5: "rank 3 takes 1.5 times as long",
    1.0: "rank 3 takes twice as long",
}
OPERATIONS = {"all-reduce": "#4477aa", "reduce-scatter": "#ee6677", "all-gather": "#c9a800"}


def bandwidth(rows: Rows) -> Spec:
    """Bus bandwidth by size: dots measured, lines the model, dashes the link."""
    x = axis("MiB", "tensor, MiB", type="log", base=2)
    y = axis("GB/s", "sent by each rank, GB/s", domain=[0, 480])
    colour: Spec = {"field": "operation", "type": "nominal", "title": None}
    colour["scale"] = {"domain": list(OPERATIONS), "range": list(OPERATIONS.values())}
    colour["legend"] = {"orient": "top"}
    model = axis("model", y["title"])
    link = {"datum": 450, "type": "quantitative"}
    return {
        "title": "H100s over NVLink: dots measured, lines α + S/β, dashes the link",
        "data": {"values": list(rows)},
        "facet": {"field": "ranks", "type": "nominal", "title": None},
        "columns": 2,
        "spec": {
            "width": 250,
            "height": 230,
            "layer": [
                {"mark": "line", "encoding": {"x": x, "y": model, "color": colour}},
                {"mark": {"type": "point", "filled": True, "size": 55},
                 "encoding": {"x": x, "y": y, "color": colour}},
                {"mark": {"type": "rule", "strokeDash": [5, 4], "color": "#888888"},
                 "encoding": {"y": link}},
            ],
        },
    }  # fmt: skip


def waits(rows: Rows) -> Spec:
    """Each rank's time in computing and in the all-reduce, for a slower and slower last rank."""
    bars = [
        {
            "case": SLOW[r["extra"]],
            "rank": f"rank {r['rank']}",
        }
        | {"part": part, "ms": 1e3 * r[key]}
        for r in rows
        for part, key in (("computing", "compute"), ("in the all-reduce", "all_reduce"))
    ]
    colour: Spec = {"field": "part", "type": "nominal", "title": None}
    colour["scale"] = {"range": ["#74aedd", "#e8a33d"]}
    colour["legend"] = {"orient": "top"}
    return {
        "title": "One slow rank: the others' all-reduce grows",
        "data": {"values": bars},
        "facet": {
            "field": "case",
            "type": "nominal",
            "title": None,
            "sort": list(SLOW.values()),
            "header": {"labelAnchor": "start", "labelFontSize": 12},
        },
        "columns": 1,
        "spacing": 6,
        "spec": {
            "width": 480,
            "height": {"step": 17},
            "mark": {"type": "bar", "stroke": "white"},
            "encoding": {
                "y": {"field": "rank", "type": "nominal", "title": None},
                "x": axis("ms", "milliseconds of a step"),
                "color": colour,
            },
        },
    }


def divergence(spread: Sequence[float]) -> Spec:
    """How far the ranks' weights differ after each step without an all-reduce."""
    rows = [{"step": i + 1, "apart": value} for i, value in enumerate(spread)]
    return {
        "title": "Without the all-reduce: two ranks' weights drift apart",
        "data": {"values": rows},
        "height": 170,
        "mark": {"type": "line", "point": True, "color": "#ee6677"},
        "encoding": {
            "x": axis("step", "step", kind="ordinal") | {"axis": {"labelAngle": 0}},
            "y": axis("apart", "largest difference of a weight"),
        },
    }
