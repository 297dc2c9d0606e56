"""What the figures of this lecture share: colours, points, rules and shares as bars."""

from collections.abc import Mapping, Sequence
from typing import Any

from lectures.shared.charts import Spec, axis, bars, labelled_lines

COLOURS = ["#3b82c4", "#e0526a", "#3f9e6a", "#c08727", "#8f6fc0"]  # on white and on black
GREY = "#8a8a8a"
OUTCOMES = {"right": COLOURS[2], "wrong": COLOURS[1], "declined": COLOURS[0], "other": GREY}


def coloured(field: str, names: Sequence[str], colours: Sequence[str] = COLOURS) -> Spec:
    """Fixed colours in the order of the names."""
    return {
        "field": field,
        "type": "nominal",
        "title": "",
        "scale": {"domain": list(names), "range": list(colours[: len(names)])},
    }


def named_lines(
    curves: Mapping[str, Sequence[tuple[float, float]]], x: Spec, y: Spec, title: str, **more: Any
) -> Spec:
    """A line for each name, labelled at its end."""
    rows = [
        {"name": name, x["field"]: a, y["field"]: round(b, 4)}
        for name, points in curves.items()
        for a, b in points
    ]
    return labelled_lines(
        rows, x, y, coloured("name", list(curves)), title=title, point=True, **more
    )


def outcome_bars(found: Mapping[str, Mapping[str, float]], title: str, height: int = 0) -> Spec:
    """Shares of right, wrong, declined and other answers, end to end."""
    rows = []
    for name, shares in found.items():
        kinds = {kind: shares[kind] for kind in ("right", "wrong", "declined")}
        kinds["other"] = max(0.0, 1 - sum(kinds.values()))
        rows += [{"who": name, "kind": k, "share": round(100 * s, 1), "order": i}
                 for i, (k, s) in enumerate(kinds.items())]  # fmt: skip
    who = axis("who", " ", "nominal") | {"axis": {"labelLimit": 300}}
    share = axis("share", "% of the questions", domain=[0, 100])
    chart = bars(
        rows, who, share, coloured("kind", list(OUTCOMES), list(OUTCOMES.values())),
        stacked=True, title=title, height=height or 34 * len(found),
    )  # fmt: skip
    chart["encoding"]["order"] = {"field": "order"}
    return chart
