"""Lines with their names at their ends, and points on top of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from lectures.shared.charts import Spec, axis

Rows = Sequence[Mapping[str, object]]
COLOURS = ["#3b82c4", "#e0526a", "#3f9e6a", "#c08727", "#8f6fc0"]  # on white and on black


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
    rows: Rows,
    x: Spec,
    y: Spec,
    series: str,
    *,
    points: bool = False,
    nudged: Mapping[str, int] | None = None,
) -> list[Spec]:
    """A layer of lines and one of their names, to the right of the last row of each.

    Names that would stand on each other are moved down by `nudged` pixels.
    """
    names = list(dict.fromkeys(str(row[series]) for row in rows))
    colour = coloured(series, names)
    place = {"x": x, "y": y, "color": colour}
    ends = [dict(row) for row in {row[series]: row for row in rows}.values()]
    layers: list[Spec] = [
        {
            "data": {"values": list(rows)},
            "mark": {"type": "line", "point": points, "clip": True},
            "encoding": place,
        }
    ]
    moved = [row | {"down": (nudged or {}).get(str(row[series]), 0)} for row in ends]
    layers.append(word_layer(moved, x, y, series))
    layers[-1]["encoding"] |= {"color": colour}
    return layers


def named_lines(
    title: str,
    rows: Rows,
    x: Spec,
    y: Spec,
    series: str,
    *,
    points: bool = True,
    nudged: Mapping[str, int] | None = None,
) -> Spec:
    """A figure of such lines."""
    layers = line_layers(rows, x, y, series, points=points, nudged=nudged)
    return {"title": title, "height": 270, "layer": layers}


def point_layer(
    rows: Rows, x: Spec, y: Spec, colour: str, shape: str = "circle", *, hollow: bool = False
) -> Spec:
    """Marks of one colour, filled or, to be seen around others, hollow and larger."""
    mark = {"type": "point", "filled": not hollow, "shape": shape, "color": colour, "clip": True}
    mark |= {"opacity": 1, "strokeWidth": 2, "size": 220 if hollow else 80}
    return {"data": {"values": list(rows)}, "mark": mark, "encoding": {"x": x, "y": y}}


def word_layer(rows: Rows, x: Spec, y: Spec, field: str = "name") -> Spec:
    """Words beside marks: a row's `down` moves its word, `side` puts it left, right or below."""
    placed = [{"down": 0, "side": "right"} | dict(row) for row in rows]
    align = "{left: 'right', right: 'left', below: 'center'}[datum.side]"
    mark = {"type": "text", "fontSize": 12, "align": {"expr": align}, "dy": {"expr": "datum.down"}}
    mark["dx"] = {"expr": "{left: -8, right: 8, below: 0}[datum.side]"}
    text = {"field": field, "type": "nominal"}
    return {
        "data": {"values": placed},
        "mark": mark,
        "encoding": {"x": x, "y": y, "text": text},
    }
