"""Figures of duplicates, mixtures, answers and costs."""

from collections.abc import Mapping, Sequence

from lectures.lecture_14.figures.marks import COLOURS, GREY, line, named_bars, points, words
from lectures.shared.charts import Rows, Spec, axis, labelled_lines


def bloom_rates(rows: Sequence[Mapping[str, float]]) -> Spec:
    """Measured rates of false positives on the computed curve, by the number of hashes."""
    x = axis("k", "hash functions k")
    computed = axis("computed", "false positives", type="log")
    measured = computed | {"field": "measured"}
    names = [dict(rows[-1]) | {"word": "computed"}, dict(rows[-3]) | {"word": "measured"}]
    return {
        "title": "10 bits an item",
        "height": 240,
        "layer": [
            line(rows, x, computed),
            points(rows, x, measured),
            words(names, x, computed, align="right", dx=-10, dy=-8),
        ],
    }


def s_curves(rows: Sequence[Mapping[str, float]]) -> Spec:
    """Measured shares of pairs that meet on the computed S-curves, a colour for each banding."""
    x = axis("similarity", "Jaccard similarity of the pair", domain=[0.3, 1], nice=False)
    computed = axis("computed", "share of pairs that share a band", domain=[0, 1])
    measured = computed | {"field": "measured"}
    layers: list[Spec] = []
    names: list[dict[str, object]] = []
    for colour, bands in zip(COLOURS, sorted({row["bands"] for row in rows}), strict=False):
        own = [row for row in rows if row["bands"] == bands]
        half = min(own, key=lambda row: abs(row["computed"] - 0.5))
        names.append(dict(half) | {"word": f"{bands:.0f} bands of {128 / bands:.0f}"})
        layers += [
            line(own, x, computed, colour, interpolate="monotone"),
            points(own, x, measured, colour),
        ]
    layers.append(words(names, x, computed, align="right", dx=-9, dy=-8))
    return {"title": "Lines are computed, points are measured", "height": 320, "layer": layers}


def after_edits(found: Mapping[int, Mapping[float, float]]) -> Spec:
    """Similarity against the share of words changed, by the length of shingles."""
    rows = [
        {"changed": 100 * share, "similarity": value, "n": f"n = {n}"}
        for n, by_share in found.items()
        for share, value in by_share.items()
    ]
    x = axis("changed", "words changed, %", domain=[0, 11.5], nice=False)
    y = axis("similarity", "Jaccard similarity", domain=[0, 1])
    hue = {"field": "n", "type": "nominal"}
    return labelled_lines(rows, x, y, hue, title="One text and its edited copy", point=True)


def along_a_chain(similarities: Sequence[float], threshold: float) -> Spec:
    """Similarity to the first revision, against how many revisions later."""
    rows = [{"later": i, "similarity": round(s, 3)} for i, s in enumerate(similarities)]
    x = axis("later", "revisions later")
    y = axis("similarity", "similarity to the first", domain=[0, 1])
    limit = [{"later": 0, "similarity": threshold}, {"later": len(rows) - 1,
                                                     "similarity": threshold}]  # fmt: skip
    names = [limit[1] | {"word": "the threshold"}, rows[-1] | {"word": "nothing in common"}]
    return {
        "title": "One cluster, by verified links",
        "height": 220,
        "layer": [
            line(limit, x, y, COLOURS[1], strokeDash=[4, 4]),
            words(names, x, y, align="right", dx=0, dy=-8),
            line(rows, x, y, point=True),
        ],
    }


def losses(found: Mapping[str, float], title: str) -> Spec:
    """Losses as points with their numbers; the axis does not begin at zero."""
    rows = [
        {"what": what, "loss": round(value, 3), "word": f"{value:.2f}"}
        for what, value in found.items()
    ]
    y: Spec = {"field": "what", "type": "nominal", "sort": None, "title": None}
    y |= {"axis": {"labelLimit": 230, "grid": True}}
    room = [min(found.values()) - 0.05, max(found.values()) + 0.1]
    x = axis("loss", "nats a word on held-out lectures", domain=room, nice=False)
    return {
        "title": title,
        "height": {"step": 30},
        "layer": [points(rows, x, y, COLOURS[0], size=110), words(rows, x, y, dx=10)],
    }


def share_curves(curves: Mapping[str, Mapping[float, float]]) -> Spec:
    """Loss against the share of the scarce source, for a full run and two rehearsals."""
    rows = [
        {"share": share, "loss": value, "run": run}
        for run, by_share in curves.items()
        for share, value in by_share.items()
    ]
    x = axis("share", "share of the scarce source", domain=[0, 1.5], nice=False)
    x["axis"] = {"values": [0, 0.2, 0.4, 0.6, 0.8, 1]}
    y = axis("loss", "nats a word on held-out lectures", domain=[5.2, 6.7])
    hue: Spec = {"field": "run", "type": "nominal",
                 "scale": {"domain": list(curves), "range": COLOURS[:3]}}  # fmt: skip
    chart = labelled_lines(rows, x, y, hue, title="What a small run says of a large one",
                           height=320, point=True)  # fmt: skip
    best = [
        {"share": share, "loss": curve[share]}
        for curve in curves.values()
        for share in [min(curve, key=curve.__getitem__)]
    ]
    ring = points(best, x, y, filled=False, size=260, strokeWidth=2)
    ring["encoding"] |= {"color": {"value": GREY}}  # not by run, as the lines are
    return chart | {"layer": [*chart["layer"], ring]}


def predicted_and_true(rows: Rows) -> Spec:
    """Loss of full runs against what two regressions on rehearsals predict for the mixture."""
    x = axis("predicted", "predicted from rehearsals", zero=False)
    y = axis("true", "measured in the full run", zero=False)
    names = list(dict.fromkeys(str(row["fit"]) for row in rows))
    hue: Spec = {"field": "fit", "type": "nominal", "title": None, "legend": {"orient": "top"},
                 "scale": {"domain": names, "range": COLOURS[:2]}}  # fmt: skip
    return {
        "title": "Ten mixtures that no regression has seen",
        "height": 260,
        "data": {"values": list(rows)},
        "mark": {"type": "point", "filled": True, "size": 80, "opacity": 0.9},
        "encoding": {"x": x, "y": y, "color": hue, "shape": hue | {"scale": {"domain": names}}},
    }


def memory(found: Mapping[str, float]) -> Spec:
    """Bytes of the structures."""
    rows = [{"what": what, "GB": round(value / 1e9)} for what, value in found.items()]
    x = axis("GB", "GB", domain=[0, 800])
    return named_bars(rows, "what", x, "Memory at a trillion tokens", format=",.0f")
