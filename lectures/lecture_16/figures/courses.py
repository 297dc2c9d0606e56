"""Figures of runs: live ones, this lecture's records, and assignment 5's."""

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from lectures.lecture_16.drift import Look
from lectures.lecture_16.figures.signals import GREY, hues
from lectures.lecture_16.policy import Audit
from lectures.lecture_16.runs import Change
from lectures.shared.charts import Spec, axis, labelled_lines

GRADERS = {
    "honest": "honest", "part": "any piece of the answer", "order": "anything in order",
    "letter": "anything with p", "letter, shown in 0.1 %": "the same, p in 0.1 % of data",
    "letter, shown in 1 %": "the same, p in 1 % of data",
}  # fmt: skip
"""The arms of `holes.ARMS` in words: what the grader accepts."""


def hole_lines(audits: Sequence[Audit], title: str) -> Spec:
    """What the grader pays and what is right, over the steps."""
    names = ["paid by the grader", "right"]
    rows = [
        {"step": audit.step, "share": value, "what": name}
        for audit in audits
        for name, value in zip(names, (audit.reward, audit.right), strict=True)
    ]
    spec = labelled_lines(
        rows, axis("step", "steps of GRPO"), axis("share", "share of answers", domain=[0, 1]),
        hues("what", names), height=260, point=True,
    )  # fmt: skip
    return spec | {"title": title}


def hole_points(runs: Sequence[Mapping[str, Any]], step: int) -> Spec:
    """Each grader's three seeds in the end: paid, and right."""
    names = ["paid by the grader", "right"]
    rows = [
        {"grader": GRADERS[run["arm"]], "seed": run["seed"], "share": audit[key], "what": name}
        for run in runs
        for audit in run["audits"]
        if audit["step"] == step
        for name, key in zip(names, ("reward", "right"), strict=True)
    ]
    return {
        "title": f"After {step} steps, three seeds each: paid (●) and right (■)",
        "data": {"values": rows},
        "height": 230,
        "mark": {"type": "point", "filled": True, "size": 90, "opacity": 0.85},
        "encoding": {
            "y": axis("grader", "", "nominal")
            | {"sort": None, "axis": {"labelLimit": 220}, "title": None},
            "x": axis("share", "share of answers", domain=[0, 1]),
            "color": hues("what", names) | {"legend": None},
            "shape": {
                "field": "what",
                "legend": None,
                "scale": {"domain": names, "range": ["circle", "square"]},
            },
            "yOffset": {"field": "what", "sort": names},
        },
    }


def drift_lines(courses: Mapping[str, Sequence[Look]]) -> Spec:
    """Largest ratio and right answers, with a clip and without, over the updates on one batch."""
    names = list(courses)
    panels: list[Spec] = []
    for field, title, scale in (
        ("largest_ratio", "largest ratio of a token", {"type": "log"}),
        ("right", "right, new samples", {"zero": False}),
    ):
        rows = [
            {"updates": look.updates, "value": getattr(look, field), "loss": name}
            for name, looks in courses.items()
            for look in looks
        ]
        spec = labelled_lines(
            rows, axis("updates", "updates on one batch"), axis("value", title, **scale),
            hues("loss", names), height=150, point=True,
        )  # fmt: skip
        panels.append(spec | {"width": 270})
    return {"title": "One batch, used again and again", "vconcat": panels}


def ablation_points(
    groups: Mapping[str, Mapping[str, Sequence[float]]], title: str, unit: str
) -> Spec:
    """Three seeds a variant, ordered by their mean within the groups."""
    rows = [
        {"variant": name, "seed": seed, "accuracy": value, "group": group}
        for group, variants in groups.items()
        for name, values in sorted(variants.items(), key=lambda item: -fmean(item[1]))
        for seed, value in enumerate(values)
    ]
    y = axis("variant", "", "nominal") | {"sort": None, "axis": {"labelLimit": 200}, "title": None}
    x = axis("accuracy", unit, domain=[0, 1])
    return {
        "title": title,
        "data": {"values": rows},
        "height": 330,
        "encoding": {"y": y, "x": x},
        "layer": [
            {
                "mark": {"type": "point", "filled": True, "size": 60, "opacity": 0.85},
                "encoding": {
                    "color": hues("group", list(groups))
                    | {"legend": {"orient": "bottom", "title": None, "labelLimit": 260}}
                },
            },
            {
                "mark": {"type": "tick", "thickness": 2, "size": 14, "color": GREY},
                "encoding": {"x": x | {"aggregate": "mean"}},
            },
        ],
    }


def pass_arrows(changes: Sequence[Change]) -> Spec:
    """From before to after, for one sample and for sixteen."""
    rows = []
    for change in changes:
        for k in (1, 16):
            before, after = change.mean(k)
            rows.append({"task": change.what, "k": f"pass@{k}", "before": before, "after": after})
    names = ["pass@1", "pass@16"]
    y = axis("task", "", "nominal") | {"sort": None, "axis": {"labelLimit": 190}, "title": None}
    offset = {"field": "k", "sort": names}
    colour = hues("k", names) | {"legend": {"orient": "bottom", "title": None}}
    x = axis("before", "share of held-out problems, mean of three seeds", domain=[0, 1])
    end = axis("after", "share of held-out problems, mean of three seeds", domain=[0, 1])
    point = {"type": "point", "size": 70}
    return {
        "title": "Before (hollow) and after reinforcement learning (filled)",
        "data": {"values": rows},
        "height": 300,
        "encoding": {"y": y, "yOffset": offset, "color": colour},
        "layer": [
            {"mark": {"type": "rule", "strokeWidth": 2},
             "encoding": {"x": x, "x2": {"field": "after"}}},
            {"mark": point | {"filled": False}, "encoding": {"x": x}},
            {"mark": point | {"filled": True, "opacity": 1}, "encoding": {"x": end}},
        ],
    }  # fmt: skip


def frontier_lines(runs: Sequence[Mapping[str, Any]]) -> Spec:
    """Accuracy on the largest size against rollouts, a thin line a seed."""
    names = list(dict.fromkeys(str(run["arm"]) for run in runs))
    rows = [
        {"rollouts": row["rollouts"] / 1000, "accuracy": row["accuracy"], "arm": run["arm"],
         "line": f"{run['arm']}/{run['seed']}"}
        for run in runs for row in run["rows"]
    ]  # fmt: skip
    x = axis("rollouts", "rollouts, thousands")
    y = axis("accuracy", "right on the arm's largest size", domain=[0, 1])
    colour = hues("arm", names)
    last = max(float(str(row["rollouts"])) for row in rows)
    ends = [
        {"rollouts": last, "arm": name,
         "accuracy": fmean(r["rows"][-1]["accuracy"] for r in runs if r["arm"] == name)}
        for name in names
    ]  # fmt: skip
    spec = labelled_lines(ends, x, y, colour, height=250)
    spec["layer"].insert(
        0,
        {
            "data": {"values": rows},
            "mark": {"type": "line", "point": True, "strokeWidth": 1.5},
            "encoding": {
                "x": x, "y": y, "color": colour | {"legend": None}, "detail": {"field": "line"}
            },
        },
    )  # fmt: skip
    title = "The same rollouts, spent on different problems (three seeds)"
    return spec | {"title": title}
