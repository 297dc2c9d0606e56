"""What assignment 2 measured on H100s, read from its committed result files."""

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from cs336_systems.model_sizes import MODEL_SIZES
from cs336_systems.parallelism.zero import AUTOCAST, STAGES, state_memory

from lectures.lecture_07.collectives import Link

FOLDER = Path(__file__).parents[2] / "assignments/assignment2-systems/results"
MIB, GIB = 2**20, 2**30
Record = dict[str, Any]


@functools.cache
def load(name: str) -> Record:
    """The content of results/<name>.json: `provenance` and `records`."""
    content: Record = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return content


def recorded_on(name: str) -> str:
    """Device, date, versions and command of results/<name>.json, as a caption."""
    where = load(name)["provenance"]
    versions = f"torch {where['torch']}, NCCL {where['nccl']}, driver {where['driver']}"
    device = f"{where['num_devices']} × {where['device']}"
    return f"recorded on {device}, {where['date'][:10]} ({versions}): {where['command']}"


def all_reduce_seconds(ranks: int) -> dict[int, float]:
    """Median seconds of NCCL's all-reduce by size in bytes."""
    rows = load(f"collectives_{ranks}")["records"]
    return {
        r["size_mb"] * MIB: r["median_ms"] / 1e3 for r in rows if r["operation"] == "all_reduce"
    }


def fit_link(seconds: Mapping[int, float], ranks: int) -> Link:
    """α of a whole all-reduce and β of the link: least squares of *relative* errors.

    The time is taken as α + 2 (n - 1) / n · S / β. Relative, because a fit of seconds would see
    nothing but the largest size.
    """
    sizes, times = np.array(list(seconds)), np.array(list(seconds.values()))
    sent = 2 * (ranks - 1) / ranks * sizes
    columns = np.stack([1 / times, sent / times], axis=1)
    (alpha, slope), *_ = np.linalg.lstsq(columns, np.ones(len(times)), rcond=None)
    return Link(float(alpha), float(1 / slope))


def strategy(name: str, ranks: int) -> Record:
    """One row of the training benchmark: a step of the 0.97 billion weight model."""
    for row in load(f"data_parallel_{ranks}")["records"]:
        if row["strategy"] == name:
            return dict(row)
    raise ValueError(f"data_parallel_{ranks}.json: no strategy {name!r}")


def peak_gib(name: str, ranks: int) -> float:
    """Most memory of a rank during a step."""
    return float(strategy(name, ranks)["peak_gb"])


def parameters() -> int:
    """Weights of the model of the training benchmark."""
    size: str = strategy("compute_only", 1)["size"]
    return MODEL_SIZES[size].num_parameters()


def freed_gib(name: str, ranks: int) -> float:
    """How much lower the peak is than that of the same strategy on one rank.

    ZeRO-1 is compared with bucketed data parallelism, on which it stands.
    """
    alone = {"bucketed_zero1": "bucketed_100mb"}.get(name, name)
    return peak_gib(alone, 1) - peak_gib(name, ranks)


def promised_gib(bytes_divided: int, ranks: int) -> float:
    """What dividing so many bytes for each weight frees."""
    return bytes_divided * parameters() * (1 - 1 / ranks) / GIB


STAGE_COLUMNS = ("stage", "bytes a weight", "state, GiB", "peak measured, GiB")


def stage_rows(ranks: int) -> list[list[str | float]]:
    """Each stage's state as the calculator has it, beside the measured peak of a step."""
    measured = {0: "bucketed_100mb", 1: "bucketed_zero1", 3: "fsdp"}
    names = {0: "0 (DDP)", 1: "1", 2: "2", 3: "3 (FSDP)"}
    return [
        [
            names[stage],
            round(state_memory(1, ranks, stage, AUTOCAST).total, 2),
            round(state_memory(parameters(), ranks, stage, AUTOCAST).total / GIB, 1),
            round(peak_gib(measured[stage], ranks), 1) if stage in measured else "not measured",
        ]
        for stage in STAGES
    ]


def peak_rows() -> list[Record]:
    """Peaks measured and promised, for the figure."""
    return [
        {"run": f"{label}, {n} ranks", "what": what, "GiB": peak_gib(alone, 1) - less}
        for label, name, alone, sizes in (
            ("ZeRO-1", "bucketed_zero1", "bucketed_100mb", (8,)),
            ("FSDP", "fsdp", "fsdp", (12, 16)),
        )
        for n in (2, 4)
        for what, less in [
            ("measured", freed_gib(name, n)),
            *((f"{size} bytes divided", promised_gib(size, n)) for size in sizes),
        ]
    ]
