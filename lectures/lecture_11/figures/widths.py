"""Figures of what changes with the width, and of Muon."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from lectures.lecture_11 import muon
from lectures.lecture_11.figures.planning import COLOURS, log_axis
from lectures.lecture_11.parametrization import Rule
from lectures.shared.charts import Spec, axis, labelled_lines

NAMES = {"standard": "standard", "mup": "μP"}
Curves = Mapping[Rule, Mapping[int, Mapping[float, float]]]
"""Loss by rule, width and learning rate."""


def coordinates(rows: Sequence[Mapping[str, float | int | str]]) -> Spec:
    """How far the last hidden state and the logits moved, by width and rule."""
    points = [
        {"width": row["width"], "moved": float(f"{float(row[what]):.4g}"),
         "what": f"{what}, {NAMES[str(row['rule'])]}"}
        for row in rows
        for what in ("last hidden", "logits")
    ]  # fmt: skip
    x = log_axis("width", "width")
    y = log_axis("moved", "RMS change after 3 steps")
    colour = {"field": "what", "type": "nominal", "title": None, "scale": {"range": COLOURS}}
    return labelled_lines(points, x, y, colour, title="A coordinate check", height=280, point=True)


def transfer(curves: Curves, title: str, y_title: str, top: float) -> Spec:
    """Loss against the learning rate, a line for each width, a panel for each rule."""
    rows = [
        {"rate": rate, "x": float(f"{value:.4g}"), "width": str(width), "rule": NAMES[rule]}
        for rule, widths in curves.items()
        for width, values in widths.items()
        for rate, value in values.items()
        if value <= top
    ]
    widths = sorted({int(str(row["width"])) for row in rows})
    lowest = {
        (row["rule"], row["width"]): row
        for row in sorted(rows, key=lambda row: -float(str(row["x"])))
    }
    rate = log_axis("rate", "learning rate", ".0e") | {"axis": {"format": ".0e", "tickCount": 4}}
    place = {"x": rate, "y": log_axis("x", y_title)}
    colour = {
        "field": "width",
        "type": "ordinal",
        "sort": [str(w) for w in widths],
        "scale": {"scheme": "viridis"},
        "legend": {"orient": "bottom", "title": "width"},
    }
    return {
        "title": title,
        "data": {"values": [row | {"best": lowest[row["rule"], row["width"]] is row}
                            for row in rows]},
        "facet": {"field": "rule", "type": "nominal", "title": None, "sort": [*NAMES.values()]},
        "columns": 2,
        "spec": {
            "width": 250,
            "height": 270,
            "layer": [
                {"mark": {"type": "line"}, "encoding": place | {"color": colour}},
                {
                    "transform": [{"filter": "datum.best"}],
                    "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1},
                    "encoding": place | {"color": colour},
                },
            ],
        },
    }  # fmt: skip


def best_rates(found: Mapping[Rule, Mapping[int, float]]) -> Spec:
    """Best learning rate against the width under both rules."""
    rows = [
        {"width": width, "rate": float(f"{rate:.3g}"), "rule": NAMES[rule]}
        for rule, rates in found.items()
        for width, rate in rates.items()
    ]
    colour = {"field": "rule", "type": "nominal", "scale": {"range": COLOURS}}
    x, y = log_axis("width", "width"), log_axis("rate", "best learning rate", ".0e")
    return labelled_lines(
        rows, x, y, colour, title="Where the minimum lies (recorded)", height=240, point=True
    )


def polynomials() -> Spec:
    """What five iterations do to a singular value, with two sets of coefficients."""
    values = torch.cat([torch.linspace(0.001, 0.05, 25), torch.linspace(0.06, 1, 48)]).double()
    made = {
        "Jordan's": muon.polynomial(values, 5, muon.FAST),
        "classical": muon.polynomial(values, 5, muon.CLASSICAL),
        "before": values,
    }
    rows = [
        {"s": round(float(s), 4), "after": round(float(after), 3), "what": name}
        for name, result in made.items()
        for s, after in zip(values, result, strict=True)
    ]
    x = axis("s", "singular value before (norm of the matrix 1)")
    y = axis("after", "after five iterations")
    colour = {"field": "what", "type": "nominal", "scale": {"range": COLOURS}}
    return labelled_lines(rows, x, y, colour, title="Five iterations", height=240)


def spectra(before: Tensor, after: Mapping[str, Tensor]) -> Spec:
    """Singular values of an update by rank: as the momentum has them, and made orthogonal."""
    shown = {"momentum, largest = 1": before / before.max(), **after}
    rows = [
        {"rank": i + 1, "s": float(f"{max(float(s), 1e-4):.3g}"), "what": name}
        for name, values in shown.items()
        for i, s in enumerate(values)
        if i % 3 == 0 or i == len(values) - 1
    ]
    x, y = axis("rank", "rank"), log_axis("s", "singular value")
    colour = {"field": "what", "type": "nominal", "scale": {"range": COLOURS}}
    return labelled_lines(
        rows, x, y, colour, title="All directions of an update, made equally long", height=260
    )


def speed_ups(found: Mapping[int, Mapping[int, float]]) -> Spec:
    """How many times Muon's steps Adam needs, against the length of the run, by width."""
    rows = [
        {"steps": steps, "times": round(value, 3), "width": f"{width} wide"}
        for width, values in found.items()
        for steps, value in values.items()
    ]
    x = log_axis("steps", "steps of Muon")
    y = axis("times", "Adam's steps for the same excess / Muon's", zero=False)
    colour = {"field": "width", "type": "nominal", "scale": {"range": COLOURS}}
    return labelled_lines(
        rows, x, y, colour, title="Muon's lead, along two axes (recorded)", height=260, point=True
    )
