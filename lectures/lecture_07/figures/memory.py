"""The figures about bytes: sharded state, peaks, activations."""

from collections.abc import Mapping, Sequence

from cs336_systems.parallelism.zero import StateMemory

from lectures.lecture_07.figures.wires import labelled_lines
from lectures.shared.charts import Spec, axis, bars

PARTS = {"weights": "#2a6fb0", "gradients": "#e8a33d", "optimizer": "#8cbf88"}


def state_bars(by_stage: Mapping[str, StateMemory], limit_gb: float) -> Spec:
    """Gigabytes of a rank by stage and part; the rule is what a device has."""
    rows = [
        {"stage": stage, "part": part, "place": place, "GB": getattr(memory, part) / 1e9}
        for stage, memory in by_stage.items()
        for place, part in enumerate(PARTS)
    ]
    totals = [
        {"stage": stage, "GB": memory.total / 1e9, "label": f"{memory.total / 1e9:.1f} GB"}
        for stage, memory in by_stage.items()
    ]
    y = axis("stage", " ", "nominal") | {"sort": None}
    colour: Spec = {"field": "part", "type": "nominal", "title": None, "legend": {"orient": "top"}}
    colour["scale"] = {"domain": list(PARTS), "range": list(PARTS.values())}
    x = axis("GB", "GB on each rank")
    return {
        "title": "7.5 billion weights on 64 ranks",
        "height": 150,
        "layer": [
            {
                "data": {"values": rows},
                "mark": "bar",
                "encoding": {
                    "y": y,
                    "x": x,
                    "color": colour,
                    "order": {"field": "place", "type": "quantitative"},
                },
            },
            {
                "data": {"values": totals},
                "mark": {"type": "text", "align": "left", "dx": 5},
                "encoding": {"y": y, "x": x, "text": {"field": "label", "type": "nominal"}},
            },
            {
                "data": {
                    "values": [{"GB": limit_gb, "what": "H100"}, {"GB": limit_gb, "what": " "}]
                },
                "mark": {"type": "rule", "strokeDash": [5, 4], "color": "#d1495b"},
                "encoding": {"x": x},
            },
        ],
    }


def peaks(rows: Sequence[Mapping[str, object]]) -> Spec:
    """Measured peak memory (rings) and what was promised (dots), by strategy and ranks."""
    y = axis("run", " ", "nominal") | {"sort": None}
    x = axis("GiB", "GiB at the peak of a step", zero=False)
    colour: Spec = {"field": "what", "type": "nominal", "title": None, "legend": {"orient": "top"}}
    colour["scale"] = {
        "domain": ["measured", "8 bytes divided", "12 bytes divided", "16 bytes divided"],
        "range": ["#1f9e89", "#7b5aa6", "#2a6fb0", "#d1495b"],
    }
    ring = {"type": "point", "filled": False, "size": 260, "strokeWidth": 3}
    dot = {"type": "point", "filled": True, "size": 70, "opacity": 1}
    encoding = {"x": x, "y": y, "color": colour}
    return {
        "title": "Peak of one rank, 0.97 billion weights (H100, recorded)",
        "data": {"values": list(rows)},
        "height": 170,
        "layer": [
            {
                "transform": [{"filter": f"datum.what {sign} 'measured'"}],
                "mark": mark,
                "encoding": encoding,
            }
            for sign, mark in (("===", ring), ("!==", dot))
        ],
    }


def activation_bars(gibibytes: Mapping[str, float]) -> Spec:
    """Activations of one layer, by how they are cut up."""
    rows = [{"layout": name, "GiB": value} for name, value in gibibytes.items()]
    return bars(
        rows,
        axis("layout", " ", kind="nominal"),
        axis("GiB", "GiB for one layer, on each rank"),
        title="Activations of a layer of the 22-billion GPT, 8 ranks",
    )  # fmt: skip


def kept_by_length(kept: Mapping[str, Mapping[int, float]]) -> Spec:
    """Numbers that autograd keeps for each token, against the length of the sequence."""
    rows = [
        {"tokens": tokens, "numbers": numbers, "block": name}
        for name, by_length in kept.items()
        for tokens, numbers in by_length.items()
    ]
    x = axis("tokens", "tokens in the sequence", type="log", base=2)
    x |= {"axis": {"values": [row["tokens"] for row in rows]}}
    y = axis("numbers", "numbers kept for each token", type="log")
    return labelled_lines(rows, x, y, "block", "What one block of assignment 1 keeps (counted)")
