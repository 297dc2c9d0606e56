"""Figures about weights, lengths and ratios: what a loss does to prompts and to tokens."""

from collections.abc import Mapping, Sequence

from lectures.lecture_16.lengths import Lengths
from lectures.lecture_16.weights import KINDS, LIMITS, signal, weights
from lectures.shared.charts import Spec, axis, labelled_lines

COLOURS = ["#3b82c4", "#e0526a", "#3f9e6a", "#c08727", "#8f6fc0"]  # on white and on black
GREY = "#888888"
CHANCES = [0.01, 0.02, 0.03, 0.05, 0.07, *(round(0.1 * i, 1) for i in range(1, 10)), 0.93, 0.95,
           0.97, 0.98, 0.99]  # fmt: skip


def hues(field: str, names: Sequence[str]) -> Spec:
    """Fixed colours in the order of the names."""
    scale = {"domain": list(names), "range": COLOURS[: len(names)]}
    return {"field": field, "type": "nominal", "scale": scale}


def signal_lines(groups: Sequence[int]) -> Spec:
    """How likely a group is to teach anything, against the prompt's success rate."""
    names = [f"{size} samples" for size in groups]
    rows = [
        {"success": p, "signal": signal(p, size), "group": name}
        for size, name in zip(groups, names, strict=True)
        for p in [0.001, 0.003, *CHANCES, 0.997, 0.999]
    ]
    layers: list[Spec] = [
        {
            "data": {"values": rows},
            "mark": {"type": "line"},
            "encoding": {
                "x": axis("success", "probability that an answer is right"),
                "y": axis("signal", "probability of a mixed group"),
                "color": hues("group", names) | {"legend": None},
            },
        }
    ]
    places = [row for row in rows if row["success"] == 0.05]
    layers.append(
        {
            "data": {"values": places},
            "mark": {"type": "text", "align": "left", "dx": 10, "dy": 4, "fontSize": 11},
            "encoding": {
                "x": axis("success", "probability that an answer is right"),
                "y": axis("signal", "probability of a mixed group"),
                "text": {"field": "group"},
                "color": hues("group", names) | {"legend": None},
            },
        }
    )
    return {"title": "Which prompts teach anything", "height": 260, "layer": layers}


def weight_lines(samples: int) -> Spec:
    """w(p) for a finite group, and the limit of large ones dashed."""
    found, names = weights(CHANCES, samples), list(KINDS)
    rows = [
        {"p": p, "weight": w, "kind": kind, "group": "exact"}
        for kind in names
        for p, w in zip(CHANCES, found[kind], strict=True)
    ]
    ideal = [
        {"p": p, "weight": LIMITS[kind](p), "kind": kind, "group": "limit"}
        for kind in names
        for p in CHANCES
    ]
    x = axis("p", "probability that an answer is right")
    y = axis("weight", "weight of the prompt", type="log", domain=[0.5, 100], clamp=True)
    y |= {"axis": {"values": [0.5, 1, 2, 5, 10, 20, 50, 100], "format": "~g"}}
    spec = labelled_lines(rows, x, y, hues("kind", names), height=280)
    spec["layer"].append(
        {
            "data": {"values": ideal},
            "mark": {"type": "line", "strokeDash": [4, 4], "clip": True, "opacity": 0.8},
            "encoding": {"x": x, "y": y, "color": hues("kind", names) | {"legend": None}},
        }
    )
    title = f"Groups of {samples} (solid) do less than the limit (dashed)"
    return spec | {"title": title}


def ascent_lines(courses: Mapping[str, Sequence[Sequence[float]]], prompt: int) -> Spec:
    """How one prompt of a mixture is learned, by the kind of advantage."""
    rows = [
        {"step": step, "right": now[prompt], "kind": kind}
        for kind, course in courses.items()
        for step, now in enumerate(course)
        if step % 10 == 0
    ]
    spec = labelled_lines(
        rows, axis("step", "steps of equal length"), axis("right", "success on the hardest prompt"),
        hues("kind", list(courses)), height=240,
    )  # fmt: skip
    return spec | {
        "title": "When does the hardest of four prompts fall?",
    }


def length_lines(courses: Mapping[str, Lengths]) -> Spec:
    """Mean lengths of right and wrong answers over the updates."""
    rows = [
        {"update": update, "tokens": value, "answers": f"{name}: {verdict}"}
        for name, course in courses.items()
        for verdict, values in (("wrong", course.wrong), ("right", course.right))
        for update, value in enumerate(values)
        if update % 8 == 0
    ]
    names = list(dict.fromkeys(str(row["answers"]) for row in rows))
    spec = labelled_lines(
        rows, axis("update", "updates"), axis("tokens", "mean length, tokens"),
        hues("answers", names), height=270,
    )  # fmt: skip
    return spec | {"title": "Length earns nothing here"}


def push_lines(pushes: Mapping[str, Mapping[float, float]], title: str) -> Spec:
    """How hard each loss pushes a token, against how far it has moved."""
    rows = [
        {"ratio": ratio, "push": push, "loss": name}
        for name, by_ratio in pushes.items()
        for ratio, push in by_ratio.items()
    ]
    spec = labelled_lines(
        rows, axis("ratio", "ratio of now to when it was sampled", domain=[0.4, 1.8]),
        axis("push", "push on log p"), hues("loss", list(pushes)), height=230,
    )  # fmt: skip
    return spec | {"title": title}
