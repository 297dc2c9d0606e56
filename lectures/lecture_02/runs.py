"""Utilizations that were published, and those that assignment 1 measured on a GPU."""

import json
from pathlib import Path
from typing import Any

STEP_TIMES = (
    Path(__file__).resolve().parents[2] / "assignments/assignment1-basics/results/step_times.json"
)
PUBLISHED = [
    {"run": "PaLM 540B, 6144 TPU v4", "MFU": 0.462, "kind": "published"},
    {"run": "Llama 3 405B, 8192 H100", "MFU": 0.43, "kind": "published"},
    {"run": "Llama 3 405B, 16,384 H100", "MFU": 0.41, "kind": "published"},
]
"""Chowdhery et al. 2022, table 3; Grattafiori et al. 2024, table 4 (sequences of 8192 tokens)."""


def measured_utilization() -> list[dict[str, Any]]:
    """Rows (run, MFU, kind): the published ones, then assignment 1's training steps."""
    record = json.loads(STEP_TIMES.read_text(encoding="utf-8"))
    kind = f"measured on {record['device']}, {record['date']}"
    timed = [row for row in record["results"] if "tokens_per_second" in row]
    steps = [row for row in timed if not row["variant"].startswith("  ")]  # those are side paths
    measured = [
        {"run": f"28M: {row['variant']}", "MFU": float(row["mfu"]), "kind": kind} for row in steps
    ]
    return PUBLISHED + measured
