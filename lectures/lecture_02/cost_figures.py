"""Figures of what training costs: bytes, operations, and the share of the peak that is reached."""

from collections.abc import Mapping, Sequence
from typing import Any

from lecture_tracer.trace.schema import BenchmarkRow
from lectures.lecture_02.experiments import Recomputed
from lectures.shared.charts import Spec, axis, labelled_lines, lines

RECIPES = {
    "all float32": [("weight", 4), ("gradient", 4), ("AdamW m", 4), ("AdamW v", 4)],
    "bfloat16 + float32 master copy": [
        ("weight", 2), ("gradient", 2), ("master weight", 4), ("AdamW m", 4), ("AdamW v", 4),
    ],
    "bfloat16, no master copy": [("weight", 2), ("gradient", 2), ("AdamW m", 4), ("AdamW v", 4)],
}  # fmt: skip
"""Bytes a parameter of three ways to train with AdamW."""


def recipe_bytes() -> dict[str, int]:
    """Total bytes a parameter, by recipe."""
    return {name: sum(size for _, size in parts) for name, parts in RECIPES.items()}


def bytes_a_parameter() -> Spec:
    """What AdamW keeps for a parameter, in three recipes."""
    rows = [
        {"recipe": recipe, "part": part, "bytes": size, "order": order}
        for recipe, sizes in RECIPES.items()
        for order, (part, size) in enumerate(sizes)
    ]
    return _stacked(rows, "recipe", "bytes", "Bytes a parameter: sixteen or twelve", "bytes")


def peaks(ways: Mapping[str, Recomputed]) -> Spec:
    """Peak memory against operations, a labelled point for each way to go backward."""
    rows = [
        {"way": way, "MB": round(run.peak / 1e6, 3), "operations": round(run.operations, 2)}
        for way, run in ways.items()
    ]
    x = axis("operations", "operations, as multiples of one forward pass")
    y = axis("MB", "peak memory, MB")
    return {
        "title": "Memory is bought with operations",
        "height": 220,
        "layer": [
            {
                "data": {"values": rows},
                "mark": {"type": "line", "point": {"size": 90}},
                "encoding": {"x": x, "y": y},
            },
            {
                "data": {"values": rows},
                "mark": {"type": "text", "align": "left", "dx": 9, "dy": -9},
                "encoding": {"x": x | {"scale": {"domain": [0, 14]}}, "y": y,
                             "text": {"field": "way"}},
            },
        ],
    }  # fmt: skip


def _stacked(
    rows: Sequence[Mapping[str, Any]], category: str, value: str, title: str, unit: str
) -> Spec:
    return {
        "title": title,
        "data": {"values": list(rows)},
        "mark": {"type": "bar", "stroke": "white"},
        "height": {"step": 34},
        "encoding": {
            "y": axis(category, " ", "nominal") | {"sort": None, "axis": {"title": None}},
            "x": axis(value, unit),
            "color": axis("part", " ", "nominal") | {"sort": None},
            "order": {"field": "order"},
            "tooltip": [axis("part", "part", "nominal"), axis(value)],
        },
    }


def days_table(flops: float, peak: float) -> tuple[list[list[Any]], list[str]]:
    """Days for `flops` by number of GPUs (rows) and MFU (columns): rows and column names."""
    shares = [0.3, 0.4, 0.5, 0.6]
    rows = [
        [gpus, *(round(flops / (gpus * peak * share * 86_400), 1) for share in shares)]
        for gpus in [256, 1024, 4096, 16_384]
    ]
    return rows, ["H100s", *(f"MFU {share}" for share in shares)]


def achieved(rows: Sequence[BenchmarkRow]) -> Spec:
    """FLOP/s against matrix size, from benchmark records."""
    points = [
        {"format": row.label, "n": row.parameters["n"], "GFLOP/s": round(1000 * row.tflops, 1)}
        for row in rows
        if row.tflops is not None
    ]
    return labelled_lines(
        points,
        axis("n", "size n of the matrices", type="log", base=2),
        axis("GFLOP/s", "GFLOP/s", type="log"),
        axis("format", "format", "nominal"),
        title="A product of two n × n matrices on one CPU thread",
        point=True,
    )


PROMISED = {"float32": 67.0, "TF32": 495.0, "bfloat16": 989.5, "FP8": 1979.0}
"""Dense TFLOP/s of an H100's data sheet."""
Products = Mapping[int, Mapping[str, Mapping[str, Any]]]


def best_shares(products: Products) -> dict[str, float]:
    """The share of its promise that each format's best product reached."""
    return {
        form: round(max(rows[form]["tflops"] for rows in products.values()) / promise, 2)
        for form, promise in PROMISED.items()
    }


def achieved_on_gpu(products: Products, where: str) -> Spec:
    """TFLOP/s against matrix size by format, with the promise of each as a dashed line."""
    points = [
        {"format": form, "n": n, "TFLOP/s": round(rows[form]["tflops"], 3)}
        for n, rows in products.items()
        for form in PROMISED
    ]
    promises = [{"format": form, "TFLOP/s": promise} for form, promise in PROMISED.items()]
    last = [point for point in points if point["n"] == max(products)]
    x = axis("n", "size n of the matrices", type="log", base=2)
    y = axis("TFLOP/s", "TFLOP/s", type="log", domain=[0.05, 3000])
    colour = axis("format", " ", "nominal") | {"sort": None, "legend": None}
    name = {"type": "text", "align": "left", "dx": 7, "fontWeight": "bold"}
    return {
        "title": {
            "text": "Products of two n × n matrices on an H100; dashed: the data sheet",
            "subtitle": where,
        },
        "height": 280,
        "layer": [
            _layer(points, {"type": "line", "point": True}, {"x": x, "y": y, "color": colour}),
            _layer(promises, {"type": "rule", "strokeDash": [5, 4]}, {"y": y, "color": colour}),
            _layer(last, name, {"x": x, "y": y, "color": colour, "text": {"field": "format"}}),
        ],
    }


def _layer(rows: Sequence[Mapping[str, Any]], mark: Mapping[str, Any], encoding: Spec) -> Spec:
    return {"data": {"values": list(rows)}, "mark": mark, "encoding": encoding}


def utilization(rows: Sequence[Mapping[str, Any]]) -> Spec:
    """MFU of training steps, measured or published."""
    points = [{**row, "MFU": round(row["MFU"], 3)} for row in rows]
    run = axis("run", " ", "nominal")
    return {
        "title": "Model FLOPs utilization",
        "data": {"values": points},
        "mark": "bar",
        "encoding": {
            "y": run | {"sort": None, "axis": {"title": None, "labelLimit": 260}},
            "x": axis("MFU", "share of the bfloat16 peak", domain=[0, 1]),
            "color": axis("kind", " ", "nominal")
            | {"legend": {"orient": "bottom", "labelLimit": 400, "title": None}},
            "tooltip": [run, axis("MFU")],
        },
    }


def two_four_six(forward: int, backward: int) -> Spec:
    """Operations of forward and backward as multiples of points times parameters."""
    rows = [
        {"part": "forward", "operations": forward, "order": 0, "what": "one step"},
        {"part": "backward: weights", "operations": backward // 2, "order": 1, "what": "one step"},
        {"part": "backward: inputs", "operations": backward // 2, "order": 2, "what": "one step"},
    ]
    return _stacked(rows, "what", "operations", "Counted operations of one step", "operations")


def backward_graph() -> dict[str, Any]:
    """The two-layer network with the cost of each gradient."""
    return {
        "nodes": ["x", "w1", "h1", "w2", "h2", "loss"],
        "edges": [
            ("x", "h1", "gradient only if asked"),
            ("w1", "h1", "forward 2BDD\ngradient 2BDD"),
            ("h1", "h2", "gradient 2BDK"),
            ("w2", "h2", "forward 2BDK\ngradient 2BDK"),
            ("h2", "loss"),
        ],
    }


def attention_share(over: Mapping[int, float]) -> Spec:
    """Counted training operations a token over 6 N, against context length."""
    rows = [{"context": T, "counted over 6N": round(ratio, 3)} for T, ratio in over.items()]
    return lines(
        rows,
        axis("context", "context length T", type="log", base=2),
        axis("counted over 6N", "counted operations / (6 N x tokens)"),
        title="How good is 6 N D? GPT-2 XL, by context length",
        height=200,
    )


def memory_by_batch(activations: Mapping[int, int], parameters: int) -> Spec:
    """Stacked bytes against batch size, from the bytes of parameters and of activations."""
    rows = [
        {"batch": batch, "part": part, "MB": round(size / 1e6, 3), "order": order}
        for batch, kept in activations.items()
        for order, (part, size) in enumerate(
            [
                ("parameters", parameters),
                ("gradients", parameters),
                ("AdamW", 2 * parameters),
                ("activations", kept),
            ]
        )
    ]
    return {
        "title": "Memory of training, by batch size",
        "data": {"values": rows},
        "mark": {"type": "bar", "stroke": "white"},
        "height": 240,
        "encoding": {
            "x": axis("batch", "sequences in a batch", "ordinal") | {"axis": {"labelAngle": 0}},
            "y": axis("MB", "megabytes"),
            "color": axis("part", " ", "nominal") | {"sort": None},
            "order": {"field": "order"},
            "tooltip": [axis("part", "part", "nominal"), axis("MB")],
        },
    }


def memory_of_a_step(points: Sequence[tuple[str, int]]) -> Spec:
    """What the allocator held while a training step ran."""
    rows = [
        {"event": place, "phase": phase, "MB": round(held / 1e6, 3)}
        for place, (phase, held) in enumerate(points)
    ]
    return {
        "title": "One training step, as the allocator saw it",
        "data": {"values": rows},
        "mark": {"type": "bar", "width": 2, "clip": True},
        "height": 220,
        "encoding": {
            "x": axis("event", "allocations and releases, in order", domain=[0, len(rows)]),
            "y": axis("MB", "megabytes above the start"),
            "color": axis("phase", " ", "nominal") | {"sort": None},
        },
    }
