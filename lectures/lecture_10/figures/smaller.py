"""Smaller caches, narrower weights and fewer of them."""

from collections.abc import Mapping, Sequence

from lectures.lecture_10.figures.roofs import COLOURS, log_axis
from lectures.shared.charts import Spec, axis, bars, labelled_lines


def cache_curves(sizes: Mapping[str, Mapping[int, float]]) -> Spec:
    """Gigabytes of one sequence against its length."""
    rows = [{"S": s, "GB": gb, "how": how} for how, by in sizes.items() for s, gb in by.items()]
    return labelled_lines(
        rows, log_axis("S", "tokens of context"), log_axis("GB", "GB of cache, one sequence"),
        axis("how", "", "nominal"), title="70B-like shape: 80 layers, 64 heads of 128, bfloat16",
        height=300,
    )  # fmt: skip


def error_map(errors: Mapping[tuple[int, int], float]) -> Spec:
    """Relative errors by bits and by the size of a group."""
    rows = [{"bits": b, "group": g, "error": round(e, 3)} for (b, g), e in errors.items()]
    x = axis("group", "numbers that share a scale", "ordinal")
    y = axis("bits", "bits", "ordinal")
    hue = axis("error", "error", type="log", scheme="blues") | {"legend": None}
    return {
        "title": "Relative error of rounded normal numbers",
        "data": {"values": rows},
        "height": 140,
        "layer": [
            {"mark": "rect", "encoding": {"x": x, "y": y, "color": hue}},
            {"mark": {"type": "text", "fontSize": 12},
             "encoding": {"x": x, "y": y, "text": {"field": "error"},
                          "color": {"condition": {"test": "datum.error > 0.12", "value": "white"},
                                    "value": "#1a1a1a"}}},
        ],
    }  # fmt: skip


def layer_bars(errors: Mapping[str, Mapping[str, float]], title: str) -> Spec:
    """Errors of each matrix's outputs, in two ways."""
    rows = [
        {"matrix": name.replace("attn.", "").replace("ffn.", ""), "error": round(100 * e, 2),
         "way": way}
        for way, by in errors.items() for name, e in by.items()
    ]  # fmt: skip
    matrix = axis("matrix", " ", "nominal") | {"axis": {"labelFontSize": 9}}
    step = 9 if len(rows) <= 30 else 5
    return bars(
        rows, matrix, axis("error", "error of the outputs, %"),
        axis("way", "", "nominal"), title=title, height={"step": step},
    )  # fmt: skip


def bit_costs(costs: Mapping[str, Mapping[int, float]], title: str) -> Spec:
    """Loss added against bits a weight."""
    rows = [
        {"bits": b, "cost": max(c, 1e-5), "way": way} for way, by in costs.items()
        for b, c in by.items()
    ]  # fmt: skip
    x = axis("bits", "bits a weight", "ordinal", reverse=False)
    return labelled_lines(
        rows, x, log_axis("cost", "nats added to the loss"), axis("way", "", "nominal"),
        title=title, point=True,
    )  # fmt: skip


def arms(rows: Sequence[Mapping[str, object]], title: str) -> Spec:
    """Losses of several ways to a small model, with each seed as a tick."""
    y = axis("arm", " ", "nominal") | {"sort": None, "axis": {"labelLimit": 260}}
    x = axis("loss", "held-out loss, nats a byte", zero=False)
    return {
        "title": title,
        "data": {"values": list(rows)},
        "height": {"step": 26},
        "layer": [
            {"mark": {"type": "point", "filled": True, "size": 70, "color": COLOURS[0]},
             "encoding": {"y": y, "x": x | {"aggregate": "mean"}}},
            {"mark": {"type": "tick", "thickness": 2, "color": COLOURS[4]},
             "encoding": {"y": y, "x": x}},
        ],
    }  # fmt: skip
