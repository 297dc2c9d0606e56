"""The batch as six methods see it: a cell for every token."""

from cs336_alignment.losses.recipes import RECIPES

from lectures.lecture_16.methods import ANSWERS, LIMIT, METHODS, MOVED, make_batch, push
from lectures.shared.charts import Spec, axis

ROWS = [f"{place + 1} {prompt}, {verdict}" for place, (prompt, verdict, _) in enumerate(ANSWERS)]


def push_grid() -> Spec:
    """Blue is pushed up, red down, in units of the strongest push of the method."""
    batch = make_batch()
    cells = []
    for name, key in METHODS.items():
        pushes = push(RECIPES[key], batch)
        strongest = float(pushes.abs().max())
        cells += [
            {"method": name, "answer": ROWS[row], "token": token + 1,
             "push": round(float(pushes[row, token]) / strongest, 3),
             "moved": MOVED.get((row, token), 1.0)}
            for row, (_, _, length) in enumerate(ANSWERS)
            for token in range(length)
        ]  # fmt: skip
    x = axis("token", "token", "ordinal") | {"axis": {"labelAngle": 0}}
    x["scale"] = {"domain": list(range(1, LIMIT + 1))}
    y = axis("answer", "", "nominal") | {"sort": ROWS, "axis": {"labelLimit": 90}}
    y["title"] = None
    fill = {
        "field": "push", "type": "quantitative", "title": "push",
        "scale": {"domain": [-1, 0, 1], "range": ["#d1495b", "#e9e9e9", "#2f72b8"]},
        "legend": {"orient": "bottom", "values": [-1, 0, 1], "gradientLength": 160},
    }  # fmt: skip
    dot = {
        "transform": [{"filter": "datum.moved != 1"}],
        "mark": {"type": "text", "fontSize": 8, "color": "#222222"},
        "encoding": {"text": {"field": "moved", "format": ".2~f"}},
    }
    return {
        "title": "What six methods do to each token of the same batch",
        "data": {"values": cells},
        "facet": {"field": "method", "type": "nominal", "title": None, "sort": list(METHODS)},
        "columns": 3,
        "spec": {
            "width": 150,
            "height": 136,
            "encoding": {"x": x, "y": y},
            "layer": [
                {
                    "mark": {"type": "rect", "stroke": "#ffffff", "strokeWidth": 0.7},
                    "encoding": {"color": fill},
                },
                dot,
            ],
        },
    }
