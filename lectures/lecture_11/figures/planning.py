"""Figures of the planner and of the forecast."""

from collections.abc import Mapping, Sequence
from typing import Any

from cs336_scaling.planner.ledger import Observation

from lectures.lecture_11.planner_walk import Belief, Extrapolation
from lectures.shared.charts import Spec, axis

COLOURS = ["#3b82c4", "#e0526a", "#3f9e6a", "#c08727", "#8f6fc0"]  # on white and on black
POINTS = 60  # of a budget's runs that are drawn


def power_axis(field: str, title: str, **scale: Any) -> Spec:
    """A logarithmic channel for large numbers: 1e+21."""
    channel = axis(field, title, type="log", nice=False, **scale)
    return channel | {"axis": {"format": ".0e", "tickCount": 6, "labelOverlap": True}}


def log_axis(field: str, title: str, form: str = "~g", **scale: Any) -> Spec:
    """A logarithmic channel with few, short tick labels."""
    channel = axis(field, title, type="log", nice=False, **scale)
    return channel | {"axis": {"format": form, "tickCount": 6, "labelOverlap": True}}


def bought(runs: Sequence[Observation], goal: tuple[float, float]) -> Spec:
    """Sizes of the runs that were bought at each budget, by purpose, and what they aim at."""
    groups: dict[int, list[Observation]] = {}
    for run in runs:
        groups.setdefault(run.config.train_flops, []).append(run)
    rows = [
        {"C": flops, "N": run.config.parameters, "why": run.purpose}
        for flops, group in sorted(groups.items())
        for run in group[:: max(1, len(group) // POINTS)]
    ]
    place = {"x": power_axis("C", "FLOPs of a run"), "y": power_axis("N", "parameters N")}
    colour = {
        "field": "why",
        "type": "nominal",
        "title": None,
        "legend": {"orient": "top"},
        "scale": {"domain": ["isoFLOP", "learning rate", "replicate"], "range": COLOURS},
    }
    aim = [{"C": goal[0], "N": goal[1], "name": "wanted"}] * 2
    return {
        "title": "What the planner bought",
        "height": 280,
        "layer": [
            {
                "data": {"values": rows},
                "mark": {"type": "point", "opacity": 0.7, "size": 24},
                "encoding": place | {"color": colour},
            },
            {
                "data": {"values": aim},
                "mark": {"type": "point", "shape": "diamond", "filled": True, "size": 140,
                         "color": COLOURS[3]},
                "encoding": place,
            },
            {
                "data": {"values": aim},
                "mark": {"type": "text", "dy": -14, "fontSize": 12},
                "encoding": place | {"text": {"field": "name"}},
            },
        ],
    }  # fmt: skip


def beliefs(walk: Sequence[Belief]) -> Spec:
    """Regret of the configuration that is believed best, against what was spent."""
    rows = [
        {"spent": b.spent, "regret": max(b.regret, 1e-6), "stage": b.stage}
        for b in walk
        if b.stage != "replicates"
    ]
    x = log_axis("spent", "share of the budget spent", "~%")
    y = log_axis("regret", "loss at the target, above the best", "~%", domain=[1e-6, 0.05])
    named = [row | {"up": -12 if i % 2 else 16} for i, row in enumerate(rows) if i < 6]
    return {
        "title": "Cheap runs first: the regret of stopping here",
        "height": 260,
        "layer": [
            {
                "data": {"values": rows},
                "mark": {"type": "line", "point": True, "color": COLOURS[0]},
                "encoding": {"x": x, "y": y},
            },
            {
                "data": {"values": named},
                "mark": {"type": "text", "align": "left", "dx": 6, "fontSize": 11,
                         "dy": {"expr": "datum.up"}},
                "encoding": {"x": x, "y": y, "text": {"field": "stage"}},
            },
        ],
    }  # fmt: skip


def bending(found: Sequence[Extrapolation], largest: int) -> Spec:
    """Error of the predicted best loss against compute, with the interval that was given."""
    rows = [
        {"C": e.flops, "error": round(e.error, 5), "low": round(-e.reach, 5),
         "high": round(e.reach, 5)}
        for e in found
    ]  # fmt: skip
    x = power_axis("C", "compute C, FLOPs")
    y = axis("error", "predicted loss over the truth, minus 1") | {"axis": {"format": "+.0%"}}
    words = [
        {"C": largest, "error": 0.033, "name": "largest run"},
        {"C": found[-1].flops, "error": found[-1].error + 0.02, "name": "wanted"},
    ]
    return {
        "title": "Right where there are runs, and then a bend",
        "height": 260,
        "layer": [
            {
                "data": {"values": rows},
                "mark": {"type": "area", "opacity": 0.25, "color": COLOURS[0]},
                "encoding": {"x": x, "y": y | {"field": "low"}, "y2": {"field": "high"}},
            },
            {
                "data": {"values": rows},
                "mark": {"type": "line", "point": True, "color": COLOURS[1]},
                "encoding": {"x": x, "y": y},
            },
            {
                "data": {"values": [{"C": largest}] * 2},
                "mark": {"type": "rule", "strokeDash": [4, 4], "color": "#888888"},
                "encoding": {"x": x},
            },
            {
                "data": {"values": words},
                "mark": {"type": "text", "align": "right", "dx": -6, "fontSize": 12},
                "encoding": {"x": x, "y": y, "text": {"field": "name"}},
            },
        ],
    }


def forecast_and_outcome(
    ladder: Sequence[Mapping[str, float]],
    said: Sequence[Mapping[str, float]],
    came: Mapping[tuple[int, int], float],
) -> Spec:
    """Excess against compute: the runs that were fitted, the forecasts, and what came."""

    def compute(row: Mapping[str, float]) -> float:
        return 6 * row["parameters"] * row["tokens"]

    x = power_axis("C", "compute C = 6ND, FLOPs", domain=[1e10, 3e15])
    y = log_axis("x", "loss − entropy, nats a token", domain=[0.008, 0.8])
    fitted = [{"C": compute(row), "x": row["excess"], "what": "fitted"} for row in ladder]
    goals = [
        {"C": compute(g), "x": g["excess"], "low": g["low"], "high": g["high"], "what": "forecast"}
        for g in said
    ]
    outcome = [{"C": 6.0 * n * d, "x": value, "what": "came"} for (n, d), value in came.items()]
    colour = {
        "field": "what",
        "type": "nominal",
        "title": None,
        "legend": {"orient": "top"},
        "scale": {"domain": ["fitted", "forecast", "came"],
                  "range": ["#888888", COLOURS[0], COLOURS[1]]},
    }  # fmt: skip
    return {
        "title": "A forecast, and what came",
        "height": 300,
        "layer": [
            {
                "data": {"values": goals},
                "mark": {"type": "rule", "strokeWidth": 4, "opacity": 0.45, "color": COLOURS[0]},
                "encoding": {"x": x, "y": y | {"field": "low"}, "y2": {"field": "high"}},
            },
            {
                "data": {"values": [*fitted, *goals, *outcome]},
                "mark": {"type": "point", "filled": True, "size": 60, "opacity": 1},
                "encoding": {"x": x, "y": y, "color": colour},
            },
        ],
    }


def rates_by_length(
    tuned: Sequence[Mapping[str, float]], law: Mapping[str, float], used: float
) -> Spec:
    """Best learning rate against the length of the run, the law through them, and what we used."""
    points = [
        {"steps": row["steps"], "rate": float(f"{row['rate']:.3g}"), "what": f"{row['width']} wide"}
        for row in tuned
    ]
    ends = (200, 9000)
    line = [{"steps": n, "rate": law["level"] * n ** law["exponent"]} for n in ends]
    flat = [{"steps": n, "rate": used} for n in ends]
    x, y = log_axis("steps", "steps of the run"), log_axis("rate", "best learning rate", ".0e")
    words = [
        {"steps": 8192, "rate": used * 1.15, "name": "used in the first forecast"},
        {"steps": 8192, "rate": line[1]["rate"] * 0.87, "name": "the law"},
    ]
    colour = {
        "field": "what",
        "type": "nominal",
        "title": None,
        "sort": None,
        "legend": {"orient": "top"},
        "scale": {"range": COLOURS},
    }
    return {
        "title": "One rate for all lengths, and what was best (recorded)",
        "height": 260,
        "layer": [
            *(
                {
                    "data": {"values": rows},
                    "mark": {"type": "line", "strokeDash": dash, "color": "#888888"},
                    "encoding": {"x": x, "y": y},
                }
                for rows, dash in ((line, [1, 0]), (flat, [5, 4]))
            ),
            {
                "data": {"values": points},
                "mark": {"type": "point", "filled": True, "size": 70, "opacity": 1},
                "encoding": {"x": x, "y": y, "color": colour},
            },
            {
                "data": {"values": words},
                "mark": {"type": "text", "align": "right", "fontSize": 12},
                "encoding": {"x": x, "y": y, "text": {"field": "name"}},
            },
        ],
    }
