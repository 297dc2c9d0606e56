"""Figures of the second half: rewards, policies and what they do to probability."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from cs336_alignment.losses.policy_gradient import clipped_loss
from torch import Tensor

from lectures.lecture_15.dpo_runs import Look
from lectures.lecture_15.figures.marks import COLOURS, GREY, coloured, named_lines
from lectures.shared.charts import Spec, axis, bars

KL = axis("kl", "KL from the start, nats")


def learned_and_true(learned: Tensor, true: Tensor, often: Tensor) -> Spec:
    """Learned reward against the reader's, a point an answer; large where the start often goes."""
    points = zip(learned.tolist(), true.tolist(), often.tolist(), strict=True)
    rows = [{"true": t, "learned": round(r, 3), "often": round(p, 5)} for r, t, p in points]
    return {
        "title": "Learned reward of some answers against what the reader thinks",
        "data": {"values": rows},
        "mark": {"type": "point", "filled": True, "opacity": 0.6, "color": COLOURS[0]},
        "encoding": {
            "x": axis("true", "the reader's opinion"),
            "y": axis("learned", "learned reward"),
            "size": {"field": "often", "type": "quantitative", "title": "probability",
                     "scale": {"range": [8, 400]}},
        },
        "height": 260,
    }  # fmt: skip


def proxy_and_gold(curve: Sequence[Mapping[str, Any]], title: str) -> Spec:
    """Proxy and gold against KL."""
    curves = {
        "reward model": [(row["kl"], row["proxy"]) for row in curve],
        "reader": [(row["kl"], row["gold"]) for row in curve],
    }
    return named_lines(curves, KL, axis("score", "mean score"), title, height=300)


def gold_curves(curves: Mapping[str, Sequence[Mapping[str, Any]]], title: str) -> Spec:
    """Gold against KL for several reward models."""
    lines = {name: [(row["kl"], row["gold"]) for row in rows] for name, rows in curves.items()}
    return named_lines(lines, KL, axis("score", "what the reader thinks"), title)


def frontier(curves: Mapping[str, Sequence[Mapping[str, Any]]]) -> Spec:
    """Reward bought for KL by two policies."""
    lines = {name: [(row["kl"], row["proxy"]) for row in rows] for name, rows in curves.items()}
    return named_lines(lines, KL, axis("score", "mean reward"), "What a nat of KL buys")


def clipped(clip: float) -> Spec:
    """The clipped objective against the ratio, for an advantage of 1 and of -1."""
    ratios = torch.linspace(0.4, 1.6, 25)
    start = torch.zeros(1, 25)
    kept, cut = (
        (-clipped_loss(a * torch.ones(1, 25), ratios.log()[None], start, clip, clip)[0])[0]
        for a in (1.0, -1.0)
    )
    curves = {
        "advantage +1": list(zip(ratios.tolist(), kept.tolist(), strict=True)),
        "advantage −1": list(zip(ratios.tolist(), cut.tolist(), strict=True)),
    }
    return named_lines(
        curves, axis("ratio", "new / old probability", domain=[0.4, 1.6]),
        axis("objective", "objective"), "Flat where a step has gone far enough", height=220,
    )  # fmt: skip


def ppo_runs(runs: Mapping[str, Sequence[Mapping[str, Any]]], field: str, title: str) -> Spec:
    """One score over the iterations, a line a run."""
    lines = {name: [(row["iteration"], row[field]) for row in rows] for name, rows in runs.items()}
    names = {"gold": "what the reader thinks", "proxy": "reward", "kl": "KL, nats"}
    return named_lines(lines, axis("iteration", "iterations"), axis("score", names[field]), title)


def pair_log_probs(runs: Mapping[str, Sequence[Look]]) -> Spec:
    """Mean log-probability of chosen and rejected answers over the steps."""
    lines = {
        f"{name}: {kind}": [(look.step, getattr(look, kind)) for look in looks]
        for name, looks in runs.items()
        for kind in ("chosen", "rejected")
    }
    y = axis("log_p", "mean log-probability, nats")
    title = "The answers of the pairs, chosen and rejected"
    return named_lines(lines, axis("step", "steps"), y, title, height=280)


def where_it_went(runs: Mapping[str, Look]) -> Spec:
    """Where the probability is: on chosen, rejected and unseen answers."""
    kinds = {
        "chosen in some pair": "in_chosen",
        "rejected": "in_rejected",
        "in no pair at all": "elsewhere",
    }
    rows = [
        {"run": name, "kind": kind, "share": round(100 * getattr(look, field), 1), "order": i}
        for name, look in runs.items()
        for i, (kind, field) in enumerate(kinds.items())
    ]
    colours = coloured("kind", list(kinds), [COLOURS[2], COLOURS[1], GREY])
    chart = bars(
        rows, axis("run", " ", "nominal"), axis("share", "% of the probability", domain=[0, 100]),
        colours, stacked=True, title="Where the probability is", height=38 * len(runs),
    )  # fmt: skip
    chart["encoding"]["order"] = {"field": "order"}
    return chart


def sort_margins(rows: Sequence[Mapping[str, Any]]) -> Spec:
    """Held-out pairs of sorting: log-probability gained by chosen and by rejected answers."""
    lines: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        lines.setdefault(f"{row['run']}: {row['kind']}", []).append((row["step"], row["gained"]))
    y = axis("gained", "nats gained against the start")
    return named_lines(lines, axis("step", "steps"), y, "Sorting, held-out pairs (record)",
                       height=280)  # fmt: skip


def reliability(curves: Mapping[str, Sequence[Mapping[str, float]]]) -> Spec:
    """Share right against stated confidence; the diagonal is what a calibrated model has."""
    lines = {
        name: [(100 * r["stated"], 100 * r["right"]) for r in rows] for name, rows in curves.items()
    }
    x = axis("stated", "stated confidence, %", domain=[25, 100])
    y = axis("right", "right, %", domain=[25, 100])
    chart = named_lines(lines, x, y, "How sure it says it is, and how often it is right")
    ends = [{"stated": 25, "right": 25}, {"stated": 100, "right": 100}]
    chart["layer"].append(
        {"data": {"values": ends}, "mark": {"type": "line", "strokeDash": [4, 4], "color": GREY},
         "encoding": {"x": x, "y": y, "color": {"value": GREY}}}
    )  # fmt: skip
    return chart
