"""Figures of schedules, and of laws of the learning rate and the batch."""

from collections.abc import Mapping, Sequence

import numpy as np

from lectures.lecture_11.figures.planning import COLOURS, log_axis, power_axis
from lectures.lecture_11.schedules import Schedule
from lectures.lecture_11.sweeps import Branched
from lectures.shared.charts import Spec, axis, labelled_lines

PLAIN = {"type": "nominal", "title": None}


def shapes(made: Mapping[str, Schedule], steps: int) -> Spec:
    """Factors on the learning rate over a run."""
    at = sorted({*range(0, steps, max(1, steps // 60)), steps - 1})
    rows = [
        {"step": step, "factor": round(schedule(step), 3), "what": name}
        for name, schedule in made.items()
        for step in at
    ]
    return {
        "data": {"values": rows},
        "title": "One length, three schedules",
        "mark": "line",
        "height": 200,
        "encoding": {
            "x": axis("step", "step"),
            "y": axis("factor", "share of the peak rate"),
            "color": {"field": "what", **PLAIN, "legend": {"orient": "top"}}
            | {"scale": {"range": COLOURS}},
        },
    }


def smoothed(losses: Sequence[float], width: int = 20) -> list[float]:
    """Means of the last `width` values."""
    return [float(np.mean(losses[max(0, i - width + 1) : i + 1])) for i in range(len(losses))]


def branches(found: Branched) -> Spec:
    """The trunk's training loss, and the branches that leave it."""
    trunk = smoothed(found.trunk)
    rows = [
        {"step": i, "loss": round(trunk[i], 4), "what": "trunk"} for i in range(15, len(trunk), 4)
    ]
    for length, (start, tail) in found.tails.items():
        before = found.trunk[max(0, start - 20) : start]
        mixed = smoothed([*before, *tail])[len(before) :]
        name = f"to {length}"
        rows.append({"step": start - 1, "loss": round(trunk[start - 1], 4), "what": name})
        rows += [
            {"step": start + i, "loss": round(mixed[i], 4), "what": name}
            for i in sorted({*range(1, len(mixed), 3), len(mixed) - 1})
        ]
    x, y = axis("step", "step"), axis("loss", "training loss, mean of 20", zero=False)
    colour = {"field": "what", **PLAIN}
    return labelled_lines(rows, x, y, colour, title="One trunk, three lengths", height=260)


def ends(found: Mapping[str, Mapping[int, float]], title: str, y_title: str) -> Spec:
    """Where runs of several lengths end, by schedule."""
    rows = [
        {"steps": steps, "x": float(f"{value:.4g}"), "what": name}
        for name, values in found.items()
        for steps, value in values.items()
    ]
    x, y = log_axis("steps", "steps of the run"), log_axis("x", y_title)
    return labelled_lines(
        rows, x, y, {"field": "what", **PLAIN}, title=title, height=260, point=True
    )


def law_beyond(
    seen: Mapping[int, float], beyond: Mapping[int, float], slope: float, title: str, y_title: str
) -> Spec:
    """Settings that were fitted by a power law, the law, and what came beyond them."""
    first = next(iter(seen))
    level = float(np.exp(np.mean([np.log(v) - slope * np.log(x) for x, v in seen.items()])))
    ends_at = (first, max([*seen, *beyond]))
    x, y = power_axis("D", "tokens or examples D"), log_axis("v", y_title)
    points = [{"D": d, "v": v, "what": "fitted"} for d, v in seen.items()]
    points += [{"D": d, "v": v, "what": "beyond"} for d, v in beyond.items()]
    colour: Spec = {"field": "what", **PLAIN, "legend": {"orient": "top"}}
    colour |= {"scale": {"domain": ["fitted", "beyond"], "range": COLOURS}}
    line = [{"D": d, "v": level * d**slope} for d in ends_at]
    return {
        "title": title,
        "height": 240,
        "layer": [
            {
                "data": {"values": line},
                "mark": {"type": "line", "strokeDash": [5, 4], "color": "#888888"},
                "encoding": {"x": x, "y": y},
            },
            {
                "data": {"values": points},
                "mark": {"type": "point", "filled": True, "size": 80, "opacity": 1},
                "encoding": {"x": x, "y": y, "color": colour},
            },
        ],
    }


def by_batch(found: Mapping[int, Mapping[int, float]]) -> Spec:
    """Excess against the batch, each at its best rate, a line for each number of tokens."""
    rows = [
        {"batch": batch, "x": float(f"{value:.4g}"), "what": f"2^{tokens.bit_length() - 1}"}
        for tokens, values in found.items()
        for batch, value in values.items()
    ]
    x = log_axis("batch", "sequences in a batch")
    y = log_axis("x", "loss − entropy, nats a token")
    return labelled_lines(
        rows,
        x,
        y,
        {"field": "what", **PLAIN},
        title="Excess by batch, each at its best rate (recorded)",
        height=280,
        point=True,
    )
