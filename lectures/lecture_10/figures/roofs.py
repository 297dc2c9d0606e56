"""Intensity, passes and batches: what is waited for, bytes or arithmetic."""

from collections.abc import Mapping, Sequence
from typing import Any

from lectures.lecture_10.decoding import ModelSizes
from lectures.lecture_10.machines import Machine, decode_step
from lectures.shared.charts import Spec, axis, bars, labelled_lines

COLOURS = ("#2a6fb0", "#d1742b", "#4b9b5d", "#a0519c", "#8a8a8a")


def log_axis(field: str, title: str, **scale: Any) -> Spec:
    """A logarithmic axis with plain numbers."""
    channel = axis(field, title, type="log", **scale)
    return channel | {"axis": {"format": "~s", "tickCount": 6}}


def request_timeline(prefill_ms: float, token_ms: float, tokens: int) -> Spec:
    """One request: its prompt in one piece, then a token after the other."""
    rows = [{"from": 0.0, "to": prefill_ms, "what": "prompt, in one pass"}] + [
        {
            "from": prefill_ms + i * token_ms,
            "to": prefill_ms + (i + 1) * token_ms,
            "what": "a token",
        }
        for i in range(tokens - 1)
    ]
    colour = axis("what", "", "nominal") | {
        "scale": {"range": [COLOURS[1], COLOURS[0]], "domain": ["prompt, in one pass", "a token"]},
        "legend": {"orient": "top", "title": None},
    }
    return {
        "title": "SmolLM2 reads 256 tokens and answers with 16",
        "data": {"values": [row | {"row": "request"} for row in rows]},
        "mark": {"type": "bar", "stroke": "white"},
        "height": 60,
        "encoding": {
            "x": axis("from", "milliseconds after the request"),
            "x2": {"field": "to"},
            "y": {"field": "row", "type": "nominal", "title": None, "axis": None},
            "color": colour,
        },
    }


def intensity_by_batch(d: int, f: int, machines: Sequence[Machine]) -> Spec:
    """Intensity of a product (B, D) x (D, F), and the ridges of machines."""
    batches = [2 ** (i / 2) for i in range(23)]
    curve = [{"B": b, "intensity": b * d * f / (b * d + b * f + d * f)} for b in batches]
    x = log_axis("B", "rows B that share the weights")
    y = log_axis("intensity", "operations a byte")
    ridges = [
        {"B": 1.0, "intensity": m.ridge, "name": f"{m.name}: {m.ridge:.0f}"} for m in machines
    ]
    ends = [row | {"B": b} for row in ridges for b in (1.0, 2048.0)]
    text = {"type": "text", "align": "left", "dx": 4, "dy": -7, "fontSize": 11}
    return {
        "title": "Below its dashed line a machine waits for memory",
        "height": 280,
        "layer": [
            {"data": {"values": curve}, "mark": {"type": "line", "color": COLOURS[0]},
             "encoding": {"x": x, "y": y}},
            {"data": {"values": ends}, "mark": {"type": "line", "strokeDash": [5, 4],
             "color": COLOURS[4]},
             "encoding": {"x": x, "y": y, "detail": {"field": "name"}}},
            {"data": {"values": ridges}, "mark": text,
             "encoding": {"x": x, "y": y, "text": {"field": "name"}}},
        ],
    }  # fmt: skip


def generation_flops(counts: Mapping[str, Mapping[int, int]]) -> Spec:
    """Operations to generate T tokens, with and without a cache."""
    rows = [
        {"T": t, "flops": flops, "way": way}
        for way, by in counts.items()
        for t, flops in by.items()
    ]
    return labelled_lines(
        rows, log_axis("T", "tokens generated"), log_axis("flops", "operations, all steps"),
        axis("way", "", "nominal"), title="What the cache saves", point=True,
    )  # fmt: skip


def mlp_ledger(sizes: Mapping[str, Mapping[str, float]]) -> Spec:
    """Bytes that a gated MLP moves, by tensor, for some workloads."""
    rows = [
        {"workload": work, "tensor": tensor, "MB": moved / 1e6}
        for work, tensors in sizes.items()
        for tensor, moved in tensors.items()
    ]
    return bars(
        rows, axis("workload", " ", "nominal"), axis("MB", "megabytes moved"),
        axis("tensor", "", "nominal"), stacked=True, title="What an MLP layer moves", height=120,
    )  # fmt: skip


def attention_intensity(points: Mapping[str, tuple[float, float]], ridge: float) -> Spec:
    """Intensity of attention in decoding, by name: (heads that share, operations a byte)."""
    rows = [{"name": n, "heads": h, "intensity": i} for n, (h, i) in points.items()]
    x = log_axis("heads", "query heads that share what is read", domain=[0.8, 1500])
    y = log_axis("intensity", "operations a byte", domain=[0.5, 600])
    edge = [{"heads": h, "intensity": ridge} for h in (0.8, 1500)]
    named = f"ridge of an H100: {ridge:.0f}"
    return {
        "title": "One new token: reading the cache, by design",
        "height": 260,
        "layer": [
            {"data": {"values": edge}, "mark": {"type": "line", "strokeDash": [5, 4],
             "color": COLOURS[4]}, "encoding": {"x": x, "y": y}},
            {"data": {"values": [edge[0] | {"name": named}, edge[1] | {"name": ""}]},
             "mark": {"type": "text", "align": "left", "dx": 4, "dy": 12, "fontSize": 11},
             "encoding": {"x": x, "y": y, "text": {"field": "name"}}},
            {"data": {"values": rows}, "mark": {"type": "point", "filled": True, "size": 90,
             "color": COLOURS[0]}, "encoding": {"x": x, "y": y}},
            {"data": {"values": rows}, "mark": {"type": "text", "dx": 9, "align": "left",
             "dy": 8, "fontSize": 11},
             "encoding": {"x": x, "y": y, "text": {"field": "name"}}},
        ],
    }  # fmt: skip


def passes(measured: Mapping[int, float], reads: float, per_token: float, title: str) -> Spec:
    """Milliseconds of a pass over n tokens, between the two floors that counting gives."""
    x = log_axis("n", "tokens in one pass")
    y = log_axis("ms", "milliseconds", nice=False)
    most = max(measured)
    n = [2 ** (i / 2) for i in range(2 * most.bit_length() - 1)]
    floors = [{"n": i, "ms": reads, "what": "weights read"} for i in n] + [
        {"n": i, "ms": i * per_token, "what": "arithmetic"} for i in n if i * per_token > reads / 5
    ]
    points = [{"n": k, "ms": v, "what": "measured"} for k, v in measured.items()]
    chart = labelled_lines(floors + points, x, y, axis("what", "", "nominal"), title=title)
    mark = {"type": "point", "filled": True, "size": 60, "color": COLOURS[1]}
    chart["layer"].append({"data": {"values": points}, "mark": mark, "encoding": {"x": x, "y": y}})
    return chart


def batches(
    sizes: Mapping[str, ModelSizes], machine: Machine, context: int,
    measured: Mapping[str, Mapping[int, float]],
) -> Spec:  # fmt: skip
    """Latency against throughput of decoding, each point a batch; measured ones filled."""
    counted: list[Spec] = []
    dots: list[Spec] = []
    walls: list[Spec] = []
    for name, model in sizes.items():
        for power in range(18):
            batch = 2 ** (power / 2)
            step = decode_step(model, machine, round(batch), context)
            fits = step.memory <= machine.memory
            row = {"model": name, "batch": round(batch), "ms": 1e3 * step.latency,
                   "tokens": step.throughput}  # fmt: skip
            (counted if fits else walls).append(row)
        for batch, ms in measured.get(name, {}).items():
            dots.append({"model": name, "batch": batch, "ms": ms, "tokens": 1e3 * batch / ms})
    x = axis("ms", "milliseconds a token: what one user waits", domain=[0, 50])
    y = log_axis("tokens", "tokens a second: what is sold", domain=[40, 30_000], nice=False)
    hue = axis("model", "", "nominal") | {"legend": {"orient": "top", "title": None}}
    encoding = {"x": x, "y": y, "color": hue, "detail": {"field": "model"}}
    return {
        "title": f"Decoding at {context} tokens of context: lines counted, dots measured",
        "height": 320,
        "layer": [
            {"data": {"values": counted}, "mark": {"type": "line", "clip": True},
             "encoding": encoding},
            {"data": {"values": walls}, "mark": {"type": "line", "strokeDash": [3, 5],
             "opacity": 0.6, "clip": True}, "encoding": encoding},
            {"data": {"values": dots}, "mark": {"type": "point", "filled": True, "size": 55,
             "clip": True}, "encoding": encoding},
            {"data": {"values": dots}, "mark": {"type": "text", "dx": 7, "dy": 9, "align": "left",
             "fontSize": 10, "clip": True},
             "encoding": encoding | {"text": {"field": "batch"}}},
        ],
    }  # fmt: skip
