"""Figures of the first half: rewards, variances, ratios."""

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from lectures.lecture_17.bandits import best_baseline, coin_variance, variance
from lectures.lecture_17.task import HIGHEST, TRAINING_PROMPTS, reward_table
from lectures.shared.charts import Spec, axis, labelled_lines

COLOURS = ["#3b82c4", "#e0526a", "#3f9e6a", "#c08727", "#8f6fc0"]  # on white and on black


def coloured(field: str, names: Sequence[str]) -> Spec:
    """Fixed colours in the order of the names."""
    return {
        "field": field,
        "type": "nominal",
        "scale": {"domain": list(names), "range": COLOURS[: len(names)]},
    }


def reward_histograms() -> Spec:
    """How many of the 3 × 125 answers get which reward, a row for each kind of reward."""
    rows, names = [], list(HIGHEST)
    for name in names:
        table = reward_table(torch.tensor(TRAINING_PROMPTS), name)
        for value in range(int(HIGHEST[name]) + 1):
            count = int((table == value).sum())
            rows.append({"kind": name, "reward": value, "answers": count, "label": str(count)})
    x = axis("reward", "reward", "ordinal") | {"axis": {"labelAngle": 0}}
    y = axis("answers", "answers, of 375")
    layer = [
        {"mark": "bar", "encoding": {"color": coloured("kind", names) | {"legend": None}}},
        {"mark": {"type": "text", "dy": -7}, "encoding": {"text": {"field": "label"}}},
    ]
    columns = [
        {
            "title": name,
            "width": {"items": 230, "places": 150, "exact": 90}[name],
            "height": 170,
            "data": {"values": [row for row in rows if row["kind"] == name]},
            "encoding": {"x": x, "y": y if name == names[0] else y | {"title": ""}},
            "layer": layer,
        }
        for name in names
    ]
    return {"title": "Three rewards for the same answers to three prompts", "hconcat": columns}


def error_by_samples(errors: Mapping[int, float]) -> Spec:
    """Distance of a sampled gradient to the exact one, with a line of slope -1/2."""
    first = min(errors)
    rows = [{"n": n, "error": float(f"{e:.3g}"), "what": "measured"} for n, e in errors.items()] + [
        {"n": n, "error": float(f"{errors[first] * (first / n) ** 0.5:.3g}"), "what": "slope −1/2"}
        for n in errors
    ]
    x = axis("n", "drawn actions", type="log") | {"axis": {"format": "~s", "tickCount": 4}}
    y = axis("error", "distance to the gradient", type="log") | {
        "axis": {"format": "~g", "tickCount": 4}
    }
    colour = coloured("what", ["measured", "slope −1/2"])
    return labelled_lines(
        rows, x, y, colour, title="A gradient estimated from samples", point=True, height=220
    )


def variance_by_baseline(logits: Tensor, rewards: Tensor) -> Spec:
    """The parabola of the variance over b, with three values of b marked."""
    mean = float(logits.softmax(dim=-1) @ rewards)
    grid = [step / 10 for step in range(-5, 36)]
    curve = [{"b": b, "variance": round(variance(logits, rewards, b), 3)} for b in grid]
    marks = [
        {"b": b, "variance": variance(logits, rewards, b), "name": name}
        for b, name in ((0.0, "none"), (best_baseline(logits, rewards), "least"))
    ]
    marks.append({"b": mean, "variance": variance(logits, rewards, mean), "name": "mean reward"})
    x, y = axis("b", "baseline b"), axis("variance", "variance of one sample", zero=True)
    place = {"x": x, "y": y}
    words = {"type": "text", "dy": -14, "fontSize": 12, "align": {"expr": _SIDE}}
    return {
        "title": "What a constant baseline does to the variance",
        "height": 230,
        "layer": [
            {"data": {"values": curve}, "mark": "line", "encoding": place},
            {
                "data": {"values": marks},
                "mark": {"type": "point", "filled": True, "size": 80, "color": COLOURS[1]},
                "encoding": place,
            },
            {
                "data": {"values": marks},
                "mark": words,
                "encoding": place | {"text": {"field": "name"}},
            },
        ],
    }


_SIDE = "{none: 'left', least: 'right'}[datum.name] || 'left'"


def coin_variances() -> Spec:
    """Variance of one answer's gradient against p, for three baselines and the best one."""
    baselines: dict[str, Callable[[float], float]] = {
        "none": lambda p: 0.0,
        "mean reward p": lambda p: p,
        "one half": lambda p: 0.5,
        "1 − p": lambda p: 1 - p,
    }
    rows = [
        {"p": step / 50, "variance": round(coin_variance(step / 50, b(step / 50)), 5), "what": what}
        for what, b in baselines.items()
        for step in range(1, 50)
    ]
    for row in rows:
        row["variance"] = max(0.0, float(str(row["variance"])))
    peak = {
        "none": 0.25, "mean reward p": 0.86, "one half": 0.14, "1 − p": 0.5,
    }  # fmt: skip
    names = [
        {"p": p, "variance": coin_variance(p, baselines[what](p)), "what": what}
        for what, p in peak.items()
    ]
    x = axis("p", "probability p of a right answer")
    y = axis("variance", "variance of the gradient")
    place = {"x": x, "y": y, "color": coloured("what", list(baselines)) | {"legend": None}}
    words = {"type": "text", "dy": -12, "fontSize": 12}
    return {
        "title": "One answer, right or wrong: which baseline for which prompt?",
        "height": 250,
        "layer": [
            {"data": {"values": rows}, "mark": {"type": "line"}, "encoding": place},
            {
                "data": {"values": names},
                "mark": words,
                "encoding": place | {"text": {"field": "what"}},
            },
        ],
    }


def clipped_objective(low: float = 0.2, high: float = 0.2) -> Spec:
    """min(r A, clip(r) A) against the ratio, for a positive and a negative advantage."""
    rows = []
    for sign, what in ((1.0, "A = 1"), (-1.0, "A = −1")):
        for step in range(10, 33):
            ratio = step / 20
            capped = min(max(ratio, 1 - low), 1 + high)
            rows.append(
                {"ratio": ratio, "objective": min(ratio * sign, capped * sign), "what": what}
            )
    x = axis("ratio", "ratio p / q", domain=[0.5, 1.6])
    y = axis("objective", "what is maximised")
    colour = coloured("what", ["A = 1", "A = −1"])
    return labelled_lines(rows, x, y, colour, title="The clip stops what has gone far enough",
                          height=230)  # fmt: skip


def log_ratio_slopes() -> Spec:
    """d ratio / d log p at p = q, of the ratio and of the ratio of logarithms, against p."""
    rows = []
    for step in range(2, 39):
        p = step / 40
        slope = 1 / float(torch.tensor(p).log())
        rows.append({"p": p, "slope": 1.0, "what": "p / q"})
        if slope > -8:
            rows.append({"p": p, "slope": round(slope, 3), "what": "log p / log q"})
    x, y = axis("p", "probability of the token"), axis("slope", "slope of the ratio by log p")
    colour = coloured("what", ["p / q", "log p / log q"])
    return labelled_lines(rows, x, y, colour, title="Two ratios, at the first step", height=220)
