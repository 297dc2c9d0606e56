"""The figures about experts: who works for whom, load over time, buffers, traffic."""

from collections.abc import Mapping, Sequence

from torch import Tensor

from lectures.lecture_04.models import MIXTURES
from lectures.lecture_04.toy import Run
from lectures.shared.charts import Spec, axis, bars, lines

BLUE, PALE, RED, GREY = "#2a6fb0", "#dce9f5", "#d1495b", "#9a9a9a"


def total_and_active() -> Spec:
    """Published mixtures: parameters in all against those that one token uses."""
    rows = [
        {"model": m.name, "total": m.total, "active": m.active, "year": m.released[:4]}
        for m in MIXTURES
        if m.active is not None
    ]
    x = axis("total", "parameters in all, billions", type="log", domain=[5, 2500])
    y = axis("active", "parameters a token uses, billions", type="log", domain=[1, 130])
    diagonals = [
        {"total": total, "active": total * share, "share": f"1 in {round(1 / share)}"}
        for share in (1 / 4, 1 / 16)
        for total in (1 / share, min(2500, 130 / share))
    ]
    name: Spec = {"field": "model", "type": "nominal"}
    left = {"Qwen3-235B-A22B", "GLM-5"}
    above, below = {"Mistral Large 4", "DeepSeek-V2"}, {"Llama 4 Maverick", "Kimi K2"}
    beside = {str(r["model"]) for r in rows} - left - above - below
    labels = [
        {
            "transform": [{"filter": {"field": "model", "oneOf": sorted(chosen)}}],
            "mark": {"type": "text", "align": align, "dx": dx, "dy": dy, "fontSize": 11},
            "encoding": {"x": x, "y": y, "text": name},
        }
        for chosen, align, dx, dy in (
            (beside, "left", 8, 3),
            (left, "right", -8, -3),
            (above, "center", 0, -11),
            (below, "center", 14, 14),
        )
    ]
    return {
        "title": "Published mixtures, 2023 to 2026; grey: one parameter in 4 and in 16 is used",
        "data": {"values": rows},
        "height": 340,
        "layer": [
            {
                "data": {"values": diagonals},
                "mark": {"type": "line", "strokeDash": [4, 4], "color": GREY, "clip": True},
                "encoding": {"x": x, "y": y, "detail": {"field": "share"}},
            },
            {
                "mark": {"type": "point", "filled": True, "size": 70, "color": BLUE},
                "encoding": {"x": x, "y": y, "tooltip": [name, x, y]},
            },
            *labels,
        ],
    }


def assignments(rules: Mapping[str, Tensor]) -> Spec:
    """Token by expert, one small matrix for each rule; a token nobody works for is red."""
    rows = [
        {"rule": name, "token": token, "expert": expert}
        | {"what": "works" if chosen else ("nobody" if not any(line) else "idle")}
        for name, matrix in rules.items()
        for token, line in enumerate(matrix.tolist())
        for expert, chosen in enumerate(line)
    ]
    scale = {"domain": ["works", "idle", "nobody"], "range": [BLUE, PALE, "#f3b7be"]}
    legend = {"orient": "bottom", "title": None}
    return {
        "title": "Who works for whom",
        "data": {"values": rows},
        "facet": {"field": "rule", "type": "nominal", "title": None, "sort": list(rules)},
        "columns": 4,
        "spec": {
            "width": 90,
            "height": {"step": 15},
            "mark": {"type": "rect", "stroke": "white"},
            "encoding": {
                "x": axis("expert", kind="ordinal") | {"axis": {"labelAngle": 0}},
                "y": axis("token", kind="ordinal"),
                "color": {"field": "what", "type": "nominal", "scale": scale, "legend": legend},
            },
        },
    }


def load_maps(runs: Mapping[str, Run]) -> Spec:
    """Load of every expert over the steps, in fair shares; experts in the order of their last."""
    rows = []
    for name, run in runs.items():
        order = sorted(range(len(run.loads[-1])), key=lambda e: -run.loads[-1][e])
        rows += [
            {"run": name, "step": step, "expert": place + 1}
            | {"load": round(shares[expert] * len(order), 2)}
            for step, shares in zip(run.steps, run.loads, strict=True)
            for place, expert in enumerate(order)
        ]
    scale: Spec = {
        "type": "threshold",
        "domain": [0.1, 0.5, 1.5, 3],
        "range": ["#1a1a1a", "#9fb8cc", "#cfe3c8", "#f0b557", "#d1495b"],
    }
    legend = {"orient": "bottom", "title": "times the fair share"}
    return {
        "title": "Load of 16 experts while the router learns (black: under 0.1 fair shares)",
        "data": {"values": rows},
        "facet": {"field": "run", "type": "nominal", "title": None, "sort": list(runs)},
        "columns": 3,
        "spec": {
            "width": 165,
            "height": 200,
            "mark": {"type": "rect"},
            "encoding": {
                "x": axis("step", "step", "ordinal")
                | {"axis": {"labelAngle": 0, "values": [100, 200, 300]}},
                "y": axis("expert", "expert, by its last load", "ordinal")
                | {"axis": {"values": [1, 8, 16]}},
                "color": {
                    "field": "load",
                    "type": "quantitative",
                    "scale": scale,
                    "legend": legend,
                },
                "tooltip": [{"field": "step"}, {"field": "expert"}, {"field": "load"}],
            },
        },
    }


def buffers(wanted: Sequence[int], capacity: int) -> Spec:
    """Tokens that each expert keeps and drops when it has `capacity` places."""
    rows = [
        {"expert": f"{expert}", "what": what, "tokens": count}
        for expert, tokens in enumerate(wanted)
        for what, count in (
            ("served", min(tokens, capacity)),
            ("dropped", max(0, tokens - capacity)),
            ("empty place", max(0, capacity - tokens)),
        )
    ]
    order = {"served": 0, "empty place": 1, "dropped": 2}
    rows = [row | {"order": order[str(row["what"])]} for row in rows]
    scale = {"domain": ["served", "empty place", "dropped"], "range": [BLUE, PALE, RED]}
    colour: Spec = {"field": "what", "type": "nominal", "scale": scale, "title": None}
    spec = bars(
        rows,
        axis("expert", kind="nominal"),
        axis("tokens", "tokens"),
        colour,
        title=f"{capacity} places for each expert",
        stacked=True,
        height={"step": 18},
    )
    spec["encoding"]["order"] = {"field": "order"}
    return spec


def levels(runs: Mapping[str, Run]) -> Spec:
    """Mean absolute logsumexp of the router over the steps."""
    rows = [
        {"run": name, "step": step, "level": round(level, 3)}
        for name, run in runs.items()
        for step, level in zip(run.steps, run.level, strict=True)
    ]
    colour = axis("run", "", "nominal")
    spec = lines(
        rows,
        axis("step", "step"),
        axis("level", "mean |logsumexp| of the logits"),
        colour,
        height=200,
    )
    return spec | {"title": "The level of the router's logits, which softmax does not see"}


def grain() -> Spec:
    """Two of eight experts, four times finer, and with one shared: equal active width."""
    kinds = {
        "8 experts, 2 chosen": (8, {1, 5}, 0),
        "32 quarter experts, 8 chosen": (32, {2, 5, 9, 14, 17, 21, 26, 30}, 0),
        "the same, 2 of the 8 shared": (32, {0, 1, 9, 14, 17, 21, 26, 30}, 2),
    }
    rows = []
    for kind, (count, active, shared) in kinds.items():
        across = count // 4
        for number in range(count):
            what = "shared" if number < shared else ("chosen" if number in active else "idle")
            rows.append(
                {"kind": kind, "what": what, "row": number // across}
                | {"x": (number % across) / across, "x2": (number % across + 1) / across}
            )
    scale = {"domain": ["chosen", "shared", "idle"], "range": [BLUE, "#f0b557", PALE]}
    legend = {"orient": "bottom", "title": None}
    return {
        "title": "The same hidden units, cut and chosen in three ways",
        "data": {"values": rows},
        "facet": {"field": "kind", "type": "nominal", "title": None, "sort": list(kinds)},
        "columns": 3,
        "spec": {
            "width": 150,
            "height": 90,
            "mark": {"type": "bar", "stroke": "white", "height": {"band": 0.98}},
            "encoding": {
                "x": axis("x", "", domain=[0, 1]) | {"axis": None},
                "x2": {"field": "x2"},
                "y": axis("row", "", "ordinal") | {"axis": None},
                "color": {"field": "what", "type": "nominal", "scale": scale, "legend": legend},
            },
        },
    }


def traffic(rows_sent: Sequence[Sequence[int]]) -> Spec:
    """Who sends how many rows to whom in the first all-to-all."""
    rows = [
        {"from": f"rank {sender}", "to": f"rank {receiver}", "rows": count}
        for sender, line in enumerate(rows_sent)
        for receiver, count in enumerate(line)
    ]
    x, y = axis("to", "to", "nominal"), axis("from", "from", "nominal")
    shade: Spec = {"field": "rows", "type": "quantitative", "legend": None}
    shade["scale"] = {"range": [PALE, BLUE], "domain": [0, 7]}
    ink = {"condition": {"test": "datum.rows > 4", "value": "white"}, "value": "#1a1a1a"}
    return {
        "title": "Rows in the first all-to-all; the second sends them back",
        "data": {"values": rows},
        "width": 260,
        "height": 200,
        "layer": [
            {
                "mark": {"type": "rect", "stroke": "white"},
                "encoding": {"x": x | {"axis": {"labelAngle": 0}}, "y": y, "color": shade},
            },
            {
                "mark": {"type": "text", "fontSize": 14},
                "encoding": {"x": x, "y": y, "text": {"field": "rows"}, "color": ink},
            },
        ],
    }


def restarts(curves: Mapping[str, Sequence[float]], branch: int) -> Spec:
    """Loss curves of a dense network, what was upcycled from it, and a mixture from the start."""
    rows = [
        {"model": name, "step": 10 * (place + 1), "loss": round(loss, 4)}
        for name, curve in curves.items()
        for place, loss in enumerate(curve)
        if not (name == "upcycled" and 10 * (place + 1) < branch)
    ]
    y = axis("loss", "mean squared error", type="log")
    spec = lines(rows, axis("step", "step"), y, axis("model", "", "nominal"), height=180)
    return spec | {"title": f"Upcycled after {branch} dense steps"}


def text_losses(losses: Mapping[str, Sequence[float]]) -> Spec:
    """Test loss of every seed as a point and the mean as a tick, the best variant first."""
    order = sorted(losses, key=lambda variant: sum(losses[variant]) / len(losses[variant]))
    rows = [{"variant": v, "loss": loss} for v in order for loss in losses[v]]
    means = [{"variant": v, "loss": sum(losses[v]) / len(losses[v])} for v in order]
    y = axis("variant", "", "nominal") | {"sort": order, "axis": {"labelLimit": 260}}
    x = axis("loss", "loss on held-out files, nats a byte", zero=False)
    encoding = {"x": x, "y": y}
    return {
        "title": "Byte-level Transformers (H100, recorded)",
        "height": {"step": 24},
        "layer": [
            {
                "data": {"values": means},
                "mark": {"type": "tick", "thickness": 3, "size": 18, "color": GREY},
                "encoding": encoding,
            },
            {
                "data": {"values": rows},
                "mark": {"type": "point", "filled": True, "size": 60, "color": BLUE},
                "encoding": encoding,
            },
        ],
    }
