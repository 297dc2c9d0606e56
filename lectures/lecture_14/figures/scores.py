"""Figures of scores: perplexities, weights, precision and recall, languages, registers."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from cs336_data.selection.thresholds import Vector

from lectures.lecture_14.figures.marks import (
    COLOURS,
    GREY,
    line,
    log_axis,
    named_bars,
    points,
    upright,
)
from lectures.lecture_14.selection import Data
from lectures.shared.charts import Spec, axis, labelled_lines

METHODS = ["n-gram model", "classifier", "importance weight"]


def perplexities(fluency: Vector, data: Data) -> Spec:
    """A tick for the perplexity of each document, by kind, and the cuts into three thirds."""
    rows = [
        {"kind": document.kind, "perplexity": round(math.exp(-value), 1)}
        for document, value in zip(data.pool, fluency, strict=True)
    ]
    medians = {
        kind: float(np.median([r["perplexity"] for r in rows if r["kind"] == kind]))
        for kind in {str(row["kind"]) for row in rows}
    }
    kinds = sorted(medians, key=medians.__getitem__)
    y: Spec = {"field": "kind", "type": "nominal", "sort": kinds, "title": None}
    x = log_axis("perplexity", "perplexity of the document")
    hue = {"condition": {"test": "datum.kind === 'lecture'", "value": COLOURS[1]},
           "value": COLOURS[0]}  # fmt: skip
    ticks: Spec = {
        "data": {"values": rows},
        "mark": {"type": "tick", "opacity": 0.5, "thickness": 1.5},
        "encoding": {"x": x, "y": y, "color": hue},
    }
    values = sorted(math.exp(-value) for value in fluency)
    cuts = [upright("perplexity", values[len(values) * i // 3]) for i in (1, 2)]
    return {"title": "Perplexity, and two cuts into thirds", "height": {"step": 24},
            "layer": [ticks, *cuts]}  # fmt: skip


def bars_before_and_after(wanted: Vector, before: Vector, after: Vector) -> Spec:
    """Shares of the letters in the raw sample, in the drawn one, and as wanted."""
    rows = [
        {"letter": letter, "share": round(float(share), 3), "sample": name}
        for name, shares in (("raw", before), ("resampled", after), ("wanted", wanted))
        for letter, share in zip("ABCD", shares, strict=True)
    ]
    sort = ["raw", "resampled", "wanted"]
    return {
        "title": "10,000 letters, before and after",
        "data": {"values": rows},
        "mark": "bar",
        "height": 200,
        "encoding": {
            "x": {"field": "letter", "type": "nominal", "title": None, "axis": {"labelAngle": 0}},
            "xOffset": {"field": "sample", "sort": sort},
            "y": axis("share"),
            "color": {"field": "sample", "type": "nominal", "sort": sort, "title": None,
                      "scale": {"domain": sort, "range": [GREY, COLOURS[0], COLOURS[2]]},
                      "legend": {"orient": "top"}},
        },
    }  # fmt: skip


def precision_recall(rows: Sequence[Mapping[str, object]], pool: str) -> Spec:
    """Precision against recall of the methods on one of the two pools."""
    shown = [dict(row) for row in rows if row["pool"] == pool]
    x = axis("recall", "recall: share of the lectures that is kept", domain=[0, 1.3], nice=False)
    x["axis"] = {"values": [0, 0.2, 0.4, 0.6, 0.8, 1]}
    y = axis("precision", "precision: share of the kept that is a lecture", domain=[0, 1])
    hue = {"field": "method", "type": "nominal",
           "scale": {"domain": METHODS, "range": COLOURS[:3]}}  # fmt: skip
    return labelled_lines(shown, x, y, hue, title=f"Three scores on the {pool}", height=300)


def acceptance(chances: Mapping[float, float]) -> Spec:
    """Probability of being kept against the classifier's probability."""
    curve = [{"p": round(p, 3), "kept": (2 - p) ** -9} for p in np.linspace(0, 1, 41)]
    drawn = [{"p": p, "kept": round(kept, 4)} for p, kept in chances.items()]
    x, y = axis("p", "the classifier's probability"), axis("kept", "share that is kept")
    return {"title": "GPT-3 kept by chance", "height": 220,
            "layer": [line(curve, x, y), points(drawn, x, y)]}  # fmt: skip


def languages(rows: Sequence[Mapping[str, object]]) -> Spec:
    """Share of pieces whose language is found, against their length, by script."""
    x = axis("characters", "characters of the piece", type="log", domain=[4.5, 200], nice=False)
    x["axis"] = {"values": [5, 10, 20, 40, 80]}
    y = axis("right", "share of the right language", domain=[0.4, 1.02], nice=False)
    hue = {"field": "group", "type": "nominal"}
    return labelled_lines(list(rows), x, y, hue, title="Language by length and script", point=True)


def registers(found: Mapping[str, tuple[int, int, int]]) -> Spec:
    """How many harmless sentences of each register are called toxic."""
    rows = [
        {"what": f"{register}, {side}", "called": count, "side": side}
        for register, (plain, said, _) in found.items()
        for side, count in (("plain", plain), ("as said", said))
    ]
    return named_bars(rows, "what", axis("called", "called toxic, of 6", domain=[0, 6.4]),
                      "Harmless sentences called toxic", "side")  # fmt: skip


def differences(rows: Sequence[Mapping[str, object]]) -> Spec:
    """Differences of losses with their intervals, by the held-out text."""
    x = axis("mean", "difference of losses, nats a token")
    y: Spec = {"field": "pair", "type": "nominal", "sort": None, "title": None}
    y |= {"axis": {"labelLimit": 300}}
    names = list(dict.fromkeys(str(row["on"]) for row in rows))
    hue: Spec = {"field": "on", "type": "nominal", "title": None, "legend": {"orient": "top"},
                 "scale": {"domain": names, "range": COLOURS[: len(names)]}}  # fmt: skip
    offset = {"field": "on", "sort": names}
    place = {"y": y, "yOffset": offset, "color": hue}
    return {
        "title": "Losses over five seeds, 95 % intervals",
        "height": {"step": 18},
        "data": {"values": list(rows)},
        "layer": [
            {"mark": {"type": "rule", "strokeWidth": 3},
             "encoding": place | {"x": x | {"field": "low"}, "x2": {"field": "high"}}},
            {"mark": {"type": "point", "filled": True, "size": 70, "opacity": 1},
             "encoding": place | {"x": x}},
            upright("mean", 0),
        ],
    }  # fmt: skip
