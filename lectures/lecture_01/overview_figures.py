"""The figures of the overview: data in, a Vega-Lite specification out."""

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

from lectures.lecture_01.history import MILESTONES, MODELS
from lectures.lecture_01.scaling import isoflop_curve
from lectures.lecture_01.toys import cached_numbers
from lectures.shared.charts import Rows, Spec, axis, labelled_lines, lines


def attention_share(shares: Mapping[int, float]) -> Spec:
    """Stacked bars: where the operations of a layer go; `shares` gives attention's by width."""
    rows = [
        {"width": width, "part": part, "share": round(value, 3)}
        for width, share in shares.items()
        for part, value in [("attention scores", share), ("matrices", 1 - share)]
    ]
    x = axis("width", "width d of the model", "ordinal") | {"axis": {"labelAngle": 0}}
    return {
        "title": "Where the operations of one layer go (2048 tokens)",
        "data": {"values": rows},
        "mark": "bar",
        "height": 200,
        "encoding": {
            "x": x,
            "y": axis("share", "share of operations"),
            "color": axis("part", " ", "nominal"),
        },
    }


def cache_growth() -> Spec:
    """Numbers that a layer keeps against the length of the text, a labelled line for each kind."""
    rows = [
        {"attention": kind, "tokens": tokens, "numbers": numbers}
        for tokens in [2**power for power in range(10, 18)]
        for kind, numbers in cached_numbers(tokens).items()
    ]
    x = axis("tokens", "tokens read", type="log", domain=[512, 2**18]) | {
        "axis": {"values": [1024, 8192, 65536], "format": ","}
    }
    y = axis("numbers", "numbers kept by one layer", type="log") | {"axis": {"format": "~s"}}
    colour = axis("attention", " ", "nominal") | {"legend": None, "sort": None}
    ends = [row for row in rows if row["tokens"] == 2**17]
    return {
        "title": "What one layer must keep of the text it has read",
        "height": 200,
        "encoding": {"x": x, "y": y, "color": colour},
        "layer": [
            {"data": {"values": rows}, "mark": {"type": "line", "point": True}},
            {
                "data": {"values": ends},
                "mark": {"type": "text", "align": "left", "dx": 8, "fontSize": 12},
                "encoding": {"text": {"field": "attention"}},
            },
        ],
    }


def emergence(lengths: list[int]) -> Spec:
    """Exact match p^k against compute, a curve for each answer length k.

    The error of a single token falls as a power law: p = 1 - 0.5 / sqrt(compute).
    """
    compute = [10 ** (step / 4) for step in range(13)]
    progress = [1 - 0.5 * c**-0.5 for c in compute]
    rows = [
        {
            "compute": round(c, 2),
            "tokens": f"{k} tokens" if k > 1 else "1 token",
            "exact match": round(p**k, 4),
        }
        for k in lengths
        for c, p in zip(compute, progress, strict=True)
    ]
    return labelled_lines(
        rows,
        axis("compute", "compute (arbitrary units)", type="log"),
        axis("exact match", "whole answer right"),
        axis("tokens", " ", "nominal"),
        title="The same steady progress, seen through four metrics",
        point=True,
        height=190,
    )


def efficiency(factor: float, months_per_doubling: float) -> Spec:
    """Operations to reach AlexNet's accuracy, two published points."""
    rows: Rows = [
        {"year": 2012, "operations": 1},
        {"year": 2019, "operations": round(1 / factor, 4)},
    ]
    x = axis("year", "year", domain=[2011.5, 2019.5])
    return lines(
        rows,
        x | {"axis": {"format": "d", "tickCount": 8}},
        axis("operations", "operations, 2012 = 1", type="log", domain=[0.01, 2]),
        title=f"AlexNet's accuracy: half the operations every {months_per_doubling:.1f} months",
        height=140,
    )


def timeline() -> Spec:
    """The milestones, one line a year, coloured by era."""
    seen: dict[int, int] = {}
    rows: list[Spec] = []
    for year, what, era in sorted(MILESTONES):
        rows.append({"year": str(year), "column": seen.get(year, 0), "what": what, "era": era})
        seen[year] = seen.get(year, 0) + 1
    return {
        "title": "Seventy years of language models",
        "data": {"values": rows},
        "height": {"step": 20},
        "encoding": {
            "x": axis("column", domain=[-0.1, 3.1]) | {"axis": None},
            "y": axis("year", "", "ordinal") | {"title": None},
        },
        "layer": [
            {
                "mark": {"type": "point", "filled": True, "size": 80, "opacity": 1},
                "encoding": {"color": axis("era", " ", "nominal") | {"sort": None}},
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 9, "fontSize": 12},
                "encoding": {"text": {"field": "what"}},
            },
        ],
    }


BESIDE: dict[str, tuple[str, int, int]] = {
    **dict.fromkeys(("BLOOM", "Chinchilla", "Llama 2 70B"), ("right", -9, 0)),
    "OLMo 3 32B": ("left", 9, -8),
}
"""Where a name stands that would run into its neighbour's: align, dx, dy."""


def training_flops() -> Spec:
    """Training operations of the models by year; colour says how open they are."""
    rows = [
        {
            "year": model.year,
            "operations": model.flops,
            "name": model.name,
            "openness": model.openness,
        }
        for model in MODELS
    ]
    places: dict[tuple[str, int, int], list[str]] = {}
    for model in MODELS:
        places.setdefault(BESIDE.get(model.name, ("left", 9, 0)), []).append(model.name)
    x = axis("year", "year", domain=[2019.6, 2027.9])
    x["axis"] = {"format": "d", "values": [*range(2020, 2027)]}
    y = axis("operations", "6 N D, operations", type="log", domain=[1e22, 1e26])
    y["axis"] = {"format": ".0e", "tickCount": 5}
    return {
        "title": "Training operations, where enough is published to compute them",
        "data": {"values": rows},
        "height": 220,
        "encoding": {"x": x, "y": y},
        "layer": [
            {
                "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1},
                "encoding": {"color": axis("openness", "openness", "nominal")},
            },
            *(
                {
                    "transform": [{"filter": {"field": "name", "oneOf": names}}],
                    "mark": {"type": "text", "align": align, "dx": dx, "dy": dy, "fontSize": 11},
                    "encoding": {"text": {"field": "name"}},
                }
                for (align, dx, dy), names in places.items()
            ),
        ],
    }


def isoflops(budgets: Iterable[float]) -> Spec:
    """Loss against model size, one curve for each budget, and the lowest point of each."""
    sizes = [10 ** (8 + step / 10) for step in range(31)]
    curves: dict[float, Rows] = {flops: isoflop_curve(flops, sizes) for flops in budgets}
    x = axis("parameters", "parameters N", type="log") | {
        "axis": {"format": ".0e", "values": [1e8, 1e9, 1e10, 1e11]}
    }
    y = axis("loss", "loss, nats a token", zero=False)
    colour = axis("flops", "operations", "nominal") | {"legend": {"format": ".0e"}}
    near = [row for curve in curves.values() for row in curve if row["loss"] < 3.2]
    best = [min(curve, key=lambda row: float(row["loss"])) for curve in curves.values()]
    return {
        "title": "One curve for each budget: the best size grows with it",
        "height": 200,
        "encoding": {"x": x, "y": y, "color": colour},
        "layer": [
            {"data": {"values": near}, "mark": "line"},
            {"data": {"values": best}, "mark": {"type": "point", "filled": True, "size": 80}},
        ],
    }


def generation_timeline(prefill_ms: float, decode_ms: float, tokens: int = 8) -> Spec:
    """Bars along time: the prompt at once, then token after token."""
    starts = [0.0, *(prefill_ms + place * decode_ms for place in range(tokens + 1))]
    rows = [
        {
            "phase": "write a token (memory)" if place else "read the prompt (compute)",
            "start": round(start, 2),
            "end": round(end, 2),
        }
        for place, (start, end) in enumerate(pairwise(starts))
    ]
    phase = axis("phase", " ", "nominal") | {"sort": None, "axis": {"title": None}}
    return {
        "title": {
            "text": "One answer on one H100: the least time each phase can take",
            "anchor": "start",
        },
        "data": {"values": rows},
        "mark": {"type": "bar", "stroke": "white", "strokeWidth": 1},
        "height": 90,
        "encoding": {
            "x": axis("start", "milliseconds"),
            "x2": {"field": "end"},
            "y": phase,
            "color": {"field": "phase", "type": "nominal", "legend": None},
        },
    }


Graph = dict[str, Any]
"""Keyword arguments of `graph()`."""


def assignment_graph() -> Graph:
    """The five assignments, what their tests compare, and what needs what."""
    boxes = [
        ("basics", "1 Basics\ntokenizer = reference\nmodel = reference", "model"),
        ("systems", "2 Systems\nkernel = plain attention\ntwo processes = one", "machine"),
        ("scaling", "3 Scaling\nfit recovers\nknown exponents", "model"),
        ("data", "4 Data\nplanted duplicates\nare found", "text"),
        ("alignment", "5 Alignment\nlosses =\nhand-computed ones", "text"),
    ]
    needs = [
        ("basics", "systems"),
        ("basics", "scaling"),
        ("basics", "data"),
        ("systems", "alignment"),
        ("data", "alignment"),
    ]
    return {
        "nodes": [{"id": id_, "label": label, "group": group} for id_, label, group in boxes],
        "edges": needs,
    }


def course_graph() -> Graph:
    """The parts of the plan, in the order of the work."""
    return {
        "nodes": [
            "data",
            "tokenizer",
            "architecture",
            "training",
            "alignment",
            ("systems", "systems:\nkernels, parallelism,\ninference"),
            ("scaling", "scaling laws:\nhow large, how long"),
        ],
        "edges": [
            ("data", "tokenizer"),
            ("tokenizer", "architecture"),
            ("architecture", "training"),
            ("training", "alignment"),
            ("systems", "training", "makes it fast"),
            ("scaling", "training", "sets N and D"),
        ],
    }
