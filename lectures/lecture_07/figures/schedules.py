"""The figures about pipelines: who works when, and what a smaller bubble costs."""

from collections.abc import Mapping, Sequence

from lectures.lecture_07.pipeline import Slot, Timeline
from lectures.shared.charts import Spec, axis

COLOURS = {
    "forward": "#74aedd",
    "backward": "#e8a33d",
    "weights' gradients": "#8cbf88",
    "forward, second run": "#c3def2",
    "backward, second run": "#f6d9a9",
}


def _work(slot: Slot) -> str:
    kind = {"F": "forward", "B": "backward", "W": "weights' gradients"}[slot.operation.kind]
    return f"{kind}, second run" if slot.operation.run else kind


def grids(timelines: Mapping[str, Timeline], step: int = 13) -> Spec:
    """Each schedule as a grid of stages over time; the number is the micro-batch."""
    rows = [
        {"schedule": name, "stage": slot.stage, "from": slot.start, "to": slot.end}
        | {"middle": (slot.start + slot.end) / 2, "work": _work(slot)}
        | {"micro": str(slot.operation.micro_batch + 1)}
        for name, timeline in timelines.items()
        for slot in timeline.slots
    ]
    y = {"field": "stage", "type": "ordinal", "title": None}
    colour: Spec = {"field": "work", "type": "nominal", "title": None}
    colour["scale"] = {"domain": list(COLOURS), "range": list(COLOURS.values())}
    colour["legend"] = {"orient": "top", "columns": 3}
    label = {"field": "micro", "type": "nominal"}
    x = axis("from", "time, in forward passes of a stage")
    return {
        "title": "Four stages, eight micro-batches: empty is idle",
        "data": {"values": rows},
        "facet": {"field": "schedule", "type": "nominal", "sort": list(timelines), "title": None,
                  "header": {"labelAnchor": "start", "labelFontSize": 12}},
        "columns": 1,
        "spacing": 6,
        "spec": {
            "width": 560,
            "height": {"step": step},
            "layer": [
                {
                    "mark": {"type": "bar", "stroke": "white", "strokeWidth": 0.7,
                             "height": {"band": 0.94}},
                    "encoding": {"y": y, "x": x, "x2": {"field": "to"}, "color": colour},
                },
                {
                    "mark": {"type": "text", "fontSize": 9, "color": "#1a1a1a"},
                    "encoding": {"y": y, "x": axis("middle", x["title"]), "text": label},
                },
            ],
        },
    }  # fmt: skip


def bubble_and_memory(timelines: Mapping[str, Timeline]) -> Spec:
    """Idle time against the activations that the fullest stage keeps; left and low is good."""
    rows = [
        {"schedule": name, "bubble": 100 * timeline.bubble}
        | {"kept": max(timeline.stored(s) for s in range(timeline.stages))}
        for name, timeline in timelines.items()
    ]
    x = axis("kept", "micro-batches kept on the fullest stage", domain=[0, 9])
    y = axis("bubble", "time idle, %", domain=[-2, 32])
    return {
        "title": "A smaller bubble is paid for in memory",
        "data": {"values": rows},
        "height": 260,
        "layer": [
            {"mark": {"type": "point", "filled": True, "size": 90, "color": "#2a6fb0"},
             "encoding": {"x": x, "y": y}},
            {"mark": {"type": "text", "dy": -12, "fontSize": 11},
             "encoding": {"x": x, "y": y, "text": {"field": "schedule", "type": "nominal"}}},
        ],
    }  # fmt: skip


def idle_by_micro_batches(idle: Mapping[int, Mapping[int, float]]) -> Spec:
    """Share of idle time against the number of micro-batches, a line for each depth."""
    rows: Sequence[Mapping[str, object]] = [
        {"micro-batches": m, "idle": 100 * share, "stages": f"{p} stages"}
        for p, by_count in idle.items()
        for m, share in by_count.items()
    ]
    x = axis("micro-batches", type="log", base=2)
    return {
        "title": "Idle time of a pipeline with 1F1B (simulated)",
        "data": {"values": rows},
        "height": 220,
        "mark": {"type": "line", "point": True},
        "encoding": {
            "x": x,
            "y": axis("idle", "time idle, %"),
            "color": axis("stages", kind="nominal"),
        },
    }
