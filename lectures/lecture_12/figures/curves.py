"""Curves of lecture 12: what grows, what falls, and where they part."""

from collections.abc import Mapping, Sequence
from typing import Any

from cs336_alignment.tasks.pass_at_k import pass_at_k

from lectures.lecture_12.figures.palette import COLOURS
from lectures.lecture_12.goodhart import Chosen
from lectures.lecture_12.intervals import expected, naive_pass_at_k
from lectures.lecture_12.published import Benchmark
from lectures.shared.charts import Spec, axis, labelled_lines

Rows = Sequence[Mapping[str, Any]]


def _coloured(names: Sequence[str]) -> Spec:
    scale = {"domain": list(names), "range": COLOURS[: len(names)]}
    return {"field": "kind", "type": "nominal", "scale": scale}


def strides(rows: Rows) -> Spec:
    """Bits per byte of one text against the stride of the window."""
    x = axis("stride", "tokens by which the window moves", type="log", base=2)
    return {
        "title": "One model, one text, one window of 256 tokens (recorded)",
        "data": {"values": list(rows)},
        "height": 230,
        "encoding": {"x": x, "y": axis("bits", "bits per byte", zero=False)},
        "layer": [
            {"mark": {"type": "line", "point": True, "color": COLOURS[0]}},
            {
                "mark": {"type": "text", "dy": -12, "fontSize": 11},
                "encoding": {"text": {"field": "bits", "format": ".3f"}},
            },
        ],
    }


NAMED = (
    "AIME (a year)", "CyBench", "Terminal-Bench 2", "HumanEval", "GPQA diamond",
    "SWE-bench Verified", "GSM8K", "HLE", "MMLU",
)  # fmt: skip


def errors(benchmarks: Sequence[Benchmark]) -> Spec:
    """Half the width of a 95 % interval at a score of one half, by the number of items."""
    sizes = {b.name: b.items for b in benchmarks}
    rows = [
        {"items": sizes[name], "points": 196 * (0.25 / sizes[name]) ** 0.5, "name": name}
        for name in NAMED
    ]
    x = axis("items", "items", type="log", domain=[8, 60_000])
    x |= {"axis": {"format": "~s", "values": [10, 100, 1000, 10_000]}}
    y = axis("points", "points above and below a score of 50 %", type="log", domain=[0.5, 30])
    y |= {"axis": {"values": [0.5, 1, 2, 5, 10, 20], "format": "~g"}}
    sides = [{"align": "left", "dx": 8, "dy": -4}, {"align": "right", "dx": -8, "dy": 6}]
    return {
        "title": "What a score is worth before anything else goes wrong",
        "height": 280,
        "encoding": {"x": x, "y": y},
        "layer": [
            {
                "data": {"values": rows},
                "mark": {"type": "point", "filled": True, "size": 70, "color": COLOURS[0]},
            },
            *(
                {
                    "data": {"values": rows[side::2]},
                    "mark": {"type": "text", "fontSize": 12} | place,
                    "encoding": {"text": {"field": "name", "type": "nominal"}},
                }
                for side, place in enumerate(sides)
            ),
        ],
    }


def pass_curves(chance: float, samples: int) -> Spec:
    """Expected estimates of pass@k against k, by two formulas."""
    estimates = {"true, and unbiased": pass_at_k, "1 − (1 − c/n)^k": naive_pass_at_k}
    rows = [
        {"k": k, "kind": kind, "value": expected(estimate, chance, samples, k)}
        for kind, estimate in estimates.items()
        for k in range(1, samples + 1)
    ]
    y = axis("value", "expected estimate", domain=[0, 1]) | {"axis": {"format": ".0%"}}
    title = f"pass@k from {samples} samples of a problem that is solved {chance:.0%} of the time"
    return labelled_lines(rows, axis("k", "k"), y, _coloured(list(estimates)), title=title)


def goodhart(chosen: Sequence[Chosen]) -> Spec:
    """Proxy and target of the best of n."""
    rows = [
        {"n": c.n, "value": value, "kind": kind}
        for kind, values in (
            ("proxy", [c.proxy for c in chosen]),
            ("target", [c.target for c in chosen]),
        )
        for c, value in zip(chosen, values, strict=True)
    ]
    x = axis("n", "replies to choose from", type="log", base=2)
    y = axis("value", "mean of the reply that is kept", domain=[-5, 5])
    return labelled_lines(
        rows, x, y, _coloured(["proxy", "target"]), point=True,
        title="Best of n by the proxy, as seen by the proxy and by people",
    )  # fmt: skip


def flags(shares: Mapping[str, Mapping[int, float]]) -> Spec:
    """Share of items that an overlap of n words flags, against n."""
    rows = [
        {"n": n, "kind": kind, "value": value}
        for kind, found in shares.items()
        for n, value in found.items()
    ]
    x = axis("n", "words in a row that must agree") | {"axis": {"format": "d", "tickMinStep": 1}}
    y = axis("value", "items flagged", domain=[0, 1]) | {"axis": {"format": ".0%"}}
    title = "Who is flagged by an overlap of n words"
    return labelled_lines(rows, x, y, _coloured(list(shares)), point=True, title=title)


def leak_gains(rows: Rows) -> Spec:
    """Exam above fresh problems against copies of the exam in the data, with the range of seeds."""
    copies = sorted({row["copies"] for row in rows})
    x = {
        "field": "copies",
        "type": "ordinal",
        "sort": copies,
        "title": "copies of the exam in the training data",
        "axis": {"labelAngle": 0},
    }
    y = axis("value", "exam above fresh problems", domain=[-0.1, 0.62])
    y |= {"axis": {"format": ".0%"}}
    names = list(dict.fromkeys(str(row["kind"]) for row in rows))
    name = {"field": "kind", "type": "nominal"}
    colour = _coloured(names) | {"legend": {"title": None, "orient": "top"}}
    return {
        "title": "What a leak is worth, by its form (three seeds, recorded)",
        "data": {"values": list(rows)},
        "height": 270,
        "encoding": {"x": x, "color": colour, "xOffset": name},
        "layer": [
            {"mark": {"type": "point", "filled": True, "size": 70}, "encoding": {"y": y}},
            {
                "mark": {"type": "rule", "strokeWidth": 1.5, "opacity": 0.7},
                "encoding": {"y": y | {"field": "low"}, "y2": {"field": "high"}},
            },
        ],
    }


def orders(likely: Mapping[str, Sequence[float]]) -> Spec:
    """Log-likelihoods of shuffled orders, and of the published one, which stands first."""
    rows, marks = [], []
    for name, (published, *shuffled) in likely.items():
        middle = sum(shuffled) / len(shuffled)
        marks.append({"name": name, "value": published - middle, "kind": "published order"})
        rows += [{"name": name, "value": v - middle, "kind": "shuffled"} for v in shuffled]
    x = axis("value", "log-likelihood, relative to the mean of the shuffles")
    y = {"field": "name", "type": "nominal", "title": None, "sort": list(likely)}
    colour = _coloured(["shuffled", "published order"])
    colour |= {"legend": {"title": None, "orient": "top"}}
    return {
        "title": "The same items in 99 random orders, and as published",
        "height": {"step": 60},
        "encoding": {"x": x, "y": y, "color": colour},
        "layer": [
            {
                "data": {"values": rows},
                "mark": {"type": "tick", "thickness": 1.5, "height": 26, "opacity": 0.6},
            },
            {
                "data": {"values": marks},
                "mark": {"type": "point", "shape": "diamond", "filled": True, "size": 160},
            },
        ],
    }
