"""Figures of the first half: masks, packing, style and knowledge."""

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from torch import Tensor

from lectures.lecture_15.figures.marks import COLOURS, named_lines
from lectures.shared.charts import Spec, axis


def mask_strips(
    labels: Tensor, arms: Mapping[str, Mapping[str, Tensor]], words: Sequence[str]
) -> Spec:
    """Which labels (T,) of the first row count under each arm's `response_mask`, a strip each."""
    rows = [
        {
            "mask": name,
            "place": place,
            "label": f"{place + 1}  {words[label]}",
            "counts": "counts" if on else "ignored",
        }
        for name, arm in arms.items()
        for place, (label, on) in enumerate(
            zip(labels.tolist(), arm["response_mask"][0].tolist(), strict=True)
        )
    ]
    colour = {
        "field": "counts",
        "type": "nominal",
        "title": "",
        "scale": {"domain": ["counts", "ignored"], "range": [COLOURS[2], "#c9c9c9"]},
    }
    order = [f"{place + 1}  {words[label]}" for place, label in enumerate(labels.tolist())]
    below = {"labelAngle": 0, "labelExpr": "split(datum.label, ' ')"}  # a line for each word
    x = {"field": "mask", "type": "nominal", "sort": None, "title": "", "axis": below}
    y = {"field": "label", "type": "nominal", "sort": order, "title": "label"}
    return {
        "title": "Which labels the loss sees",
        "data": {"values": rows},
        "mark": {"type": "rect", "stroke": "white", "strokeWidth": 2},
        "encoding": {"x": x, "y": y, "color": colour},
        "height": 19 * len(order),
    }


def visible(matrix: Sequence[Sequence[bool]], document: Sequence[int]) -> Spec:
    """Which token may look at which, in a packed row with and without borders."""
    rows = []
    for q, line in enumerate(matrix):
        for k, on in enumerate(line):
            if k <= q:
                kind = "within the document" if on else "across a border"
                rows.append({"query": q, "key": k, "kind": kind})
    colour = {
        "field": "kind",
        "type": "nominal",
        "title": "",
        "scale": {
            "domain": ["within the document", "across a border"],
            "range": [COLOURS[0], COLOURS[1]],
        },
    }
    return {
        "title": f"{document[-1] + 1} documents in one row: what a causal mask lets through",
        "data": {"values": rows},
        "mark": {"type": "rect"},
        "encoding": {
            "x": {"field": "key", "type": "ordinal", "title": "token looked at",
                  "axis": {"values": list(range(0, len(document), 10))}},
            "y": {"field": "query", "type": "ordinal", "title": "token that looks",
                  "axis": {"values": list(range(0, len(document), 10))}},
            "color": colour,
        },
        "height": 260,
    }  # fmt: skip


def style_and_knowledge(found: Mapping[int, Mapping[str, float]]) -> Spec:
    """Share of answers in the new style, and share that is right, by demonstrations."""
    names = {"style": "in the style", "right": "right, of people it knows",
             "strangers": "right, of strangers"}  # fmt: skip
    curves = {
        title: [(float(n), 100 * shares[key]) for n, shares in found.items()]
        for key, title in names.items()
    }
    x = axis("count", "demonstrations", type="log", base=2)
    y = axis("share", "% of answers", domain=[0, 100])
    return named_lines(curves, x, y, "What few demonstrations teach (live)")


def doses(rows: Sequence[Mapping[str, Any]], steps: int) -> Spec:
    """Wrong answers by how many more facts were taught, known and unknown ones."""
    curves: dict[str, list[tuple[float, float]]] = {}
    for kind in ("unknown", "known"):
        for who in ("unknown", "known"):
            by_dose: dict[int, list[float]] = {}
            for row in rows:
                if row["steps"] == steps and row["more"] in (kind, "none"):
                    by_dose.setdefault(row["dose"], []).append(row[f"about the {who}"]["wrong"])
            named = {"unknown": "strangers", "known": "the known"}[who]
            curves[f"{kind} → {named}"] = [
                (float(dose), 100 * fmean(values)) for dose, values in sorted(by_dose.items())
            ]
    x = axis("dose", "further facts in SFT")
    y = axis("wrong", "wrong answers, %", domain=[0, 100])
    title = "Taught facts → wrong answers about others (record)"
    return named_lines(curves, x, y, title)
