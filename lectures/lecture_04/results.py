"""What `tools/measure.py` recorded on a GPU, or the word that it was not measured yet."""

import json
import statistics
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("records")
COMMAND = "python3 lectures/lecture_04/tools/measure.py --output FOLDER"
Record = dict[str, Any]


def load(name: str) -> Record | None:
    """`provenance` and `records` of records/NAME.json; None if nobody measured it."""
    path = FOLDER / f"{name}.json"
    if not path.exists():
        return None
    content: Record = json.loads(path.read_text(encoding="utf-8"))
    return content


def records(name: str) -> list[Record]:
    """The records of one file; empty where there is none."""
    content = load(name)
    return list(content["records"]) if content else []


def recorded_on(name: str) -> str:
    """Device, date, versions and command, as a caption."""
    content = load(name)
    if content is None:
        return f"not measured yet; run {COMMAND}"
    where = content["provenance"]
    versions = where["versions"]
    return (
        f"recorded on {where['device']}, {where['date']} (torch {versions['torch']},"
        f" driver {versions['driver']}): {where['command']}"
    )


def by_variant(field: str = "test_loss") -> dict[str, list[float]]:
    """One number of every model run, by variant, over the seeds."""
    found: dict[str, list[float]] = {}
    for record in records("models"):
        if field in record:
            value = record[field]
            number = max(value) if isinstance(value, list) else value
            found.setdefault(record["variant"], []).append(float(number))
    return found


def mean(variant: str, field: str = "test_loss") -> float:
    """The mean over the seeds."""
    return statistics.mean(by_variant(field)[variant])


VARIANTS = (
    "variant",
    "seeds",
    "parameters, M",
    "test loss, nats a byte",
    "busiest",
    "dropped",
    "ms",
)


def variant_rows() -> list[list[str | float | None]]:
    """Every variant with means over its seeds, the lowest loss first."""
    losses = by_variant()
    rows: list[list[str | float | None]] = []
    for variant in sorted(losses, key=mean):
        sparse = variant in by_variant("busiest")
        rows.append([variant, len(losses[variant]), round(mean(variant, "parameters") / 1e6, 1)])
        rows[-1] += [round(mean(variant), 3)]
        rows[-1] += [round(mean(variant, "busiest"), 1) if sparse else None]
        rows[-1] += [f"{mean(variant, 'dropped'):.1%}" if sparse else None]
        rows[-1] += [round(mean(variant, "ms_per_step"), 1)]
    return rows


LAYERS = ("form", "busiest, fair shares", "ms", "times the dense layer")


def layer_ms() -> dict[tuple[str, float], float]:
    """Median milliseconds of a layer by form and skew of the loads."""
    return {(r["form"], float(r["skew"])): float(r["ms"]) for r in records("layers")}


def layer_rows() -> list[list[str | float]]:
    """Form, load of the busiest expert, milliseconds, and how many times the dense layer's."""
    dense = layer_ms()["dense", 0.0]
    return [
        [r["form"], round(r.get("busiest", 1), 1), round(r["ms"], 2), round(r["ms"] / dense, 2)]
        for r in records("layers")
    ]


def decoding_ms() -> dict[tuple[str, int], float]:
    """Median milliseconds of a step of decoding by memory and context."""
    return {(r["memory"], int(r["context"])): float(r["ms"]) for r in records("decoding")}


def short_caption(name: str) -> str:
    """Device and date, for a figure's title."""
    content = load(name)
    return "" if content is None else f"{content['provenance']['device']}, recorded"
