"""Figures of trained policies."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import torch

from lectures.lecture_17.figures.estimates import COLOURS, coloured
from lectures.lecture_17.task import LENGTH, VOCABULARY
from lectures.lecture_17.training import Curve, Setting
from lectures.shared.charts import Spec, axis, labelled_lines


def strips(title: str, curves: Mapping[str, Curve], settings: Iterable[Setting]) -> Spec:
    """E[R] of every seed as a dot and the mean as a bar, a row for each setting."""
    rows, means, names = [], [], [setting.name for setting in settings]
    for name in names:
        rewards = curves[name].reward()
        counts = Counter(round(float(r), 2) for r in rewards)
        rows += [{"method": name, "reward": r, "seeds": n} for r, n in sorted(counts.items())]
        mean = round(float(rewards.mean()), 2)
        means.append({"method": name, "reward": mean, "label": f"{mean:.2f}"})
    x = axis("reward", "E[R] at the end: a dot for each seed, larger for several", domain=[2, 5.05])
    x |= {"axis": {"values": [2, 2.5, 3, 3.5, 4, 4.5, 5]}}
    y = axis("method", "", "nominal") | {"sort": names, "title": None, "axis": {"labelLimit": 230}}
    dots = {"type": "circle", "opacity": 0.6, "color": COLOURS[0], "clip": True}
    bar = {"type": "tick", "thickness": 3, "size": 20, "color": COLOURS[1]}
    label = {"type": "text", "dy": -14, "fontSize": 11, "color": COLOURS[1]}
    place = {"x": x, "y": y}
    size = axis("seeds", "seeds", domain=[0, 10], range=[0, 330]) | {"legend": None}
    return {
        "title": title,
        "height": {"step": 30},
        "layer": [
            {"data": {"values": rows}, "mark": dots, "encoding": place | {"size": size}},
            {"data": {"values": means}, "mark": bar, "encoding": place},
            {
                "data": {"values": means},
                "mark": label,
                "encoding": place | {"text": {"field": "label"}},
            },
        ],
    }


def collapse_maps(
    curves: Mapping[str, Curve], names: Sequence[str], seed: int, prompt: int
) -> Spec:
    """P(token) at each position of the answer over the epochs, a row of maps for each setting."""
    first = curves[names[0]]
    numbers = first.prompts[prompt]
    wanted = numbers.sort().values.tolist()
    rows = []
    for name in names:
        curve = curves[name]
        for at, epoch in enumerate(curve.epochs):
            p = curve.policies[at].log_probs(numbers.unsqueeze(0)).exp()[seed, 0]
            rows += [
                {
                    "method": name,
                    "place": f"place {i + 1}, wanted: {wanted[i]}",
                    "epoch": epoch,
                    "token": token,
                    "p": round(float(p[i, token]), 3),
                }
                for i in range(LENGTH)
                for token in range(VOCABULARY)
            ]
    cell = {
        "width": 150,
        "height": 75,
        "mark": "rect",
        "encoding": {
            "x": axis("epoch", "epoch", "ordinal")
            | {"axis": {"values": [0, 50, 100], "labelAngle": 0}},
            "y": axis("token", "token", "ordinal"),
            "color": axis("p", "probability", scheme="blues", domain=[0, 1]) | {"legend": None},
        },
    }
    header = {"labelFontSize": 11, "title": None}
    panels = [
        {
            "title": {"text": name, "anchor": "start", "fontSize": 12},
            "data": {"values": [row for row in rows if row["method"] == name]},
            "facet": {"column": {"field": "place", "type": "nominal", "header": header}},
            "spec": cell,
        }
        for name in names
    ]
    return {"title": f"Answers to {numbers.tolist()}: where probability goes", "vconcat": panels}


def entropy_against_reward(curves: Mapping[str, Curve], names: Sequence[str]) -> Spec:
    """The path of each setting's means from the start to the end."""
    rows = [
        {
            "entropy": round(float(curves[name].entropy(at).mean()), 3),
            "reward": round(float(curves[name].reward(at).mean()), 3),
            "what": name,
            "epoch": curves[name].epochs[at],
        }
        for name in names
        for at in range(len(curves[name].epochs))
    ]
    x = axis("entropy", "entropy of a token, nats (falls to the left)")
    y = axis("reward", "E[R], mean of 20 seeds", zero=False)
    colour = coloured("what", names) | {"legend": None}
    ends = [row for row in rows if row["epoch"] == 100]
    path = {"x": x, "y": y, "color": colour, "order": {"field": "epoch"}}
    return {
        "title": "Reward is bought with entropy",
        "height": 280,
        "layer": [
            {
                "data": {"values": rows},
                "mark": {"type": "line", "point": True},
                "encoding": path,
            },
            {
                "data": {"values": ends},
                "mark": {"type": "text", "align": "left", "dx": 8, "dy": {"expr": _BESIDE}},
                "encoding": {"x": x, "y": y, "color": colour, "text": {"field": "what"}},
            },
        ],
    }


_BESIDE = "datum.what == 'GRPO, clip 0.2' ? 12 : -9"  # its path is below that of its neighbour


def sorted_curves(title: str, curves: Mapping[str, Curve]) -> Spec:
    """P(sorted) against the epoch, by a short name for each curve."""
    rows = [
        {
            "epoch": epoch,
            "right": round(float(curve.reward(at, "exact").mean()), 4),
            "what": name,
        }
        for name, curve in curves.items()
        for at, epoch in enumerate(curve.epochs)
    ]
    x, y = axis("epoch", "epoch"), axis("right", "P(sorted), mean of seeds", domain=[0, 1])
    return labelled_lines(rows, x, y, coloured("what", list(curves)), title=title, height=260)


def reward_curves(title: str, curves: Mapping[str, Curve]) -> Spec:
    """E[R] against the epoch; epochs in which a policy is no longer one are left out."""
    rows = [
        {"epoch": epoch, "reward": round(float(curve.reward(at).mean()), 3), "what": name}
        for name, curve in curves.items()
        for at, epoch in enumerate(curve.epochs)
        if not torch.isnan(curve.reward(at)).any()
    ]
    x = axis("epoch", "epoch") | {"axis": {"tickMinStep": 1, "format": "d"}}
    y = axis("reward", "E[R], mean of seeds", zero=False)
    return labelled_lines(
        rows, x, y, coloured("what", list(curves)), title=title, height=220, point=True
    )


def held_out_curves(curves: Mapping[str, Curve], held_out: Mapping[str, torch.Tensor]) -> Spec:
    """P(sorted) on training prompts and on held-out ones, a panel for each way to hold out."""
    panels = []
    for name, curve in curves.items():
        rows = [
            {
                "epoch": epoch,
                "right": round(float(curve.reward(at, "exact", prompts).mean()), 4),
                "what": what,
            }
            for what, prompts in (("trained", curve.prompts), ("held out", held_out[name]))
            for at, epoch in enumerate(curve.epochs)
        ]
        x, y = axis("epoch", "epoch"), axis("right", "P(sorted)", domain=[0, 1])
        panels.append(
            labelled_lines(
                rows, x, y, coloured("what", ["trained", "held out"]), title=name, height=220,
                width=185,
            )
        )  # fmt: skip
    return {"title": "Sorted answers on trained and on held-out prompts", "hconcat": panels}
