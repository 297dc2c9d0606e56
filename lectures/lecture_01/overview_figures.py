"""The figures of the overview: data in, a Vega-Lite specification out."""

from lectures.lecture_01.charts import Rows, Spec, axis, lines
from lectures.lecture_01.history import MILESTONES, MODELS


def attention_share(rows: Rows) -> Spec:
    """Stacked bars: where the operations of a layer go, by width."""
    return {
        "title": "Where the operations of one layer go (2048 tokens)",
        "data": {"values": list(rows)},
        "mark": "bar",
        "height": 220,
        "encoding": {
            "x": axis("width", "width d of the model", "ordinal"),
            "y": axis("share", "share of operations"),
            "color": axis("part", " ", "nominal"),
        },
    }


def emergence(rows: Rows) -> Spec:
    """Exact match against compute for answers of several lengths."""
    return lines(
        rows,
        axis("compute", "compute (arbitrary units)", type="log"),
        axis("exact match", "probability that the whole answer is right"),
        axis("tokens", "answer length", "ordinal"),
        title="The same steady progress, seen through four metrics",
    )


def efficiency(rows: Rows, months: float) -> Spec:
    """Operations to reach AlexNet's accuracy, two measured points."""
    return lines(
        rows,
        axis("year", "year", "quantitative", domain=[2011.5, 2019.5])
        | {"axis": {"format": "d", "tickCount": 8}},
        axis("operations", "operations, AlexNet 2012 = 1", type="log", domain=[0.01, 2]),
        title=f"AlexNet's accuracy for ever fewer operations: half every {months:.1f} months",
        height=200,
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
        "height": {"step": 27},
        "encoding": {
            "x": axis("column", domain=[-0.1, 3.1]) | {"axis": None},
            "y": axis("year", "", "ordinal") | {"title": None},
            "color": axis("era", " ", "nominal") | {"sort": None},
        },
        "layer": [
            {"mark": {"type": "point", "filled": True, "size": 80}},
            {
                "mark": {"type": "text", "align": "left", "dx": 9, "fontSize": 12},
                "encoding": {"text": {"field": "what"}},
            },
        ],
    }


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
    x = axis("year", "year of the paper", domain=[2019.5, 2024.9])
    x["axis"] = {"format": "d", "tickCount": 5}
    y = axis("operations", "6 N D, operations", type="log", domain=[1e22, 1e26])
    y["axis"] = {"format": ".0e", "tickCount": 5}
    return {
        "title": "Training operations, where the paper says enough to compute them",
        "data": {"values": rows},
        "height": 320,
        "encoding": {"x": x, "y": y},
        "layer": [
            {
                "mark": {"type": "point", "filled": True, "size": 90},
                "encoding": {"color": axis("openness", "openness", "nominal")},
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 9, "fontSize": 11},
                "encoding": {"text": {"field": "name"}},
            },
        ],
    }


def isoflops(rows: Rows, best: Rows) -> Spec:
    """Loss against model size, one curve for each budget, and the lowest point of each."""
    x = axis("parameters", "parameters N", type="log")
    y = axis("loss", "loss, nats a token", zero=False)
    return {
        "title": "One curve for each budget: the best size grows with it",
        "height": 280,
        "encoding": {"x": x | {"axis": {"format": ".0e", "tickCount": 6}}, "y": y},
        "layer": [
            {
                "data": {"values": list(rows)},
                "mark": "line",
                "encoding": {"color": axis("flops", "operations", "ordinal")},
            },
            {
                "data": {"values": list(best)},
                "mark": {"type": "point", "filled": True, "size": 80},
                "encoding": {"color": axis("flops", "operations", "ordinal")},
            },
        ],
    }


def generation_timeline(rows: Rows) -> Spec:
    """Bars along time: the prompt at once, then token after token."""
    return {
        "title": "One answer on one H100: the least time that each phase can take",
        "data": {"values": list(rows)},
        "mark": {"type": "bar", "stroke": "white", "strokeWidth": 1},
        "height": 90,
        "encoding": {
            "x": axis("start", "milliseconds"),
            "x2": {"field": "end"},
            "y": axis("phase", " ", "nominal") | {"sort": None},
            "color": axis("phase", " ", "nominal") | {"legend": None},
        },
    }
