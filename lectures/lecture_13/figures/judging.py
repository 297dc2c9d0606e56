"""Figures about rules: who is rejected, and how much is left of published pipelines."""

from collections.abc import Mapping, Sequence

from lectures.lecture_13.documents import Document
from lectures.lecture_13.passages import RULES, Verdict
from lectures.lecture_13.stages import Funnel
from lectures.shared.charts import Spec, axis

OUTCOMES = {
    "kept, rightly": "#3f9e6a",
    "rejected, rightly": "#a9d3b9",
    "rejected, though a person would keep it": "#e0526a",
    "kept, though a person would not": "#c08727",
}


def outcome(keep: bool, worth: bool) -> str:
    """A rule's answer beside a person's."""
    if keep:
        return "kept, rightly" if worth else "kept, though a person would not"
    return "rejected, though a person would keep it" if worth else "rejected, rightly"


def short(reason: str) -> str:
    """A reason in a few characters, for a cell."""
    names = {
        "words ": "few words",
        "share of words with a letter": "numbers",
        "share of lines with a bullet": "bullets",
        "share of lines with punctuation": "no full stops",
        "characters of repeated": "repeats",
        "sentences": "no sentences",
        "lorem": "lorem ipsum",
    }
    return next((name for start, name in names.items() if reason.startswith(start)), reason)


def verdict_grid(verdicts: Sequence[Verdict], documents: Sequence[Document]) -> Spec:
    """Documents by rules, coloured by whether a person agrees, with the reason in the cell."""
    worth = {document.name: document.worth for document in documents}
    rows = [
        {"document": v.document, "rule": v.rule, "reason": short(v.decision.reason)}
        | {"outcome": outcome(v.decision.keep, worth[v.document])}
        for v in verdicts
    ]
    place: Spec = {
        "x": {"field": "rule", "type": "nominal", "title": None, "sort": list(RULES)},
        "y": {"field": "document", "type": "nominal", "title": None, "sort": None},
    }
    place["x"]["axis"] = {"labelAngle": 0, "orient": "top", "labelLimit": 110}
    fill: Spec = {"field": "outcome", "type": "nominal", "title": None}
    fill["scale"] = {"domain": list(OUTCOMES), "range": list(OUTCOMES.values())}
    fill["legend"] = {"orient": "bottom", "columns": 1, "labelLimit": 320}
    return {
        "title": "Four rules and a person",
        "data": {"values": rows},
        "height": {"step": 25},
        "layer": [
            {"mark": {"type": "rect", "stroke": "white"}, "encoding": place | {"color": fill}},
            {
                "mark": {"type": "text", "color": "#1a1a1a", "fontSize": 10},
                "encoding": place | {"text": {"field": "reason", "type": "nominal"}},
            },
        ],
    }


def study_intervals(rows: Sequence[Mapping[str, object]]) -> Spec:
    """Differences of loss with their intervals over seeds, for each step of filtering."""
    steps = list(dict.fromkeys(row["step"] for row in rows))
    y: Spec = {"field": "step", "type": "nominal", "title": None, "sort": steps}
    y["axis"] = {"labelLimit": 200}
    colour: Spec = {"field": "on", "type": "nominal", "title": "loss on"}
    colour["scale"] = {"range": ["#3b82c4", "#c08727"]}
    colour["legend"] = {"orient": "bottom"}
    beside: Spec = {"field": "on", "type": "nominal"}
    shared: Spec = {"y": y, "yOffset": beside, "color": colour}
    x = axis("mean", "change of the loss, nats a token (left of 0: better)")
    return {
        "title": "What each step did to the loss, with 95 % intervals over seeds",
        "height": {"step": 22},
        "layer": [
            {
                "data": {"values": [{"mean": 0}, {"mean": 0}]},
                "mark": {"type": "rule", "color": "#9a9a9a", "strokeDash": [5, 4]},
                "encoding": {"x": x},
            },
            {
                "data": {"values": list(rows)},
                "mark": {"type": "rule", "strokeWidth": 2.5},
                "encoding": shared | {"x": x | {"field": "low"}, "x2": {"field": "high"}},
            },
            {
                "data": {"values": list(rows)},
                "mark": {"type": "point", "filled": True, "size": 70, "opacity": 1},
                "encoding": shared | {"x": x},
            },
        ],
    }


def funnels(published: Sequence[Funnel], ours: Funnel) -> Spec:
    """What is left after each stage, as a share of what was counted first."""
    rows = [
        {"stage": f"{f.name}: {stage}", "left": round(100 * share, 2), "label": f"{share:.1%}"}
        | {"kind": "first" if not i else "ours" if f is ours else "published"}
        for f in [*published, ours]
        for i, (stage, share) in enumerate(f.shares().items())
    ]
    y: Spec = {"field": "stage", "type": "nominal", "title": None, "sort": None}
    y["axis"] = {"labelLimit": 260}
    x = axis("left", "% of what was counted first", domain=[0, 115])
    x["axis"] = {"values": [0, 25, 50, 75, 100]}
    colour: Spec = {"field": "kind", "type": "nominal", "legend": None}
    colour["scale"] = {"domain": ["first", "published", "ours"]}
    colour["scale"]["range"] = ["#b5b5b5", "#3b82c4", "#3f9e6a"]
    return {
        "title": "What is left after each stage",
        "height": {"step": 19},
        "data": {"values": rows},
        "encoding": {"x": x, "y": y},
        "layer": [
            {"mark": {"type": "bar", "height": {"band": 0.75}}, "encoding": {"color": colour}},
            {
                "mark": {"type": "text", "align": "left", "dx": 4, "fontSize": 11},
                "encoding": {"text": {"field": "label", "type": "nominal"}},
            },
        ],
    }
