"""Figures of the number formats: data in, a Vega-Lite specification out."""

from collections.abc import Mapping, Sequence

from lectures.lecture_02.formats import Format, spacing
from lectures.shared.charts import Spec, axis, labelled_lines


def bit_layout(formats: Sequence[Format]) -> Spec:
    """A bar for each format, divided into sign, exponent and mantissa."""
    rows = [
        {"format": format.name, "part": part, "bits": bits, "order": order}
        for format in formats
        for order, (part, bits) in enumerate(
            [
                ("sign", 1),
                ("exponent: range", format.exponent),
                ("mantissa: resolution", format.mantissa),
            ]
        )
    ]
    colour = axis("part", " ", "nominal") | {"sort": None}
    return {
        "title": "Where the bits go",
        "data": {"values": rows},
        "mark": {"type": "bar", "stroke": "white"},
        "height": 170,
        "encoding": {
            "y": axis("format", " ", "nominal") | {"sort": None, "axis": {"title": None}},
            "x": axis("bits", "bits"),
            "color": colour,
            "order": {"field": "order"},
            "tooltip": [axis("part", "part", "nominal"), axis("bits")],
        },
    }


def spacings(formats: Sequence[Format]) -> Spec:
    """Distance to the next number against the number, for each format."""
    rows = [
        {"format": format.name, "number": value, "gap": gap}
        for format in formats
        for value, gap in spacing(format, range(-12, 21))
    ]
    number = axis("number", "number", type="log") | {"axis": {"format": ".0e", "tickCount": 6}}
    gap = axis("gap", "distance to the next number", type="log")
    return labelled_lines(
        rows,
        number,
        gap | {"axis": {"format": ".0e", "tickCount": 6}},
        axis("format", "format", "nominal") | {"sort": None},
        title="Resolution: a line ends where the format ends",
    )


def sums(points: Mapping[str, Sequence[tuple[int, float]]]) -> Spec:
    """Running sums of the same number in several formats."""
    rows = [
        {"format": name, "terms": terms, "sum": total}
        for name, series in points.items()
        for terms, total in series
    ]
    return labelled_lines(
        rows,
        axis("terms", "terms added"),
        axis("sum", "running sum"),
        axis("format", "format", "nominal") | {"sort": None},
        title="0.01 added ten thousand times",
    )
