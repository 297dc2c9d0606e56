"""Timelines: FSDP's units as they are gathered and freed, and the measured pipelines."""

from collections.abc import Mapping, Sequence
from typing import Any

from lectures.lecture_08.orders import Slot, bubble, formula
from lectures.lecture_08.sharded import Event
from lectures.shared.charts import Spec, axis

STATES = {"under way": "#f6d9a9", "whole": "#74aedd", "gradients under way": "#8cbf88"}
AHEAD = ["nothing gathered ahead", "one layer gathered ahead"]
ENDS = {"gather": ("ready",), "ready": ("free",), "reduce": ("reduced",)}
STATE_OF = dict(zip(ENDS, STATES, strict=True))


def intervals(events: Sequence[Event]) -> list[dict[str, Any]]:
    """For each unit, when its weights are under way and whole, and its gradients under way."""
    found = []
    for event in events:
        if event.what in ENDS:
            ends = (*ENDS[event.what], *(("free",) if event.what == "gather" else ()))
            end = next(e for e in events[event.number + 1 :]
                       if e.unit == event.unit and e.what in ends)  # fmt: skip
            found.append({"unit": f"layer {event.unit + 1}", "state": STATE_OF[event.what]}
                         | {"from": event.number, "to": end.number})  # fmt: skip
    return found


def gather_and_free(by_prefetch: Mapping[int, Sequence[Event]]) -> Spec:
    """Each layer's lane over the events of a step, without and with one layer ahead."""
    rows = [
        {"case": AHEAD[prefetch], **interval}
        | {"lane": "gradients" if "gradients" in interval["state"] else "weights"}
        for prefetch, events in by_prefetch.items()
        for interval in intervals(events)
    ]
    colour: Spec = {"field": "state", "type": "nominal", "title": None}
    colour["scale"] = {"domain": list(STATES), "range": list(STATES.values())}
    colour["legend"] = {"orient": "top"}
    return {
        "title": "FSDP on rank 0: a forward and a backward pass, event by event",
        "data": {"values": rows},
        "facet": {"field": "case", "type": "nominal", "title": None, "sort": AHEAD,
                  "header": {"labelAnchor": "start", "labelFontSize": 12}},
        "columns": 1,
        "spacing": 6,
        "spec": {
            "width": 520,
            "height": {"step": 11},
            "mark": {"type": "bar", "stroke": "white"},
            "encoding": {
                "y": {"field": "unit", "type": "nominal", "title": None},
                "yOffset": {"field": "lane", "sort": ["weights", "gradients"]},
                "x": axis("from", "event number"),
                "x2": {"field": "to"},
                "color": colour,
                "tooltip": [{"field": "state"}, {"field": "from"}, {"field": "to"}],
            },
        },
    }  # fmt: skip


MEASURED = "Four processes, measured: what is empty is idle"


def pipelines(timelines: Mapping[str, Sequence[Slot]], title: str = MEASURED) -> Spec:
    """Measured lanes of stages; the number is the micro-batch, and what is empty is idle."""
    rows, cases = [], []
    for name, slots in timelines.items():
        stages, m = len({s.stage for s in slots}), len({s.micro_batch for s in slots})
        begin = min(s.start for s in slots)
        case = (
            f"{name}, {m} micro-batches: idle {bubble(slots):.1%}, formula {formula(stages, m):.1%}"
        )
        cases.append(case)
        rows += [
            {"case": case, "stage": f"rank {s.stage}", "micro": str(s.micro_batch + 1)}
            | {"from": round(s.start - begin, 5), "to": round(s.end - begin, 5)}
            | {"middle": round((s.start + s.end) / 2 - begin, 5)}
            | {"work": "forward" if s.kind == "F" else "backward"}
            for s in slots
        ]
    colour: Spec = {"field": "work", "type": "nominal", "title": None}
    colour["scale"] = {"domain": ["forward", "backward"], "range": ["#74aedd", "#e8a33d"]}
    colour["legend"] = {"orient": "top"}
    y = {"field": "stage", "type": "nominal", "title": None}
    clock = "seconds, by the clock of the machine"
    return {
        "title": title,
        "data": {"values": rows},
        "facet": {"field": "case", "type": "nominal", "title": None, "sort": cases,
                  "header": {"labelAnchor": "start", "labelFontSize": 12}},
        "columns": 1,
        "spacing": 6,
        "spec": {
            "width": 560,
            "height": {"step": 16},
            "layer": [
                {"mark": {"type": "bar", "stroke": "white", "strokeWidth": 0.7},
                 "encoding": {"y": y, "x": axis("from", clock), "x2": {"field": "to"},
                              "color": colour}},
                {"mark": {"type": "text", "fontSize": 9, "color": "#1a1a1a"},
                 "encoding": {"y": y, "x": axis("middle", clock),
                              "text": {"field": "micro", "type": "nominal"}}},
            ],
        },
    }  # fmt: skip


def bubbles(rows: Sequence[Mapping[str, Any]]) -> Spec:
    """Measured idle time against micro-batches, and the formula."""
    shown = [{"m": r["micro-batches"], "idle": r["measured"], "what": r["order"]} for r in rows] + [
        {"m": r["micro-batches"], "idle": r["formula"], "what": "(p − 1) / (m + p − 1)"}
        for r in rows
        if r["order"] == "GPipe"
    ]
    colour: Spec = {"field": "what", "type": "nominal", "title": None}
    colour["scale"] = {
        "domain": ["GPipe", "1F1B", "(p − 1) / (m + p − 1)"],
        "range": ["#4477aa", "#ee6677", "#888888"],
    }
    colour["legend"] = {"orient": "top"}
    return {
        "title": "Idle time of four stages: measured and promised",
        "data": {"values": shown},
        "height": 210,
        "mark": {"type": "line", "point": True},
        "encoding": {
            "x": axis("m", "micro-batches", kind="ordinal") | {"axis": {"labelAngle": 0}},
            "y": axis("idle", "time idle, %", zero=True),
            "color": colour,
        },
    }
