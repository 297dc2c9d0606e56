"""Figures of the last sections: serving, and the two real studies."""

from collections.abc import Mapping, Sequence

import numpy as np
from cs336_scaling.isoflops import fit_power_law
from cs336_scaling.real_study.excess_fits import ExcessInterval, ExcessRun, valleys

from lectures.lecture_09.demand import cost_curve
from lectures.lecture_09.figures.lines import (
    COLOURS,
    line_layers,
    log_axis,
    named_lines,
    point_layer,
    power_axis,
    word_layer,
)
from lectures.lecture_09.published import Model
from lectures.lecture_09.studies import HELD_OUT, curves
from lectures.shared.charts import Spec, axis


def life_cost(loss: float, served: Mapping[str, float]) -> Spec:
    """Cost over a model's life against its size, over the least possible."""
    sizes = [float(n) for n in np.geomspace(1.4e10, 4e11, 60)]
    rows = [
        {"N": n, "cost": round(cost, 4), "what": f"serves {name}"}
        for name, tokens in served.items()
        for n, cost in zip(sizes, cost_curve(loss, tokens, sizes), strict=True)
        if cost < 3
    ]
    x = power_axis("N", "parameters N")
    y = axis("cost", "FLOPs of the whole life, over the least", zero=False, domain=[1, 3])
    return named_lines("Four models of one quality", rows, x, y, "what", points=False)


def ratios_by_year(models: Sequence[Model]) -> Spec:
    """Training tokens for each active parameter of released models."""
    rows = [{"year": m.year, "ratio": round(m.ratio, 1), "name": m.name} for m in models]
    x = axis("year", "year", domain=[2019.5, 2027.5], nice=False)
    x["axis"] = {"format": "d", "tickCount": 7}
    y = log_axis("ratio", "training tokens for each active parameter", domain=[0.7, 8000])
    rule: Spec = {
        "data": {"values": [{"ratio": 20}, {"ratio": 20}]},
        "mark": {"type": "rule", "strokeDash": [4, 4], "color": COLOURS[2]},
        "encoding": {"y": y},
    }
    moved: dict[str, dict[str, object]] = {
        "LLaMA-65B": {"down": 10},
        "Chinchilla": {"down": 14},
        "Llama-2-70B": {"side": "left"},
    }
    words = [dict[str, object](row) | moved.get(str(row["name"]), {}) for row in rows]
    words.append({"year": 2019.5, "ratio": 20, "name": "20", "down": -9})
    marks = [point_layer(rows, x, y, COLOURS[0]), word_layer(words, x, y)]
    return {"title": "Tokens for each parameter", "height": 320, "layer": [rule, *marks]}


def study_isoflops(runs: Sequence[ExcessRun], title: str) -> Spec:
    """Excess against size at each budget, as measured."""
    budgets = sorted({run.compute_budget for run in runs})
    rows = [
        {"N": run.parameters, "x": float(f"{run.excess:.4g}"), "C": f"{run.compute_budget:.0e}"}
        for budget in budgets
        for run in sorted(runs, key=lambda run: run.parameters)
        if run.compute_budget == budget
    ]
    x = power_axis("N", "parameters N")
    y = log_axis("x", "loss − entropy, nats a token", domain=[0.02, 0.15], nice=False)
    layers = line_layers(rows, x, y, "C", points=True)
    scale = {"scheme": "viridis", "domain": [f"{budget:.0e}" for budget in budgets]}
    for layer in layers:
        layer["encoding"]["color"] = {"field": "C", "type": "ordinal", "legend": None} | {
            "scale": scale
        }
    layers[1]["encoding"]["color"] = {"value": "#777777"}
    return {"title": title, "height": 300, "layer": layers}


def held_out_prediction(
    runs: Sequence[ExcessRun], interval: ExcessInterval, middle: float, alpha: float
) -> Spec:
    """Best excess against compute: fitted budgets, the prediction at ten times, what came."""
    points = valleys(runs)
    seen = [p for p in points if p.compute_budget < HELD_OUT]
    held = [p for p in points if p.compute_budget == HELD_OUT]
    law = fit_power_law([p.compute_budget for p in seen], [p.excess for p in seen])
    slope, ends = -alpha / (2 + alpha), (seen[0].compute_budget, HELD_OUT)
    level = float(np.exp(np.mean([np.log(p.excess * p.compute_budget**-slope) for p in seen])))
    rows = [
        {"C": c, "x": value(c), "what": what}
        for what, value in (
            (f"theory: slope {slope:.2f}", lambda c: level * c**slope),
            (f"fitted: slope {law.exponent:.3f}", law.predict),
        )
        for c in ends
    ]
    x = power_axis("C", "compute C, FLOPs", domain=[7e11, 4e15], nice=False)
    y = log_axis("x", "best loss − entropy, nats a token", domain=[0.015, 0.13], nice=False)
    bar: Spec = {
        "data": {"values": [{"C": HELD_OUT, "low": interval.low, "high": interval.high}] * 2},
        "mark": {"type": "rule", "strokeWidth": 5, "opacity": 0.5, "color": COLOURS[3]},
        "encoding": {"x": x, "y": y | {"field": "low"}, "y2": {"field": "high"}},
    }
    dots = [{"C": p.compute_budget, "x": p.excess} for p in seen]
    sixth: list[dict[str, object]] = [
        {"C": p.compute_budget, "x": p.excess, "name": "what came", "down": 14} for p in held
    ]
    sixth.append({"C": HELD_OUT, "x": middle, "name": "predicted", "down": -12})
    lines = line_layers(rows, x, y, "what")
    for i, row in enumerate(lines[1]["data"]["values"]):
        row |= {"C": 8e12, "x": 0.115 - 0.014 * i}
    return {
        "title": "Five budgets fitted, the sixth predicted",
        "height": 320,
        "layer": [
            *lines,
            bar,
            point_layer(dots, x, y, COLOURS[0]),
            point_layer(sixth, x, y, COLOURS[2], "diamond"),
            word_layer(sixth, x, y),
        ],
    }


STORY_SIZES = (55_296, 194_560, 790_528, 2_211_840)


def story_curves() -> Spec:
    """Training loss of the stories above their entropy, against tokens."""
    rows = [
        {
            "tokens": row["tokens"],
            "x": round(row["excess"], 4),
            "N": f"{row['parameters'] / 1e6:.2g}M",
        }
        for row in curves("stories")
        if row["parameters"] in STORY_SIZES
    ]
    x = power_axis("tokens", "tokens seen")
    y = log_axis("x", "training loss − entropy, nats a token", domain=[0.03, 8], nice=False)
    layers = line_layers(rows, x, y, "N", nudged={"2.2M": 14})
    names = list(dict.fromkeys(str(row["N"]) for row in rows))
    for layer in layers:
        layer["encoding"]["color"] = {
            "field": "N",
            "type": "ordinal",
            "legend": None,
            "scale": {"scheme": "viridis", "domain": names},
        }
    for layer in layers[1:]:
        layer["encoding"]["color"] = {"value": "#777777"}
    return {"title": "Stories: a plateau, and then a drop", "height": 320, "layer": layers}
