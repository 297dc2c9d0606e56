"""Axes, colours and layers that the figures share."""

from typing import Any

from lectures.shared.charts import Rows, Spec, axis

COLOURS = ["#3b82c4", "#e0526a", "#3f9e6a", "#c08727", "#8f6fc0"]  # on white and on black
GREY = "#888888"


def log_axis(field: str, title: str, **scale: Any) -> Spec:
    """A logarithmic channel with few, short tick labels."""
    channel = axis(field, title, type="log", **scale)
    return channel | {"axis": {"format": "~s", "tickCount": 6, "labelOverlap": True}}


def coloured(field: str, names: list[str]) -> Spec:
    """Fixed colours in the order of the names."""
    return {"field": field, "type": "nominal", "legend": None,
            "scale": {"domain": names, "range": COLOURS[: len(names)]}}  # fmt: skip


def points(rows: Rows, x: Spec, y: Spec, colour: str = COLOURS[1], **mark: Any) -> Spec:
    """Filled marks of one colour."""
    shown = {"type": "point", "filled": True, "size": 60, "opacity": 1, "color": colour} | mark
    return {"data": {"values": list(rows)}, "mark": shown, "encoding": {"x": x, "y": y}}


def line(rows: Rows, x: Spec, y: Spec, colour: str = COLOURS[0], **mark: Any) -> Spec:
    """A line of one colour."""
    shown = {"type": "line", "color": colour, "clip": True} | mark
    return {"data": {"values": list(rows)}, "mark": shown, "encoding": {"x": x, "y": y}}


def words(rows: Rows, x: Spec, y: Spec, field: str = "word", **mark: Any) -> Spec:
    """Words at places."""
    shown = {"type": "text", "align": "left", "dx": 7, "fontSize": 11} | mark
    text = {"field": field, "type": "nominal"}
    return {"data": {"values": list(rows)}, "mark": shown,
            "encoding": {"x": x, "y": y, "text": text}}  # fmt: skip


def upright(field: str, value: float) -> Spec:
    """A dashed rule across the figure at a value of the horizontal axis."""
    return {
        "data": {"values": [{field: value}, {field: value}]},
        "mark": {"type": "rule", "strokeDash": [4, 4], "color": GREY},
        "encoding": {"x": {"field": field, "type": "quantitative"}},
    }


def named_bars(
    rows: Rows, category: str, value: Spec, title: str, colour: str = "", **text: Any
) -> Spec:
    """Horizontal bars with their values; `colour` is a field that colours them."""
    y: Spec = {"field": category, "type": "nominal", "sort": None, "title": None}
    y |= {"axis": {"labelLimit": 230}}
    names = list(dict.fromkeys(str(row[colour]) for row in rows)) if colour else []
    hue = coloured(colour, names) if colour else {"value": COLOURS[0]}
    number = {"text": {"field": value["field"], "type": "quantitative"} | text}
    return {
        "title": title,
        "height": {"step": 26},
        "data": {"values": list(rows)},
        "layer": [
            {"mark": "bar", "encoding": {"x": value, "y": y, "color": hue}},
            {
                "mark": {"type": "text", "align": "left", "dx": 4},
                "encoding": {"x": value, "y": y} | number,
            },
        ],
    }
