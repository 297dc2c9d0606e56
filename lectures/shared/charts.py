"""Vega-Lite specifications that the figures of the lectures are made of."""

from collections.abc import Mapping, Sequence
from typing import Any

Spec = dict[str, Any]
Rows = Sequence[Mapping[str, Any]]


def axis(field: str, title: str = "", kind: str = "quantitative", **scale: Any) -> Spec:
    """One encoding channel; keyword arguments go to its scale."""
    channel: Spec = {"field": field, "type": kind, "title": title or field}
    return channel | {"scale": scale} if scale else channel


def lines(rows: Rows, x: Spec, y: Spec, colour: Spec | None = None, **more: Any) -> Spec:
    """Lines with points; `more` goes to the top level (title, height, width)."""
    encoding = {"x": x, "y": y} | ({"color": colour} if colour else {})
    return {
        "data": {"values": list(rows)},
        "mark": {"type": "line", "point": True},
        "encoding": encoding,
        "height": 260,
    } | more


def bars(
    rows: Rows, category: Spec, value: Spec, colour: Spec | None = None, *,
    stacked: bool = False, **more: Any,
) -> Spec:  # fmt: skip
    """Horizontal bars in the order of the rows; where `colour` has another field, its bars stand
    side by side or, `stacked`, end to end."""
    category = category | {"sort": None}
    encoding = {"y": category, "x": value, "tooltip": [category, value]}
    if colour:
        encoding["color"] = colour
        if colour["field"] != category["field"] and not stacked:
            encoding["yOffset"] = {"field": colour["field"], "sort": None}
    return {"data": {"values": list(rows)}, "mark": "bar", "encoding": encoding} | more
