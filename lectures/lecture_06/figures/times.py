"""The figures about time: clocks, profiles, bandwidth, roofline."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cs336_systems.reports.plot_kernels import DENSE_BF16_TFLOPS, FLOP_PER_ELEMENT

from lecture_tracer.trace.schema import BenchmarkRow
from lectures.lecture_06 import results
from lectures.lecture_06.queueing import Interval
from lectures.lecture_06.traffic import Operation
from lectures.shared.charts import Spec, axis, bars, lines

VARIANT_SCALE: Spec = {
    "domain": ["naive", "builtin", "compiled", "triton"],
    "range": ["#9a9a9a", "#c9a800", "#4477aa", "#ee6677"],
}


def lanes(
    timelines: Mapping[str, Iterable[Interval]],
    title: str = "A model of two clocks: launch 10 µs, kernel 30 µs",
) -> Spec:
    """CPU and GPU lanes of some timelines, one above the other."""
    rows = [
        {"case": case, "lane": i.lane, "from": i.start, "to": i.end, "step": i.what}
        for case, intervals in timelines.items()
        for i in intervals
    ]
    return {
        "title": title,
        "data": {"values": rows},
        "facet": {"field": "case", "type": "nominal", "sort": None, "title": None},
        "columns": 1,
        "spec": {
            "height": {"step": 26},
            "width": 420,
            "mark": {"type": "bar", "stroke": "white"},
            "encoding": {
                "y": {"field": "lane", "type": "nominal", "title": None},
                "x": axis("from", "microseconds"),
                "x2": {"field": "to"},
                "color": {"field": "lane", "type": "nominal", "legend": None},
                "tooltip": [{"field": "step"}, {"field": "from"}, {"field": "to"}],
            },
        },
    }


def recorded_lanes(intervals: Sequence[Interval], title: str) -> Spec:
    """Launches and kernels of a stretch of a recorded pass, in microseconds from its start."""
    begin = min((i.start for i in intervals), default=0.0)
    rows = [
        {"lane": i.lane, "from": i.start - begin, "to": i.end - begin, "kernel": i.what}
        for i in intervals
    ]
    lane = {"field": "lane", "type": "nominal", "title": None}
    return {
        "title": title,
        "data": {"values": rows},
        "height": {"step": 44},
        "mark": {"type": "bar", "tooltip": True},
        "encoding": {
            "y": lane,
            "x": axis("from", "microseconds"),
            "x2": {"field": "to"},
            "color": {"field": "lane", "type": "nominal", "legend": None},
            "tooltip": [{"field": "kernel"}, {"field": "from"}, {"field": "to"}],
        },
    }


def matmul_scaling(rows: Sequence[BenchmarkRow]) -> Spec:
    """Time of square products against their size, and the line of slope 3 through the last."""
    last = rows[-1]
    data = []
    for row in rows:
        n = int(row.parameters["n"])
        cube = 1e3 * last.median * (n / int(last.parameters["n"])) ** 3
        data.append({"n": n, "ms": 1e3 * row.median, "what": "measured"})
        data.append({"n": n, "ms": cube, "what": "n³, through the last point"})
    x = axis("n", "size n", type="log", base=2)
    y = axis("ms", "milliseconds", type="log")
    return lines(data, x, y, axis("what", kind="nominal")) | {
        "title": "Product of two n × n matrices in float32, one CPU thread pool"
    }


def scaling_sweeps(sweeps: Mapping[str, Mapping[int, float]]) -> Spec:
    """Time relative to the base when one quantity is multiplied; dashed: proportional."""
    rows = [
        {"varied": name, "factor": factor, "time": time, "what": what}
        for name, times in sweeps.items()
        for factor in times
        for what, time in (("measured", times[factor]), ("proportional", float(factor)))
    ]
    unit = lines(rows, axis("factor", "multiplied by"), axis("time", "time / base"))
    unit["encoding"]["color"] = axis("what", kind="nominal")
    return {
        "title": "Forward and backward of an MLP on a CPU: one quantity at a time",
        "data": unit.pop("data"),
        "facet": {"field": "varied", "type": "nominal", "sort": None, "title": None},
        "columns": 2,
        "spec": unit | {"width": 170, "height": 130},
    }


def category_bars(names: Mapping[str, str]) -> Spec:
    """Kernel time of a training step by category, for result files by their label."""
    rows = [
        {"step": f"{label}, {phase}", "category": category, "ms": ms}
        for label, name in names.items()
        for phase, measured in results.phases(name).items()
        for category, ms in measured["by_category_ms"].items()
    ]
    return bars(
        rows,
        axis("step", kind="nominal"),
        axis("ms", "milliseconds of kernels"),
        axis("category", kind="nominal"),
        title="Where a training step of the medium Transformer goes (H100, recorded)",
        stacked=True,
    )


def busy_and_idle(busy: Mapping[str, tuple[float, float]]) -> Spec:
    """Kernel time and the rest of the wall-clock time of a forward pass, by label."""
    rows = [
        {"run": run, "part": part, "ms": ms}
        for run, (kernels, wall) in busy.items()
        for part, ms in (("kernels run", kernels), ("GPU waits", wall - kernels))
    ]
    spec = bars(
        rows,
        axis("run", kind="nominal"),
        axis("ms", "milliseconds"),
        axis("part", kind="nominal"),
        title="Forward pass of the medium Transformer, context 512 (H100, recorded)",
        stacked=True,
    )
    spec["encoding"]["order"] = {"field": "part", "sort": "descending"}
    return spec


def traffic_bars(operations: Sequence[Operation], unit: int, title: str) -> Spec:
    """Reads and writes of every operation, in units of `unit` bytes."""
    rows = [
        {"operation": f"{place} {o.name}", "direction": direction, "tensors": amount / unit}
        for place, o in enumerate(operations, start=1)
        for direction, amount in (("read", o.read), ("written", o.written))
    ]
    return bars(
        rows,
        axis("operation", kind="nominal"),
        axis("tensors", "times the size of x"),
        axis("direction", kind="nominal"),
        title=title,
        stacked=True,
    )


def predicted_and_measured(predicted: Mapping[str, float], measured: Mapping[str, float]) -> Spec:
    """Milliseconds predicted by traffic at the speed of a copy, beside those measured."""
    rows = [
        {"function": variant, "what": what, "ms": ms[variant]}
        for variant in predicted
        for what, ms in (("predicted", predicted), ("measured", measured))
    ]
    return bars(
        rows,
        axis("function", kind="nominal"),
        axis("ms", "milliseconds"),
        axis("what", kind="nominal"),
        title="32768 × 4096 in bfloat16: bytes ÷ copy bandwidth, and the H100's time",
    )


def share_of_copy() -> Spec:
    """Forward passes of all kernels in their variants, as a share of a copy's bandwidth."""
    rows = [
        {"kernel": r["kernel"], "variant": r["variant"], "share": 100 * r["share_of_copy"]}
        for r in results.records("kernels")
        if r["pass"] == "forward"
    ]
    colour = {"field": "variant", "type": "nominal", "scale": VARIANT_SCALE}
    return bars(
        rows,
        axis("kernel", kind="nominal"),
        axis("share", "unavoidable bytes per second, % of a plain copy"),
        colour,
        title="Six fused kernels, forward (H100, bfloat16, recorded)",
        height={"step": 12},
    )


def roofline() -> Spec:
    """Kernels, products and attention under the two roofs of an H100, each with its name."""
    slope = results.copy_gbps() / 1e3
    ridge = DENSE_BF16_TFLOPS / slope
    roof = [(0.5, 0.5 * slope), (ridge, DENSE_BF16_TFLOPS), (2e4, DENSE_BF16_TFLOPS)]
    x = axis("intensity", "operations per byte that must be moved", type="log", domain=[0.5, 2e4])
    y = axis("tflops", "TFLOP/s", type="log", domain=[0.1, 2000])
    colour: Spec = {"field": "what", "type": "nominal", "legend": None}
    name: Spec = {"field": "label", "type": "nominal"}
    data = {"values": roofline_points()}
    left, right = (
        {
            "data": data,
            "transform": [{"filter": f"datum.intensity {side} {ridge}"}],
            "mark": {"type": "text", "align": align, "dx": dx, "fontSize": 11},
            "encoding": {"x": x, "y": y | {"field": "beside"}, "text": name, "color": colour},
        }
        for side, align, dx in (("<", "left", 7), (">=", "right", -9))
    )
    return {
        "title": "H100: slope from a measured copy, roof from the data sheet",
        "height": 380,
        "layer": [
            {
                "data": {"values": [{"intensity": i, "tflops": t} for i, t in roof]},
                "mark": {"type": "line", "color": "#888888", "point": False},
                "encoding": {"x": x, "y": y},
            },
            {
                "data": data,
                "mark": {"type": "point", "filled": True, "size": 70},
                "encoding": {"x": x, "y": y, "color": colour, "tooltip": [name, x, y]},
            },
            left,
            right,
        ],
    }


def roofline_points() -> list[dict[str, Any]]:
    """Operations per unavoidable byte, and TFLOP/s: GeLU and softmax, products, attention."""
    points: list[dict[str, Any]] = []
    for r in results.records("kernels"):
        shown = r["kernel"] in ("gelu", "softmax") and r["variant"] in ("naive", "triton")
        if not shown or r["pass"] != "forward":
            continue
        operations = FLOP_PER_ELEMENT[r["kernel"], r["pass"]] * r["shape"][0] * r["shape"][1]
        moved = r["gbps"] * r["ms"] * 1e6
        kind = {"naive": "one operation at a time", "triton": "fused"}[r["variant"]]
        points.append(
            {"label": f"{r['kernel']}, {kind}", "what": kind}
            | {"intensity": operations / moved, "tflops": operations / r["ms"] / 1e9}
        )
    for r in results.attention_rates():
        if r["shape"] != "2,16,8192,128 causal" or r["provider"] not in ("cudnn", "ours_hopper"):
            continue
        pairs = r["tokens"] ** 2 / (1 + r["is_causal"])
        moved = 4 * r["tokens"] * r["head_dim"] * 2  # q, k, v in and the output out, 2 bytes each
        points.append(
            {
                "label": f"attention, {r['provider'].replace('_', ' ')},"
                f" {r['forward_tflops']:.0f} TFLOP/s",
                "what": "attention",
            }
            | {"intensity": 4 * pairs * r["head_dim"] / moved, "tflops": r["forward_tflops"]}
        )
    n = 8192
    for label, seconds in results.products().items():
        if label != "Triton, row-major":
            rate = 2 * n**3 / seconds / 1e12
            points.append(
                {"label": f"product, {label.split(',')[0]}, {rate:.0f} TFLOP/s", "what": "product"}
                | {"intensity": 2 * n**3 / (3 * 2 * n**2), "tflops": rate}
            )
    return [point | {"beside": _label_height(point, points)} for point in points]


def _label_height(point: dict[str, Any], points: list[dict[str, Any]]) -> float:
    """Where a label stands: at its point, or under those of faster points of the same corner."""
    if point["intensity"] < 100:
        return float(point["tflops"])
    faster = sum(p["tflops"] > point["tflops"] and p["intensity"] >= 100 for p in points)
    return 90.0 * float(1.7**-faster)


def attention_bars() -> Spec:
    """Forward TFLOP/s per shape, and the range over visits as a rule."""
    rows = [
        {"shape": r["shape"], "implementation": r["provider"].replace("_", " ")}
        | {"tflops": r["forward_tflops"], "low": r["forward_lowest"], "high": r["forward_highest"]}
        for r in results.attention_rates()
    ]
    y = axis("shape", "batch, heads, tokens, d", "nominal") | {"sort": None}
    colour = axis("implementation", kind="nominal")
    offset = {"field": "implementation", "sort": None}
    x = axis("tflops", "TFLOP/s, forward, bfloat16")
    shared = {"y": y, "yOffset": offset}
    return {
        "title": "FlashAttention of assignment 2 beside cuDNN (H100, recorded; line: range)",
        "data": {"values": rows},
        "layer": [
            {"mark": "bar", "encoding": shared | {"x": x, "color": colour}},
            {
                "mark": {"type": "rule", "color": "black"},
                "encoding": shared | {"x": {"field": "low", "type": "quantitative"}}
                | {"x2": {"field": "high"}},
            },
        ],
    }  # fmt: skip
