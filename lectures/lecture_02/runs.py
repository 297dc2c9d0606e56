"""What was measured on a GPU for this lecture (`tools/measure.py`), and utilizations published."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
Record = dict[str, Any]
PUBLISHED = [
    {"run": "PaLM 540B, 6144 TPU v4", "MFU": 0.462, "kind": "published"},
    {"run": "Llama 3 405B, 8192 H100", "MFU": 0.43, "kind": "published"},
    {"run": "Llama 3 405B, 16,384 H100", "MFU": 0.41, "kind": "published"},
]
"""Chowdhery et al. 2022, table 3; Grattafiori et al. 2024, table 4 (sequences of 8192 tokens)."""


def _read(path: str) -> Any:
    return json.loads((FOLDER / path).read_text(encoding="utf-8"))


def _rows(slug: str) -> list[Record]:
    return [each["row"] for each in _read(f"benchmarks/{slug}.json")]


def recorded_on(slug: str) -> str:
    """Device, date and versions of a benchmark, short enough to stand below a title."""
    where = _read(f"benchmarks/{slug}.json")[0]["provenance"]
    versions = where["versions"]
    made = f"torch {versions['torch']}, driver {versions['driver']}"
    return f"recorded on {where['device']}, {where['date']} ({made})"


def gpu_products() -> dict[int, dict[str, Record]]:
    """Products of two n × n matrices: the row (median in seconds, tflops) by n and format."""
    products: dict[int, dict[str, Record]] = {}
    for row in _rows("matrix-products-gpu"):
        products.setdefault(row["parameters"]["n"], {})[row["label"]] = row
    return products


def microseconds(sizes: tuple[int, ...]) -> dict[int, dict[str, int]]:
    """Median microseconds of those products, rounded, by n and format."""
    products = gpu_products()
    return {n: {f: round(1e6 * r["median"]) for f, r in products[n].items()} for n in sizes}


def transfer_rates() -> dict[str, float]:
    """GB/s from the CPU's memory to the GPU's, by the kind of memory."""
    return {row["label"]: round(row["gbps"], 1) for row in _rows("transfers-to-the-gpu")}


def under_the_roof() -> dict[str, float]:
    """Milliseconds of works that wait for memory, on 2^28 elements in bfloat16."""
    return {row["label"]: round(1e3 * row["median"], 3) for row in _rows("below-the-ridge-gpu")}


def training_stages() -> dict[str, float]:
    """MFU of the stages of assignment 1's training step, and of its matrix products alone."""
    results = _read("records/step_times.json")["results"]
    return {row["variant"]: float(row["mfu"]) for row in results}


def measured_utilization() -> list[Record]:
    """Rows (run, MFU, kind): the published ones, then assignment 1's training steps."""
    record = _read("records/step_times.json")
    kind = f"measured on {record['device']}, {record['date']}"
    stages = training_stages().items()
    return PUBLISHED + [{"run": f"28M: {run}", "MFU": mfu, "kind": kind} for run, mfu in stages]
