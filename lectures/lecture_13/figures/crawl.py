"""Figures about getting pages: fates of addresses, bytes of a record, what extractors lose."""

from collections.abc import Mapping, Sequence

from lectures.lecture_13.mock_site import KINDS
from lectures.lecture_13.visits import FATES, Visit
from lectures.shared.charts import Spec, axis

COLOURS = {
    "text": "#3f9e6a",
    "no text": "#c08727",
    "left alone": "#3b82c4",
    "refused": "#8f6fc0",
    "too fast": "#e0526a",
}


def fates(visits: Mapping[str, Visit]) -> Spec:
    """A square for each address, by kind of page, coloured by what became of it."""
    rows = []
    for pause, visit in visits.items():
        for kind in KINDS:
            met = [f for f, n in visit.by_kind().get(kind, {}).items() for _ in range(n)]
            met.sort(key=list(FATES).index)
            rows += [
                {"visit": pause, "kind": kind, "place": i, "fate": fate}
                for i, fate in enumerate(met)
            ]
    colour: Spec = {"field": "fate", "type": "nominal", "title": None}
    colour["scale"] = {"domain": list(COLOURS), "range": list(COLOURS.values())}
    colour["legend"] = {"orient": "bottom", "columns": 3}
    return {
        "title": "What became of every address",
        "data": {"values": rows},
        "facet": {
            "column": {"field": "visit", "type": "nominal", "title": None, "sort": list(visits)}
        },
        "spacing": 8,
        "spec": {
            "width": 80,
            "height": {"step": 20},
            "mark": {"type": "square", "size": 150, "opacity": 1},
            "encoding": {
                "x": {"field": "place", "type": "ordinal", "axis": None},
                "y": {"field": "kind", "type": "nominal", "title": None, "sort": list(KINDS)},
                "color": colour,
                "tooltip": [{"field": "kind"}, {"field": "fate"}],
            },
        },
    }


def bytes_of_record(sizes: Mapping[str, int]) -> Spec:
    """One record as a bar of bytes."""
    rows, at = [], 0
    for part, size in sizes.items():
        rows.append(
            {"part": part, "from": at, "to": at + size, "middle": at + size / 2, "bytes": size}
        )
        at += size
    colours = ["#8f6fc0", "#3b82c4", "#c08727", "#9a9a9a", "#3f9e6a"]
    return {
        "title": "The bytes of one record, before it is compressed",
        "data": {"values": rows},
        "height": {"step": 30},
        "layer": [
            {
                "mark": {"type": "bar", "height": {"band": 0.8}},
                "encoding": {
                    "x": axis("from", "bytes"),
                    "x2": {"field": "to"},
                    "y": {"field": "part", "type": "nominal", "title": None, "sort": None},
                    "color": {
                        "field": "part",
                        "type": "nominal",
                        "legend": None,
                        "scale": {"domain": list(sizes), "range": colours[: len(sizes)]},
                    },
                },
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 5},
                "encoding": {
                    "x": {"field": "to", "type": "quantitative"},
                    "y": {"field": "part", "type": "nominal", "sort": None},
                    "text": {"field": "bytes", "type": "quantitative"},
                },
            },
        ],
    }


def what_each_loses(kept: Mapping[str, Mapping[str, float]], wanted: Sequence[str]) -> Spec:
    """Share of words that each extractor keeps, for each kind of block."""
    kinds = list(next(iter(kept.values())))
    rows = [
        {"extractor": name, "kind": kind, "kept": share, "label": f"{share:.0%}"}
        | {"good": share if kind in wanted else 1 - share}
        | {"frame": "wanted" if kind in wanted else "frame"}
        for name, shares in kept.items()
        for kind, share in shares.items()
    ]
    place: Spec = {
        "x": {"field": "extractor", "type": "nominal", "title": None, "sort": list(kept)},
        "y": {"field": "kind", "type": "nominal", "title": None, "sort": kinds},
    }
    place["x"]["axis"] = {"labelAngle": 0, "orient": "top"}
    fill: Spec = {"field": "good", "type": "quantitative", "legend": None}
    fill["scale"] = {"domain": [0, 1], "range": ["#e0526a", "#f3ead9", "#3f9e6a"]}
    return {
        "title": "Words kept, by kind of block (red: a loss, or a menu kept)",
        "data": {"values": rows},
        "height": {"step": 30},
        "layer": [
            {"mark": {"type": "rect", "stroke": "white"}, "encoding": place | {"color": fill}},
            {
                "mark": {"type": "text", "color": "#1a1a1a", "fontSize": 12},
                "encoding": place | {"text": {"field": "label", "type": "nominal"}},
            },
        ],
    }
