"""Figures of the sections on IsoFLOP sets and the three approaches."""

from collections.abc import Mapping, Sequence

import numpy as np
from cs336_scaling.chinchilla import ParametricLaw
from cs336_scaling.isoflops import OptimalRun, TrainingRun, by_budget

from lectures.lecture_09.figures.lines import (
    COLOURS,
    line_layers,
    log_axis,
    named_lines,
    point_layer,
    power_axis,
    word_layer,
)
from lectures.lecture_09.published import MODELS
from lectures.shared.charts import Spec, axis


def isoflop_curves(
    runs: Sequence[TrainingRun],
    law: ParametricLaw,
    picks: Mapping[str, Sequence[OptimalRun]],
    budgets: Sequence[float],
) -> Spec:
    """Loss against size at a few budgets, with the best model by each reading and the true one."""
    groups = by_budget(runs)
    rows: list[dict[str, object]] = [
        {"N": run.parameters, "loss": round(run.final_loss, 4), "what": f"{c:.0e} FLOPs"}
        for c in budgets
        for run in sorted(groups[c], key=lambda run: run.parameters)
    ]
    found = {
        what: [{"N": p.parameters, "loss": p.loss} for p in points if p.compute_budget in budgets]
        for what, points in picks.items()
    }
    found["truth"] = [{"N": law.optimum(c)[0], "loss": law.optimal_loss(c)} for c in budgets]
    x = power_axis("N", "parameters N")
    y = axis("loss", "loss, nats a token", zero=False)
    shapes = zip(
        found.items(),
        (COLOURS[1], COLOURS[3], COLOURS[2]),
        ("square", "triangle-up", "circle"),
        strict=True,
    )
    marks = [
        point_layer(points, x, y, colour, shape, hollow=what == "truth")
        for (what, points), colour, shape in shapes
    ]
    places = (("right", 14), ("below", 30), ("left", 14))
    words = word_layer(
        [
            points[0] | {"name": what, "side": side, "down": down}
            for (what, points), (side, down) in zip(found.items(), places, strict=True)
        ],
        x, y,
    )  # fmt: skip
    lines = line_layers(rows, x, y, "what", points=True)
    for layer in lines:
        layer["encoding"] |= {"color": {"value": "#888888"}, "detail": {"field": "what"}}
    return {"title": "Three of the nine budgets", "height": 320, "layer": [*lines, *marks, words]}


def size_over_truth(found: Mapping[str, Mapping[float, float]], law: ParametricLaw) -> Spec:
    """Best N by each reading over the true one, against compute."""
    rows = [
        {"C": c, "ratio": round(n / law.optimum(c)[0], 4), "what": what}
        for what, by_c in found.items()
        for c, n in by_c.items()
    ]
    x = power_axis("C", "compute C, FLOPs")
    y = axis("ratio", "best N that is found, over the true one", zero=False)
    return named_lines("No noise, and yet", rows, x, y, "what", nudged={"parabola": 12})


def grid_bias(errors: Mapping[float, Mapping[float, float]]) -> Spec:
    """Error of the parabola's N against where the grid's middle lies, a line for each width."""
    rows = [
        {"offset": offset, "error": round(100 * error, 2), "what": f"{width:g} × wide"}
        for width, by_offset in errors.items()
        for offset, error in by_offset.items()
    ]
    x = log_axis("offset", "middle of the grid over the best N", domain=[0.45, 2.2], nice=False)
    x["axis"] |= {"values": [0.5, 0.7, 1, 1.4, 2]}
    y = axis("error", "error of N at 1e24 FLOPs, %")
    return named_lines("Parabolas through noise-free runs", rows, x, y, "what")


def spread_of_draws(draws: Mapping[str, Sequence[float]]) -> Spec:
    """N at 1e24 FLOPs over the truth, a dot for each noisy set."""
    rows = [
        {"method": method, "ratio": round(ratio, 4)}
        for method, ratios in draws.items()
        for ratio in ratios
    ]
    y = {"field": "method", "type": "nominal", "title": None, "sort": list(draws)}
    x = log_axis("ratio", "N at 1e24 FLOPs over the true one", domain=[0.5, 2.1], nice=False)
    x["axis"] |= {"values": [0.5, 0.7, 1, 1.4, 2]}
    dots: Spec = {
        "data": {"values": rows},
        "mark": {"type": "point", "filled": True, "opacity": 0.55, "size": 90},
        "encoding": {"x": x, "y": y, "color": {"value": COLOURS[0]}},
    }
    truth: Spec = {
        "data": {"values": [{"ratio": 1}, {"ratio": 1}]},
        "mark": {"type": "rule", "strokeDash": [4, 4], "color": COLOURS[2]},
        "encoding": {"x": x},
    }
    return {
        "title": "One law, twelve noisy sets",
        "height": {"step": 44},
        "layer": [truth, dots],
    }


SHOWN = ("printed", "mean", "corrected")


def optimal_sizes_by_law(laws: Mapping[str, ParametricLaw]) -> Spec:
    """Best N against compute by three laws, and two models that were trained."""
    rows = [
        {"C": float(c), "N": law.optimum(float(c))[0], "what": what}
        for what, law in laws.items()
        if what in SHOWN
        for c in np.geomspace(1e20, 1e25, 6)
    ]
    x, y = power_axis("C", "compute C, FLOPs"), power_axis("N", "best N")
    trained = [
        {"C": 6 * m.active * m.tokens * 1e18, "N": m.active * 1e9, "name": m.name, "down": 12}
        for m in MODELS
        if m.name in ("Gopher", "Chinchilla")
    ]
    return {
        "title": "Which model should be trained?",
        "height": 280,
        "layer": [
            *line_layers(rows, x, y, "what", nudged={"printed": 6, "mean": -4}),
            point_layer(trained, x, y, "#777777"),
            word_layer(trained, x, y),
        ],
    }


def counted_exponents(path: Mapping[str, float]) -> Spec:
    """Exponents of N in C, one bar for each way of counting."""
    rows = [{"way": way, "a": round(a, 3)} for way, a in path.items()]
    y: Spec = {"field": "way", "type": "nominal", "sort": None, "title": None}
    y |= {"axis": {"labelLimit": 260}}
    x = axis("a", "exponent a of N ∝ C^a")
    words = {"text": {"field": "a", "type": "quantitative", "format": ".3f"}}
    return {
        "title": "The same runs, counted in four ways",
        "height": {"step": 30},
        "data": {"values": rows},
        "layer": [
            {"mark": {"type": "bar", "color": COLOURS[0]}, "encoding": {"x": x, "y": y}},
            {
                "mark": {"type": "text", "align": "right", "dx": -5, "color": "white"},
                "encoding": {"x": x, "y": y} | words,
            },
        ],
    }
