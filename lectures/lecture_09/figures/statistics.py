"""Figures of the first sections: laws that statistics explains."""

from collections.abc import Mapping, Sequence

import numpy as np
from cs336_scaling.isoflops import PowerLaw

from lectures.lecture_09.births import FlooredLaw
from lectures.lecture_09.descent import saturating
from lectures.lecture_09.figures.lines import (
    COLOURS,
    line_layers,
    log_axis,
    named_lines,
    point_layer,
    power_axis,
)
from lectures.lecture_09.lookup import unknown_mass
from lectures.lecture_09.published import REPEAT_CONSTANT
from lectures.shared.charts import Spec


def nearest_curves(sizes: Sequence[int], errors: Mapping[int, Sequence[float]]) -> Spec:
    """Error of a nearest neighbour against the number of examples, a line for each dimension."""
    rows = [
        {"n": n, "error": float(f"{error:.4g}"), "what": f"{d} dimension{'s' * (d > 1)}"}
        for d, curve in errors.items()
        for n, error in zip(sizes, curve, strict=True)
    ]
    x = log_axis("n", "examples n")
    y = power_axis("error", "mean squared error")
    return named_lines("A nearest neighbour's error, by dimension", rows, x, y, "what")


def two_fits(
    sizes: Sequence[int], errors: Sequence[float], bare: PowerLaw, law: FlooredLaw
) -> Spec:
    """Noisy labels: what is measured, and two continuations to a million examples."""
    far = [float(n) for n in np.geomspace(sizes[0], 1e6, 25)]
    rows = [
        {"n": n, "error": fit.predict(n), "what": what}
        for what, fit in (("power law alone", bare), ("floor + power law", law))
        for n in far
    ]
    measured = [{"n": n, "error": e} for n, e in zip(sizes, errors, strict=True)]
    x, y = (
        log_axis("n", "examples n"),
        log_axis("error", "mean squared error", domain=[0.025, 0.25]),
    )
    return {
        "title": "Two laws through the same four points",
        "height": 250,
        "layer": [*line_layers(rows, x, y, "what"), point_layer(measured, x, y, "#777777")],
    }


def unknown_facts(sampled: Mapping[int, float], alpha: float) -> Spec:
    """What a table has not seen: samples, the sum over all facts, and a line of the slope."""
    sizes = [float(n) for n in np.geomspace(10, 1e6, 26)]
    scale = unknown_mass(1e6) / 1e6 ** (-alpha / (1 + alpha))
    rows = [{"n": n, "mass": unknown_mass(n), "what": "expected"} for n in sizes]
    rows += [
        {"n": n, "mass": scale * n ** (-alpha / (1 + alpha)), "what": "slope −1/3"}
        for n in (10.0, 1e6)
    ]
    dots = [{"n": n, "mass": mass} for n, mass in sampled.items()]
    x, y = power_axis("n", "examples read"), log_axis("mass", "probability of an unknown fact")
    return {
        "title": "What a table does not know yet (dots: drawn samples)",
        "height": 260,
        "layer": [
            *line_layers(rows, x, y, "what", nudged={"expected": 10, "slope −1/3": -6}),
            point_layer(dots, x, y, COLOURS[2]),
        ],
    }


def table_isoflops(budgets: Sequence[float], alpha: float = 0.5) -> Spec:
    """Unknown mass against the room of the table, at four budgets of room times examples."""
    rows, bottoms = [], []
    for budget in budgets:
        curve = [
            {
                "room": room,
                "mass": unknown_mass(budget / room, room, alpha),
                "what": f"{budget:.0e}",
            }
            for room in (float(r) for r in np.geomspace(10, 5e4, 30))
            if budget / room >= 1
        ]
        rows += curve
        bottoms.append(min(curve, key=lambda row: float(str(row["mass"]))))
    x = power_axis("room", "facts that the table has room for")
    y = log_axis("mass", "probability of an unknown fact")
    return {
        "title": "The best table at four budgets (room × examples)",
        "height": 270,
        "layer": [
            *line_layers(rows, x, y, "what"),
            point_layer(bottoms, x, y, "#777777"),
        ],
    }


def effective_data(measured: Mapping[int, float], constant: float) -> Spec:
    """How many epochs of fresh data repeated ones are worth; the formula with two constants."""
    ours, published = ({e: saturating(e, r) for e in measured} for r in (constant, REPEAT_CONSTANT))
    lines: dict[str, Mapping[int, float]] = {
        "all fresh": {e: float(e) for e in measured},
        f"published, R* = {REPEAT_CONSTANT}": published,
    }
    lines |= {"formula fitted to ours": ours, "ours, measured": measured}
    rows = [
        {"epochs": e, "worth": round(worth, 3), "what": what}
        for what, by_epoch in lines.items()
        for e, worth in by_epoch.items()
    ]
    x = log_axis("epochs", "epochs over the same data")
    y = log_axis("worth", "worth in epochs of fresh data")
    nudged = {"ours, measured": 8, "formula fitted to ours": -6}
    return named_lines("What a repeated example is worth", rows, x, y, "what", nudged=nudged)
