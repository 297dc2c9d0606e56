"""The collectives before and after, and the mesh of two ways."""

from collections.abc import Mapping

from lectures.lecture_08.on_paper import Held
from lectures.shared.charts import Spec

RANK_COLOURS = ["#9ecae1", "#fdd0a2", "#c7e9c0", "#dadaeb"]


def before_and_after(cases: Mapping[str, tuple[Held, Held]]) -> Spec:
    """Each collective on four ranks: a row of cells a rank, coloured by where a value came from."""
    rows = []
    for name, pair in cases.items():
        for moment, held in zip(("before", "after"), pair, strict=True):
            for rank, row in enumerate(held):
                for place in range(4):
                    value = row[place] if row is not None and place < len(row) else None
                    rows.append({"operation": name, "rank": f"rank {rank}"}
                                | {"place": place + (5 if moment == "after" else 0)}
                                | {"value": "" if value is None else f"{value:g}"}
                                | {"from": origin(name, value)})  # fmt: skip
    kinds = ["from rank 0", "from rank 1", "from rank 2", "from rank 3", "a sum", "nothing"]
    colour: Spec = {"field": "from", "type": "nominal", "title": None}
    colour["scale"] = {"domain": kinds, "range": [*RANK_COLOURS, "#f0b6c2", "#f4f4f4"]}
    colour["legend"] = {"orient": "top", "columns": 6}
    x = {"field": "place", "type": "ordinal", "axis": None, "scale": {"domain": list(range(9))}}
    y = {"field": "rank", "type": "ordinal", "title": None}
    return {
        "title": "Before (left) and after (right), one row a rank",
        "data": {"values": rows},
        "facet": {"field": "operation", "type": "nominal", "sort": list(cases), "title": None,
                  "header": {"labelFontSize": 12}},
        "columns": 2,
        "spacing": {"row": 8, "column": 28},
        "spec": {
            "width": 225,
            "height": {"step": 20},
            "layer": [
                {"mark": {"type": "rect", "stroke": "white"},
                 "encoding": {"x": x, "y": y, "color": colour}},
                {"mark": {"type": "text", "fontSize": 11, "color": "#1a1a1a"},
                 "encoding": {"x": x, "y": y, "text": {"field": "value", "type": "nominal"}}},
            ],
        },
    }  # fmt: skip


def origin(operation: str, value: float | None) -> str:
    """Whose value this is: rank r's are 10 r, 10 r + 1, …; a reduction makes sums of all."""
    if value is None:
        return "nothing"
    is_sum = "reduce" in operation and value >= 60
    return "a sum" if is_sum else f"from rank {int(value // 10)}"
