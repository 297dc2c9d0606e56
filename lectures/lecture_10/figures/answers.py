"""Speculation, serving, and what comes after."""

from collections.abc import Mapping, Sequence

from lectures.lecture_10.figures.roofs import COLOURS, log_axis
from lectures.lecture_10.serving.paging import Table
from lectures.lecture_10.serving.server import Log
from lectures.lecture_10.speculation import speed_up
from lectures.shared.charts import Spec, axis, labelled_lines, lines


def accept_bars(p: Sequence[float], q: Sequence[float]) -> Spec:
    """Draft and target over a few tokens: what is accepted, refused and filled in."""
    rows = []
    for token, (draft, target) in enumerate(zip(p, q, strict=True)):
        rows.append({"token": f"token {token}", "part": "accepted", "share": min(draft, target)})
        if draft > target:
            rows.append({"token": f"token {token}", "part": "refused", "share": draft - target})
        else:
            part = "filled in from the residual"
            rows.append({"token": f"token {token}", "part": part, "share": target - draft})
    hue = axis("part", "", "nominal") | {
        "scale": {"domain": ["accepted", "refused", "filled in from the residual"],
                  "range": [COLOURS[0], "#c9c9c9", COLOURS[1]]},
        "legend": {"orient": "top", "title": None},
    }  # fmt: skip
    return {
        "title": "What is refused here is filled in there",
        "data": {"values": rows},
        "mark": {"type": "bar", "stroke": "white"},
        "height": {"step": 26},
        "encoding": {
            "y": {"field": "token", "type": "nominal", "title": None},
            "x": axis("share", "probability"),
            "color": hue,
        },
    }


def tokens_by_proposals(measured: Mapping[int, float], formula: Mapping[int, float]) -> Spec:
    """Tokens of a target's pass against the number of proposals."""
    rows = [
        {"g": g, "tokens": t, "what": what}
        for what, by in (("formula", formula), ("counted", measured))
        for g, t in by.items()
    ]
    return lines(
        rows, axis("g", "proposals a pass"), axis("tokens", "tokens a pass", zero=False),
        axis("what", "", "nominal"), title="Tokens that one pass of the target gives",
    )  # fmt: skip


def speed_contours(draft_cost: float) -> Spec:
    """Speed-up over chance of acceptance and number of proposals."""
    rows = [
        {"a": round(0.05 * i, 2), "g": g, "x": round(speed_up(0.05 * i, g, draft_cost), 2)}
        for i in range(8, 20)
        for g in (1, 2, 3, 4, 6, 8, 12)
    ]
    x = axis("g", "proposals a pass", "ordinal")
    y = axis("a", "chance of acceptance", "ordinal") | {"sort": "descending"}
    return {
        "title": f"Speed-up by the formula, a draft at {draft_cost:.0%} of the target's cost",
        "data": {"values": rows},
        "height": 260,
        "layer": [
            {"mark": "rect", "encoding": {"x": x, "y": y, "color": axis(
                "x", "speed-up", scheme="blues") | {"legend": None}}},
            {"mark": {"type": "text", "fontSize": 11}, "encoding": {
                "x": x, "y": y, "text": {"field": "x"},
                "color": {"condition": {"test": "datum.x > 3", "value": "white"},
                          "value": "#1a1a1a"}}},
        ],
    }  # fmt: skip


def working(logs: Mapping[str, Log], until: float) -> Spec:
    """Sequences that work in each sampled iteration."""
    rows = [
        {"s": round(s[0], 2), "working": s[1], "server": name}
        for name, log in logs.items()
        for s in log.samples[:: max(1, len(log.samples) // 120)]
        if s[0] < until
    ]
    hue = axis("server", "", "nominal") | {"legend": {"orient": "top", "title": None}}
    return {
        "title": "Who works in an iteration",
        "data": {"values": rows},
        "mark": {"type": "line", "interpolate": "step-after"},
        "height": 240,
        "encoding": {
            "x": axis("s", "seconds"),
            "y": axis("working", "sequences that make or read tokens"),
            "color": hue,
        },
    }


def blocks(tables: Mapping[str, Table], count: int) -> Spec:
    """Which sequence holds which block: a square is a block, in its place in memory."""
    rows = [
        {"sequence": name, "block": block, "word": str(order)}
        for name, table in tables.items()
        for order, block in enumerate(table.blocks)
    ]
    x = axis("block", "block in memory", "ordinal", domain=list(range(count)))
    y = {"field": "sequence", "type": "nominal", "title": None, "sort": list(tables)}
    return {
        "title": "Tables: the number is the block's place in the sequence",
        "data": {"values": rows},
        "height": {"step": 28},
        "layer": [
            {"mark": {"type": "rect", "stroke": "white", "color": COLOURS[0]},
             "encoding": {"x": x, "y": y}},
            {"mark": {"type": "text", "color": "white"},
             "encoding": {"x": x, "y": y, "text": {"field": "word"}}},
        ],
    }  # fmt: skip


def first_by_load(rows: Sequence[Mapping[str, object]]) -> Spec:
    """Seconds to the first token within which 99 % of the requests get it, against the load."""
    return labelled_lines(
        rows, log_axis("rate", "requests a second"),
        log_axis("first", "seconds to the first token, 99 % within"),
        axis("server", "", "nominal"), title="Waiting for the first token", point=True, height=300,
    )  # fmt: skip


def gaps(logs: Mapping[str, Log]) -> Spec:
    """How many of the gaps between two tokens are longer than so much."""
    rows = []
    for name, log in logs.items():
        ordered = sorted(log.gaps, reverse=True)
        for i in range(1, 60):
            place = int(len(ordered) ** (i / 60))
            rows.append({"share": place / len(ordered), "ms": 1e3 * ordered[place - 1],
                         "server": name})  # fmt: skip
    return labelled_lines(
        rows[::-1], log_axis("share", "share of gaps that are longer"),
        axis("ms", "milliseconds between two tokens"), axis("server", "", "nominal"),
        title="A long prompt makes everybody wait",
    )  # fmt: skip


def steps_and_links(found: Mapping[int, float], own: float) -> Spec:
    """Broken links of a masked diffusion against its passes, and the chain's own share."""
    rows = [{"passes": p, "broken": 100 * b, "what": "32 places in so many passes"}
            for p, b in found.items()]  # fmt: skip
    rows += [{"passes": p, "broken": 100 * own, "what": "the chain itself"} for p in found]
    return labelled_lines(
        rows, log_axis("passes", "passes"), axis("broken", "steps that break the pattern, %"),
        axis("what", "", "nominal"), title="Filling in several places at once", point=True,
    )  # fmt: skip
