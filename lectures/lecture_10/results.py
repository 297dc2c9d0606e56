"""What `tools/measure.py` and assignment 5 recorded, read for the lecture."""

import functools
import json
from pathlib import Path
from statistics import mean, stdev
from typing import Any

FOLDER = Path(__file__).with_name("records")
ALIGNMENT = Path(__file__).parents[2] / "assignments/assignment5-alignment/results"
NAMES = ("speed", "products", "models", "quantised", "pruned")
Record = dict[str, Any]


@functools.cache
def load(name: str) -> Record | None:
    """`provenance` and `records` of one measurement, or None where nobody has taken it."""
    path = FOLDER / f"{name}.json"
    if not path.is_file():
        return None
    content: Record = json.loads(path.read_text(encoding="utf-8"))
    return content


def records(name: str, **wanted: object) -> list[Record]:
    """Records of a measurement whose fields have these values; empty without a record."""
    content = load(name)
    found = content["records"] if content else []
    return [r for r in found if all(r.get(key) == value for key, value in wanted.items())]


def spread(name: str, field: str, by: str) -> dict[str, tuple[float, float, int]]:
    """Mean, standard deviation and number of seeds of `field` for each value of `by`."""
    grouped: dict[str, list[float]] = {}
    for record in records(name):
        grouped.setdefault(record[by], []).append(record[field])
    return {
        key: (mean(values), stdev(values) if len(values) > 1 else 0.0, len(values))
        for key, values in grouped.items()
    }


def caption(name: str) -> str:
    """Device, date, versions and command of a record in one line."""
    content = load(name)
    if content is None:
        return f"not measured yet: `python3 lectures/lecture_10/tools/measure.py --only {name}`"
    where = content["provenance"]
    versions = f"torch {where['versions']['torch']}"
    if "driver" in where["versions"]:
        versions += f", driver {where['versions']['driver']}"
    return f"{where['device']}, {where['date']} ({versions}): `{where['command']}`"


def quantisation_cost(way: str, bits: int, group: int = 0) -> float | None:
    """Mean over the seeds of the loss after rounding, less the loss of the whole weights."""
    whole = {r["seed"]: r["test_loss"] for r in records("quantised", way="unrounded")}
    found = records("quantised", way=way, bits=bits, group=group)
    return mean(r["test_loss"] - whole[r["seed"]] for r in found) if found else None


@functools.cache
def assignment5(name: str) -> Record:
    """One of the records of assignment 5, such as `smollm2_latency`."""
    content: Record = json.loads((ALIGNMENT / f"{name}.json").read_text(encoding="utf-8"))
    return content


def smollm2_latency(prompt: int) -> Record:
    """Milliseconds of SmolLM2 for a prompt of so many tokens, and of a token after it."""
    rows: list[Record] = assignment5("smollm2_latency")["latency"]
    return next(row for row in rows if row["prompt_tokens"] == prompt)


def rollouts(way: str) -> float:
    """Tokens a second of assignment 5's samplers on a CPU, 256 answers at once."""
    return float(assignment5("rollouts_cpu")["tokens_per_second"][way])


def smollm2_caption() -> str:
    """Device, date, versions and command of that record."""
    r = assignment5("smollm2_latency")
    return f"{r['device']}, {r['date']} (torch {r['torch']}, {r['dtype']}): `{r['command']}`"
