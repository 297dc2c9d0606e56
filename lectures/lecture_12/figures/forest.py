"""Shares with their intervals, one below the other, and what they are compared with."""

from collections.abc import Mapping, Sequence
from typing import Any

from lectures.lecture_12.figures.palette import COLOURS
from lectures.shared.charts import Spec, axis

Rows = Sequence[Mapping[str, Any]]


def forest(
    title: str,
    rows: Rows,
    x: str,
    *,
    domain: tuple[float, float],
    line: float | None = None,
    said: str = "",
    series: str = "",
    inside: bool = False,
) -> Spec:
    """One row a `name`, a dot at `value`, a bar from `low` to `high`; a dashed line at `line`.

    `series` colours the rows by that field, which then has a legend. `inside` puts the names beside
    the bars, on the side where there is more room, instead of in front of the axis.
    """
    across = axis("value", x, domain=list(domain)) | {"axis": {"format": ".0%"}}
    names = list(dict.fromkeys(str(row["name"]) for row in rows))
    down = {
        "field": "name",
        "type": "nominal",
        "sort": names,
        "title": None,
        "axis": None if inside else {"labelLimit": 260},
    }
    colour: Spec = {"value": COLOURS[0]}
    if series:
        kinds = list(dict.fromkeys(str(row[series]) for row in rows))
        scale = {"domain": kinds, "range": COLOURS[: len(kinds)]}
        legend = {"title": None, "orient": "top"}
        colour = {"field": series, "type": "nominal", "scale": scale, "legend": legend}
    place = {"y": down, "color": colour}
    layers: list[Spec] = [
        {
            "mark": {"type": "rule", "strokeWidth": 2},
            "encoding": place | {"x": across | {"field": "low"}, "x2": {"field": "high"}},
        },
        {
            "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1},
            "encoding": place | {"x": across},
        },
    ]
    if inside:
        layers += _names_beside(across, down, sum(domain) / 2)
    if line is not None:
        layers += _line(line, said, across)
    return {
        "title": title,
        "data": {"values": list(rows)},
        "layer": layers,
        "height": {"step": 26},
    }


def _names_beside(across: Spec, down: Spec, middle: float) -> list[Spec]:
    return [
        {
            "transform": [{"filter": f"datum.value {where} {middle}"}],
            "mark": {"type": "text", "align": align, "dx": dx, "fontSize": 12},
            "encoding": {
                "x": across | {"field": end},
                "y": down,
                "text": {"field": "name", "type": "nominal"},
            },
        }
        for where, end, align, dx in (("<", "high", "left", 8), (">=", "low", "right", -8))
    ]


def _line(at: float, said: str, across: Spec) -> list[Spec]:
    values = {"values": [{"value": at, "said": said}, {"value": at, "said": ""}]}
    grey = {"value": "#808890"}
    return [
        {
            "data": values,
            "mark": {"type": "rule", "strokeDash": [5, 4]},
            "encoding": {"x": across, "color": grey},
        },
        {
            "data": values,
            "mark": {"type": "text", "align": "left", "dx": 4, "dy": 0, "fontSize": 11},
            "encoding": {
                "x": across,
                "y": {"value": -6},
                "text": {"field": "said", "type": "nominal"},
                "color": grey,
            },
        },
    ]


def dumbbells(title: str, rows: Rows, x: str, kinds: Sequence[str]) -> Spec:
    """For each `name` a dot for each `kind` at `value`, joined by a line."""
    names = list(dict.fromkeys(str(row["name"]) for row in rows))
    down = {
        "field": "name",
        "type": "nominal",
        "sort": names,
        "title": None,
        "axis": {"labelLimit": 260},
    }
    across = axis("value", x, zero=False)
    scale = {"domain": list(kinds), "range": COLOURS[: len(kinds)]}
    legend = {"title": None, "orient": "top"}
    colour = {"field": "kind", "type": "nominal", "scale": scale, "legend": legend}
    return {
        "title": title,
        "data": {"values": list(rows)},
        "height": {"step": 30},
        "layer": [
            {
                "mark": {"type": "line", "strokeWidth": 1.5, "color": "#808890"},
                "encoding": {"x": across, "y": down, "detail": {"field": "name"}},
            },
            {
                "mark": {"type": "point", "filled": True, "size": 110, "opacity": 1},
                "encoding": {"x": across, "y": down, "color": colour},
            },
        ],
    }


def rating_dumbbells(title: str, found: Mapping[str, Any]) -> Spec:
    """Ratings of each model, an array or list each, one below the other by where they come from."""
    models = len(next(iter(found.values())))
    rows = [
        {"name": f"model {model}", "kind": kind, "value": float(points[model])}
        for model in range(models)
        for kind, points in found.items()
    ]
    return dumbbells(title, rows, "points", list(found))


def difference(title: str, value: float, found: Mapping[str, tuple[float, float]]) -> Spec:
    """One difference with its intervals by several methods, and a line at zero."""
    rows = [
        {"name": name, "value": value, "low": low, "high": high}
        for name, (low, high) in found.items()
    ]
    ends = [end for interval in found.values() for end in interval]
    domain = (min(0.0, *ends) - 0.02, max(ends) + 0.02)
    return forest(title, rows, "ours − theirs", domain=domain, line=0.0, said="no difference")


def formats(shares: Rows) -> Spec:
    """One model's score in every format."""
    title = "SmolLM2-135M-Instruct on forty questions (recorded)"
    x = "right answers, with 95 % intervals"
    rows = [
        dict(row) | {"name": _short(str(row["name"])), "compared": _compared(str(row["name"]))}
        for row in shares
    ]
    return forest(
        title, rows, x, domain=(0, 1), line=0.25, said="chance", series="compared", inside=True
    )


def _short(name: str) -> str:
    """Names that leave room for the marks on a phone."""
    short = {", options shown": ", shown", "4 examples": "4 ex.", ", by bytes": " / bytes"}
    for long, brief in short.items():
        name = name.replace(long, brief)
    return name


def _compared(name: str) -> str:
    if "text" not in name:
        return "letters or numbers"
    return "texts, options shown" if "shown" in name else "texts, options hidden"


def judge(shares: Rows) -> Spec:
    """How often a judge picks the right answer, by the order of the two."""
    title = "SmolLM2 as a judge of 40 pairs (recorded)"
    return forest(title, shares, "picks the right answer", domain=(0, 1), line=0.5, said="chance")


def passages(rows: Rows) -> Spec:
    """Bits per byte of famous passages and of their rewordings."""
    title = "The same content, famous and reworded (recorded)"
    return dumbbells(title, rows, "bits per byte", ["famous", "reworded"])
