"""The figures about memories: what a state holds, how much, and what an indexer finds."""

from collections.abc import Mapping, Sequence
from typing import Any

from lectures.lecture_04.recall import RULES
from lectures.shared.charts import Spec, axis, bars, lines

RULE_COLOURS = {
    "domain": list(RULES),
    "range": ["#2a6fb0", "#c98a00", "#d1495b", "#6b6b6b"],
}
STATES = {name: values[:3] for name, values in RULE_COLOURS.items()}


def readings(found: Mapping[str, Mapping[str, float]]) -> Spec:
    """How much of each value is read under each key, by rule: 1 is all of it."""
    rows = [
        {"rule": rule, "value": what, "amount": round(amount, 3)}
        for rule, amounts in found.items()
        for what, amount in amounts.items()
    ]
    return bars(
        rows,
        axis("value", "", "nominal"),
        axis("amount", "how much of it is read", domain=[0, 1]),
        {"field": "rule", "type": "nominal", "scale": STATES, "title": None, "sort": None},
        title="The ball moved from the box to the garden; the key stayed in the drawer",
        height={"step": 16},
    )


def recall_curves(found: Mapping[str, Mapping[int, float]]) -> Spec:
    """Share of right answers against the number of pairs."""
    rows = [
        {"rule": rule, "pairs": pairs, "right": round(100 * share, 1)}
        for rule, shares in found.items()
        for pairs, share in shares.items()
    ]
    x = axis("pairs", "pairs written", type="log", base=2)
    colour: Spec = {"field": "rule", "type": "nominal", "scale": RULE_COLOURS, "title": None}
    spec = lines(rows, x, axis("right", "right answers, %"), colour, height=180)
    return spec | {"title": "Keys and values of width 32: a state of 1,024 numbers, or a cache"}


def by_age(found: Mapping[str, Sequence[float]], bins: int = 8) -> Spec:
    """Share of right answers by when a pair was written."""
    rows = []
    for rule, shares in found.items():
        size = len(shares) // bins
        for place in range(bins):
            part = shares[place * size : (place + 1) * size]
            rows.append(
                {"rule": rule, "age": (place + 1) * size, "right": round(100 * sum(part) / size, 1)}
            )
    colour: Spec = {"field": "rule", "type": "nominal", "scale": STATES, "title": None}
    x = axis("age", "pairs, oldest to newest")
    spec = lines(rows, x, axis("right", "right answers, %", domain=[0, 100]), colour, height=170)
    return spec | {"title": "128 pairs in a state of 32 × 32: which are remembered?"}


def capacities(found: Mapping[int, int]) -> Spec:
    """Pairs recalled at 90 % against the numbers in the state, and a line of slope one."""
    rows = [
        {"numbers": width**2, "pairs": count, "label": f"{width} × {width}: {count}"}
        for width, count in found.items()
    ]
    largest = max(found)
    ends = [min(found) ** 2, largest**2]
    line = [{"numbers": n, "pairs": n * found[largest] / largest**2} for n in ends]
    x = axis("numbers", "numbers in the state", type="log", base=2, domain=[64, 4096])
    y = axis("pairs", "pairs recalled, 9 of 10 right", type="log", base=2)
    return {
        "title": "What a state can hold (dashed: in proportion to its size)",
        "data": {"values": rows},
        "height": 210,
        "layer": [
            {
                "data": {"values": line},
                "mark": {"type": "line", "strokeDash": [5, 4], "color": "#888888"},
                "encoding": {"x": x, "y": y},
            },
            {
                "mark": {"type": "point", "filled": True, "size": 80},
                "encoding": {"x": x, "y": y},
            },
            {
                "mark": {"type": "text", "align": "right", "dx": -6, "dy": -9, "fontSize": 12},
                "encoding": {"x": x, "y": y, "text": {"field": "label"}},
            },
        ],
    }


def kept_weight(found: Mapping[str, Mapping[int, float]]) -> Spec:
    """Share of attention's weight on the keys that are kept, by how they were chosen."""
    rows = [
        {"chosen by": name, "kept": kept, "weight": round(100 * share, 1)}
        for name, shares in found.items()
        for kept, share in shares.items()
    ]
    x = axis("kept", "keys kept, of up to 512", type="log", base=2)
    y = axis("weight", "attention's weight on them, %", domain=[0, 100])
    spec = lines(rows, x, y, axis("chosen by", "", "nominal"), height=180)
    return spec | {"title": "What is lost by looking at few keys"}


def cache_bars(gigabytes: Mapping[str, float]) -> Spec:
    """Memory of one sequence of a million tokens, by the ratio of the layers."""
    rows = [
        {"ratio": ratio, "GB": round(size, 2), "label": f"{size:.3g} GB"}
        for ratio, size in gigabytes.items()
    ]
    spec = bars(rows, axis("ratio", "with a state : attending", "nominal"), axis("GB"))
    layers = [
        {"mark": "bar", "encoding": spec["encoding"]},
        {
            "mark": {"type": "text", "align": "left", "dx": 4},
            "encoding": spec["encoding"] | {"text": {"field": "label"}},
        },
    ]
    return {
        "title": "One sequence of 1,048,576 tokens in the shape of Qwen3-Next (bfloat16)",
        "data": spec["data"],
        "layer": layers,
        "height": {"step": 26},
    }


def decoding(records: Sequence[Mapping[str, Any]], where: str) -> Spec:
    """Time of a step of decoding against the context, by kind of memory."""
    rows = [{k: record[k] for k in ("memory", "context", "ms")} for record in records]
    x = axis("context", "tokens of context", type="log", base=2)
    y = axis("ms", "milliseconds", type="log")
    spec = lines(rows, x, y, axis("memory", "", "nominal"), height=180)
    return spec | {"title": f"One step of decoding, 8 sequences ({where})"}
