"""Lines with their names at their ends, and points on top of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from lectures.shared.charts import Spec, axis

Rows = Sequence[Mapping[str, object]]
COLOURS = ["#2a6fb0", "#d1495b", "#3a8f5c", "#b07a1e", "#7b5aa6"]


def log_axis(field: str, title: str, **scale: Any) -> Spec:
    """A logarithmic channel with few, short tick labels."""
    channel = axis(field, title, type="log", **scale)
    return channel | {"axis": {"format": "~g", "tickCount": 6, "labelOverlap": True}}


def power_axis(field: str, title: str, **scale: Any) -> Spec:
    """A logarithmic channel for large numbers: 1e+21."""
    channel = axis(field, title, type="log", **scale)
    return channel | {"axis": {"format": ".0e", "tickCount": 6, "labelOverlap": True}}


def coloured(series: str, names: Sequence[str]) -> Spec:
    """Fixed colours in the order of the names, without a legend."""
    scale = {"domain": list(names), "range": COLOURS[: len(names)]}
    return {"field": series, "type": "nominal", "legend": None, "scale": scale}


def line_layers(
    rows: Rows, x: Spec, y: Spec, series: str, *, points: bool = False, at_start: bool = False
) -> list[Spec]:
    """One layer of lines and one of their names, at the last (or first) row of each."""
    names = list(dict.fromkeys(str(row[series]) for row in rows))
    colour = coloured(series, names)
    ends = {row[series]: row for row in (reversed(rows) if at_start else rows)}
    side = {"align": "left", "dx": 6} if at_start else {"align": "right", "dx": -4}
    place = {"x": x, "y": y, "color": colour}
    words = place | {"text": {"field": series, "type": "nominal"}}
    return [
        {
            "data": {"values": list(rows)},
            "mark": {"type": "line", "point": points, "clip": True},
            "encoding": place,
        },
        {
            "data": {"values": list(ends.values())},
            "mark": {"type": "text", "dy": -9, "fontSize": 12} | side,
            "encoding": words,
        },
    ]


def named_lines(
    title: str,
    rows: Rows,
    x: Spec,
    y: Spec,
    series: str,
    *,
    points: bool = True,
    at_start: bool = False,
) -> Spec:
    """A figure of such lines."""
    layers = line_layers(rows, x, y, series, points=points, at_start=at_start)
    return {"title": title, "height": 270, "layer": layers}


def point_layer(rows: Rows, x: Spec, y: Spec, colour: str, shape: str = "circle") -> Spec:
    """Filled marks of one colour."""
    mark = {"type": "point", "filled": True, "size": 80, "shape": shape, "color": colour}
    mark |= {"opacity": 1, "clip": True}
    return {"data": {"values": list(rows)}, "mark": mark, "encoding": {"x": x, "y": y}}


def word_layer(
    rows: Rows, x: Spec, y: Spec, field: str = "name", *, align: str = "left", dy: int = 0
) -> Spec:
    """Words beside marks."""
    mark = {"type": "text", "fontSize": 12, "align": align, "dy": dy}
    mark |= {"dx": {"left": 8, "right": -8, "center": 0}[align]}
    text = {"field": field, "type": "nominal"}
    return {
        "data": {"values": list(rows)},
        "mark": mark,
        "encoding": {"x": x, "y": y, "text": text},
    }
