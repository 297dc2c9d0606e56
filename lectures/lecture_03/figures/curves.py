"""Curves of runs: losses, seeds, rates, distances; and the masks, gradients and functions."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from lectures.lecture_03.records import Record, thinned
from lectures.shared.charts import Spec, axis

PALETTE = ("#2a6fb0", "#c8553d", "#3f9a6b", "#8a5fa8", "#7a7a7a")


LABEL_AT = 0.4  # of a line: seen on a phone, too, where a wide chart is cut at the right


def named_lines(
    curves: Mapping[str, Sequence[tuple[float, float]]],
    x: Spec,
    y: Spec,
    title: str,
    label_at: float = LABEL_AT,
) -> Spec:
    """Lines, each with its name beside it: above, or below where another line is close above."""
    across, up = x["field"], y["field"]
    rows = [
        {"name": name, across: at, up: value}
        for name, points in curves.items()
        for at, value in points
    ]
    middles = {name: points[int(label_at * len(points))] for name, points in curves.items()}
    sides = _sides({name: value for name, (_, value) in middles.items()}, _scale_of(rows, y))
    if label_at > 0.9:
        sides[min(middles, key=lambda name: middles[name][1])] = "below"
    colour: Spec = {"field": "name", "type": "nominal", "legend": None, "sort": None}
    colour["scale"] = {"domain": list(curves), "range": list(PALETTE[: len(curves)])}
    labels = [
        {"name": name, across: at, up: value, "dy": -15 if sides[name] == "above" else 17}
        for name, (at, value) in middles.items()
    ]
    mark: Spec = {"type": "text", "dy": {"expr": "datum.dy"}, "fontWeight": "bold", "fontSize": 12}
    mark |= {"align": "right"} if label_at > 0.9 else {}
    text = {"data": {"values": labels}, "mark": mark, "encoding": {"text": {"field": "name"}}}
    line = {"data": {"values": rows}, "mark": {"type": "line", "strokeWidth": 2.5}}
    encoding = {"x": x, "y": y, "color": colour}
    return {"title": title, "height": 180, "encoding": encoding, "layer": [line, text]}


def _scale_of(rows: Sequence[Mapping[str, Any]], y: Spec) -> Callable[[float], float]:
    """The share of the chart's height at which a value stands."""
    logarithmic = y.get("scale", {}).get("type") == "log"
    bend: Callable[[float], float] = math.log if logarithmic else float
    low, *_, high = sorted(bend(row[y["field"]]) for row in rows)
    return lambda value: (bend(value) - low) / max(high - low, 1e-9)


def _sides(values: Mapping[str, float], height: Callable[[float], float]) -> dict[str, str]:
    """Above or below for each label, from the highest line down."""
    sides: dict[str, str] = {}
    previous = 2.0
    for name, value in sorted(values.items(), key=lambda pair: -pair[1]):
        sides[name] = "below" if previous - height(value) < 0.15 else "above"
        previous = height(value)
    return sides


def losses(curves: Mapping[str, list[float]], title: str, what: str = "loss, nats a word") -> Spec:
    """Values of every step, in stretches, against the step."""
    points = {}
    for name, values in curves.items():
        stretches = thinned(values)
        step = len(values) / len(stretches)
        points[name] = [(round((i + 1) * step), value) for i, value in enumerate(stretches)]
    return named_lines(points, axis("step"), axis("value", what, zero=False), title)


def seeds(record: Record, title: str) -> Spec:
    """One point for each run of a record, by arm."""
    rows = [{"arm": run["name"], "value": run["held_out"]} for run in record["runs"]]
    y = axis("arm", " ", "nominal") | {"sort": None, "axis": {"title": None, "labelLimit": 260}}
    return {
        "title": title,
        "data": {"values": rows},
        "height": {"step": 22},
        "mark": {"type": "point", "filled": True, "size": 70, "opacity": 0.6},
        "encoding": {
            "y": y,
            "x": axis("value", "loss on held-out stories, nats a word", zero=False),
            "color": {"value": PALETTE[0]},
            "tooltip": [{"field": "arm"}, {"field": "value"}],
        },
    }


def by_distance(curves: Mapping[str, Sequence[float]], trained: int, per: int, title: str) -> Spec:
    """Loss against the place in a long window; a rule stands where training ended."""
    points = {
        name: [((i + 0.5) * per, value) for i, value in enumerate(values)]
        for name, values in curves.items()
    }
    x = axis("place", "words already read")
    spec = named_lines(points, x, axis("loss", "loss, nats a word", zero=False), title)
    heights = [value for values in curves.values() for value in values]
    ends = [
        {"place": trained, "loss": min(heights), "name": ""},
        {"place": trained, "loss": max(heights), "name": f" longest in training: {trained}"},
    ]
    grey: Spec = {"data": {"values": ends}, "encoding": {"color": {"value": "#888888"}}}
    rule = grey | {"mark": {"type": "line", "strokeDash": [4, 3]}}
    words = grey | {"mark": {"type": "text", "align": "left", "dx": 2, "fontSize": 11}}
    words |= {"encoding": {"text": {"field": "name"}} | grey["encoding"]}
    spec["layer"] += [rule, words]
    return spec


def gradients(found: Mapping[str, Mapping[int, float]]) -> Spec:
    """Norm of a gradient against the depth, both logarithmic."""
    points = {name: list(by_depth.items()) for name, by_depth in found.items()}
    x = axis("layers", type="log", base=2, nice=False)
    y = axis("norm", "norm of the gradient", type="log", nice=False, padding=22)
    title = "Gradient of the down-projection, before the first update"
    return named_lines(points, x, y, title, label_at=0.99)


def rates(record: Record, title: str) -> Spec:
    """Loss against the learning rate, a line for each remedy, a point for each seed."""
    rows = []
    for run in record["runs"]:
        remedy, rate = run["name"].split(", rate ")
        rows.append({"remedy": remedy, "rate": float(rate), "loss": run["held_out"]})
    arms = list(dict.fromkeys(row["remedy"] for row in rows))
    colour: Spec = {"field": "remedy", "type": "nominal", "legend": {"orient": "top"}}
    colour["scale"] = {"domain": arms, "range": list(PALETTE[: len(arms)])}
    x = axis("rate", "highest learning rate", type="log")
    y = axis("loss", "loss on held-out stories, nats a word", zero=False)
    return {
        "title": title,
        "data": {"values": rows},
        "height": 180,
        "encoding": {"x": x, "y": y, "color": colour},
        "layer": [
            {"mark": {"type": "point", "filled": True, "opacity": 0.5}},
            {
                "mark": {"type": "line", "strokeWidth": 2.5},
                "encoding": {"y": y | {"aggregate": "mean"}},
            },
        ],
    }


def masks(drawn: Mapping[str, Tensor], note: str) -> Spec:
    """Which key each query may see, side by side."""
    rows = [
        {"mask": name, "query": q, "key": k, "seen": "seen" if bool(mask[q, k]) else "not"}
        for name, mask in drawn.items()
        for q in range(mask.shape[0])
        for k in range(mask.shape[1])
    ]
    colour: Spec = {"field": "seen", "type": "nominal", "legend": None}
    colour["scale"] = {"domain": ["seen", "not"], "range": [PALETTE[0], "#e4e7ea"]}
    bare: dict[str, Any] = {"axis": {"ticks": False, "labels": False, "domain": False}}
    return {
        "title": note,
        "data": {"values": rows},
        "facet": {"field": "mask", "type": "nominal", "title": None, "sort": None},
        "columns": 2,
        "spec": {
            "width": 120,
            "height": 120,
            "mark": {"type": "rect", "stroke": "white", "strokeWidth": 0.5},
            "encoding": {
                "x": axis("key", "key", "ordinal") | bare,
                "y": axis("query", "query", "ordinal") | bare,
                "color": colour,
            },
        },
    }


def functions(named: Mapping[str, Callable[[Tensor], Tensor]], title: str) -> Spec:
    """Functions of one number."""
    x = torch.linspace(-4, 2.5, 66)
    points = {
        name: list(zip(x.tolist(), function(x).tolist(), strict=True))
        for name, function in named.items()
    }
    return named_lines(points, axis("x"), axis("f"), title)


def lines(
    curves: Mapping[str, Sequence[tuple[float, float]]], x: str, y: str, title: str, **scale: Any
) -> Spec:
    """Named lines with these titles of the axes; `scale` is of the vertical one."""
    return named_lines(curves, axis("at", x), axis("value", y, **scale), title)


def far_apart(record: Record, title: str) -> Spec:
    """Loss against the place in a long window, the mean over the seeds of each arm."""
    by_arm: dict[str, list[list[float]]] = {}
    for run in record["runs"]:
        by_arm.setdefault(run["name"], []).append(run["by_place"])
    means = {
        name: [sum(column) / len(column) for column in zip(*rows, strict=True)]
        for name, rows in by_arm.items()
    }
    length = record["length"]
    joined = {n: [sum(v[i : i + 4]) / 4 for i in range(0, len(v), 4)] for n, v in means.items()}
    return by_distance(joined, length, length, title)
