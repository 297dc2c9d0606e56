"""The figures about shape: threads over memory, instructions of a kernel, tiles of a product."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lectures.shared.charts import Spec, axis, bars, lines

COLOURS = ["#bcdcf5", "#fbd3a8", "#bfe6c8", "#f4c6de", "#e6e0a3"]
Tiles = Sequence[tuple[int, int]]


def thread_grid(count: int, block: int) -> Figure:
    """Which thread of which block computes which element; hatched: beyond the end."""
    blocks = -(-count // block)
    figure = Figure(figsize=(9, 1.9))
    axes = figure.add_subplot()
    for i in range(blocks * block):
        here, thread = divmod(i, block)
        beyond = i >= count
        face = "#ffffff" if beyond else COLOURS[here % len(COLOURS)]
        hatch = "///" if beyond else None
        axes.add_patch(Rectangle((i, 0), 1, 1, facecolor=face, edgecolor="#555555", hatch=hatch))
        axes.text(i + 0.5, 1.25, str(thread), ha="center", fontsize=8)
        if not beyond:
            axes.text(i + 0.5, 0.5, str(i), ha="center", va="center", fontsize=9)
    for here in range(blocks):
        axes.text((here + 0.5) * block, 1.85, f"block {here}", ha="center", fontsize=10)
        axes.plot([here * block, here * block], [-0.15, 2.3], color="#222222", linewidth=1)
    axes.text(-0.3, 1.25, "thread", ha="right", fontsize=8)
    axes.text(-0.3, 0.4, "element", ha="right", fontsize=8)
    axes.set_xlim(-2.2, blocks * block + 0.2)
    axes.set_ylim(-0.2, 2.4)
    axes.axis("off")
    figure.tight_layout()
    return figure


GROUPS = {  # what the figure tells apart: roles of listings.ROLES
    "memory": ("global load", "global store", "shared memory"),
    "between threads": ("between threads",),
    "tensor cores": ("tensor cores",),
    "float arithmetic": ("exponential", "division", "float arithmetic"),
    "index and control": ("address and index", "moves and tests"),
}


def instruction_mix(mixes: Mapping[str, Mapping[str, int]]) -> Spec:
    """Instructions of each kernel's listing by role, as shares; every line counts once."""
    rows = [
        {"kernel": kernel.replace("_", " "), "role": group}
        | {"instructions": sum(roles.get(role, 0) for role in members)}
        for kernel, roles in mixes.items()
        for group, members in GROUPS.items()
    ]
    spec = bars(
        rows,
        axis("kernel", kind="nominal"),
        axis("instructions", "share of the lines in the listing"),
        axis("role", kind="nominal"),
        title="What the instructions of each kernel are for",
        stacked=True,
    )
    spec["encoding"]["x"]["stack"] = "normalize"
    spec["encoding"]["color"]["legend"] = {"orient": "bottom", "columns": 3, "title": None}
    return spec


def launch_maps(orders: Mapping[str, Tiles], first: int) -> Spec:
    """Tiles of the output in launch order, one map an order; the first programs are outlined."""
    rows = [
        {"order": name, "row": row, "column": column, "program": place, "first": place < first}
        for name, order in orders.items()
        for place, (row, column) in enumerate(order)
    ]
    place = {"axis": None, "type": "ordinal"}
    x, y = {"field": "column"} | place, {"field": "row"} | place
    return {
        "title": f"Tiles of C in launch order; dark: the first {first} programs",
        "data": {"values": rows},
        "facet": {"field": "order", "type": "nominal", "title": None, "sort": None},
        "spec": {
            "width": 160,
            "height": 160,
            "layer": [
                {
                    "mark": {"type": "rect", "stroke": "white"},
                    "encoding": {"x": x, "y": y}
                    | {
                        "color": {
                            "field": "first",
                            "type": "nominal",
                            "legend": None,
                            "scale": {"domain": [False, True], "range": ["#bcdcf5", "#2a6fb0"]},
                        }
                    },
                },
                {
                    "mark": {"type": "text", "fontSize": 10},
                    "encoding": {"x": x, "y": y, "text": {"field": "program"}}
                    | {
                        "color": {
                            "condition": {"test": "datum.first", "value": "white"},
                            "value": "#1a1a1a",
                        }
                    },
                },
            ],
        },
    }


def loads_by_group(loads: Mapping[int, int]) -> Spec:
    """Tiles fetched from memory against the height of a group."""
    rows = [{"group": group, "tiles": count} for group, count in loads.items()]
    x = axis("group", "rows of tiles in a group", "ordinal") | {"axis": {"labelAngle": 0}}
    return lines(rows, x, axis("tiles", "tiles loaded from memory"), height=200) | {
        "title": "9 × 9 tiles, 9 deep, with a cache of 60 tiles"
    }
