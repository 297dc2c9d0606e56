"""The figures about choices: crossovers, plans beside published layouts, failures."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lectures.lecture_07.figures.wires import labelled_lines
from lectures.lecture_07.published import Verdict
from lectures.shared.charts import Spec, axis, bars


def balance(ratio: Mapping[str, Any], batch: Any, devices: int, tokens: Sequence[float]) -> Spec:
    """Communication over computation against tokens per device; below 1 it can be hidden.

    `ratio` has sympy expressions in the symbol `batch`.
    """
    rows = [
        {"tokens": t, "ratio": float(each.subs(batch, devices * t)), "strategy": name}
        for name, each in ratio.items()
        for t in tokens
    ]
    x = axis("tokens", "tokens per device", type="log", base=4)
    y = axis("ratio", "seconds of traffic / seconds of arithmetic", type="log")
    x |= {"axis": {"values": list(tokens)}}
    title = f"One MLP of Llama 3 405B on {devices:,} H100"
    spec = labelled_lines(rows, x, y, "strategy", title, at_start=True)
    ends = [{"tokens": tokens[0], "ratio": 1}, {"tokens": tokens[-1], "ratio": 1}]
    spec["layer"].append(
        {
            "data": {"values": ends},
            "mark": {"type": "line", "strokeDash": [5, 4], "color": "#777777"},
            "encoding": {"x": x, "y": y},
        }
    )
    return spec


MAX_TENSOR, MAX_PIPELINE = 16, 64


def _cells(verdict: Verdict, limit: float) -> list[Spec]:
    """Fastest plan for each degree of tensor and pipeline parallelism, and the published one."""
    best: dict[tuple[int, int], float] = {}
    for p in verdict.comparable:
        best.setdefault((p.mesh.tensor, p.mesh.pipeline), p.seconds)
    fastest = verdict.like.seconds
    own = (verdict.own.mesh.tensor, verdict.own.mesh.pipeline)
    return [
        {"run": verdict.run.name, "TP": tp, "PP": pp, "times": min(seconds / fastest, limit)}
        | {"label": f"{seconds / fastest:.2f}", "own": (tp, pp) == own}
        for (tp, pp), seconds in best.items()
        if tp <= MAX_TENSOR and pp <= MAX_PIPELINE
    ]


def plan_maps(verdicts: Iterable[Verdict], limit: float = 2) -> Spec:
    """How much longer than the best each (TP, PP) takes; the published one is framed."""
    rows = [cell for verdict in verdicts for cell in _cells(verdict, limit)]
    names = list(dict.fromkeys(row["run"] for row in rows))
    x = axis("PP", "pipeline", "ordinal") | {"axis": {"labelAngle": 0}}
    y = axis("TP", "tensor", "ordinal") | {"sort": "descending"}
    colour: Spec = {"field": "times", "type": "quantitative", "title": "× best", "legend": None}
    colour["scale"] = {"domain": [1, limit], "range": ["#2a6fb0", "#eef3f8"]}
    ink = {"condition": {"test": "datum.times < 1.45", "value": "white"}, "value": "#1a1a1a"}
    place = {"x": x, "y": y}
    return {
        "title": "Time of a step over that of the best plan; framed: what was published",
        "data": {"values": rows},
        "facet": {"field": "run", "type": "nominal", "title": None, "sort": names},
        "columns": 1,
        "resolve": {"scale": {"x": "independent", "y": "independent"}},
        "spec": {
            "width": {"step": 42},
            "height": {"step": 22},
            "layer": [
                {"mark": "rect", "encoding": place | {"color": colour}},
                {
                    "transform": [{"filter": "datum.own"}],
                    "mark": {
                        "type": "rect",
                        "fillOpacity": 0,
                        "stroke": "#d1495b",
                        "strokeWidth": 3,
                    },
                    "encoding": place,
                },
                {
                    "mark": {"type": "text", "fontSize": 10},
                    "encoding": place
                    | {"text": {"field": "label", "type": "nominal"}, "color": ink},
                },
            ],
        },
    }


def causes(counts: Mapping[str, int], unexpected: int) -> Spec:
    """Interruptions by cause, with the rest."""
    rest = unexpected - sum(counts.values())
    rows = [{"cause": cause, "count": count} for cause, count in counts.items()]
    return bars(
        [*rows, {"cause": "all others", "count": rest}],
        axis("cause", " ", kind="nominal"),
        axis("count", "interruptions in 54 days"),
        title="Why a run on 16,384 H100s stopped (Llama 3)",
    )  # fmt: skip


def lost_time(curves: Mapping[str, Mapping[float, float]]) -> Spec:
    """Share of time lost against the interval between checkpoints."""
    rows = [
        {"minutes": minutes, "lost": 100 * share, "what": name}
        for name, by_interval in curves.items()
        for minutes, share in by_interval.items()
    ]
    x = axis("minutes", "minutes between checkpoints", type="log", base=2)
    y = axis("lost", "time lost, %", zero=True)
    return labelled_lines(rows, x, y, "what", "What an interval costs", at_start=True)


def steps_and_examples(rows: Sequence[Mapping[str, object]]) -> Spec:
    """McCandlish's trade: steps against examples, each relative to its minimum."""
    x = axis("examples", "examples / least examples", type="log", base=2)
    y = axis("steps", "steps / fewest steps", type="log", base=2)
    return {
        "title": "Batch sizes as multiples of the critical one",
        "data": {"values": list(rows)},
        "height": 240,
        "layer": [
            {"mark": {"type": "line", "point": True, "color": "#2a6fb0"},
             "encoding": {"x": x, "y": y, "order": {"field": "batch"}}},
            {"mark": {"type": "text", "dx": 18, "dy": -8, "fontSize": 11},
             "encoding": {"x": x, "y": y, "text": {"field": "label", "type": "nominal"}}},
        ],
    }  # fmt: skip
