"""Vega-Lite specifications that the figures of the lectures are made of."""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
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


def labelled_lines(rows: Rows, x: Spec, y: Spec, colour: Spec, **more: Any) -> Spec:
    """Lines with their names at their ends instead of a legend; names that would meet move apart.

    `more` goes to the top level; `point=True` shows the points as well.
    """
    point, height = bool(more.pop("point", False)), more.setdefault("height", 260)
    name, across, up = colour["field"], x["field"], y["field"]
    last = {row[name]: row for row in sorted(rows, key=lambda row: float(row[across]))}
    hue = colour | {"legend": None, "sort": list(dict.fromkeys(row[name] for row in rows))}
    text = {"type": "text", "align": "left", "dx": 6, "fontSize": 11}
    shifts = _apart([float(row[up]) for row in last.values()], rows, y, height)
    return {
        "encoding": {"x": x, "y": y, "color": hue},
        "layer": [
            {
                "data": {"values": list(rows)},
                "mark": {"type": "line", "point": point, "clip": True},
            },
            *(
                {
                    "data": {"values": list(last.values())},
                    "transform": [{"filter": {"field": name, "equal": row[name]}}],
                    "mark": text | {"dy": round(shift, 1)},
                    "encoding": {"text": {"field": name}},
                }
                for row, shift in zip(last.values(), shifts, strict=True)
            ),
        ],
    } | more


def _apart(ends: Sequence[float], rows: Rows, y: Spec, height: float) -> list[float]:
    """How far to move each label down, in pixels, so that neighbours are a line apart."""
    line, scale = 13.0, y.get("scale", {})
    measure = math.log if scale.get("type") == "log" else float
    values = [float(row[y["field"]]) for row in rows]
    low, high = map(measure, scale.get("domain") or (min(values), max(values)))
    places = [height * (high - measure(end)) / ((high - low) or 1) for end in ends]
    downwards = sorted(range(len(ends)), key=lambda place: places[place])
    moved = list(places)
    for above, below in pairwise(downwards):
        moved[below] = max(moved[below], moved[above] + line)
    moved[downwards[-1]] = min(moved[downwards[-1]], height)
    for below, above in pairwise(reversed(downwards)):
        moved[above] = min(moved[above], moved[below] - line)
    return [to - place for to, place in zip(moved, places, strict=True)]


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
