"""Records that the lecture reads: assignment 2's on H100s, and this lecture's own of processes."""

import functools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lectures.lecture_08.orders import Slot, bubble, formula

ASSIGNMENT = Path(__file__).parents[2] / "assignments/assignment2-systems/results"
OWN = Path(__file__).parent / "records"
MIB = 2**20
Record = dict[str, Any]

BUS_FACTOR = {"all_reduce": 2.0, "reduce_scatter": 1.0, "all_gather": 1.0, "all_to_all": 1.0}
"""Times (n − 1) / n, what each rank has to send of a tensor of S bytes."""


@functools.cache
def load(path: Path) -> Record:
    """A record with its `provenance`."""
    content: Record = json.loads(path.read_text(encoding="utf-8"))
    return content


def recorded_on(name: str) -> str:
    """Device, date, versions and command of a result of assignment 2."""
    where = load(ASSIGNMENT / f"{name}.json")["provenance"]
    versions = f"torch {where['torch']}, NCCL {where['nccl']}, driver {where['driver']}"
    device = f"{where['num_devices']} × {where['device']}"
    return f"recorded on {device}, {where['date'][:10]} ({versions}): {where['command']}"


def own_recorded_on(name: str) -> str:
    """The same of a record of this lecture."""
    where = load(OWN / f"{name}.json")["provenance"]
    return (
        f"recorded on {where['device']}, {where['date']} (torch {where['versions']['torch']}, "
        f"{where['backend']}, {where['ranks']} ranks): {where['command']}"
    )


def sent(operation: str, size: float, ranks: int) -> float:
    """Bytes that each rank has to send in the best algorithm; `size` is the whole tensor."""
    return BUS_FACTOR[operation] * (ranks - 1) / ranks * size


def seconds(operation: str, ranks: int) -> dict[int, float]:
    """Median seconds on H100s by bytes of the whole tensor."""
    rows = load(ASSIGNMENT / f"collectives_{ranks}.json")["records"]
    return {
        round(r["size_mb"] * MIB): r["median_ms"] / 1e3 for r in rows if r["operation"] == operation
    }


def bus(operation: str, ranks: int) -> dict[int, float]:
    """Bytes a second that each rank sends, by bytes of the whole tensor."""
    return {s: sent(operation, s, ranks) / t for s, t in seconds(operation, ranks).items()}


def fit(operation: str, ranks: int) -> tuple[float, float]:
    """α in seconds and β in bytes a second of α + sent / β: least squares of relative errors."""
    measured = seconds(operation, ranks)
    times = np.array(list(measured.values()))
    moved = np.array([sent(operation, size, ranks) for size in measured])
    columns = np.stack([1 / times, moved / times], axis=1)
    (alpha, slope), *_ = np.linalg.lstsq(columns, np.ones(len(times)), rcond=None)
    return float(alpha), float(1 / slope)


def misfit(operation: str, ranks: int) -> float:
    """The largest relative error of the fitted line."""
    alpha, beta = fit(operation, ranks)
    measured = seconds(operation, ranks)
    return max(abs((alpha + sent(operation, s, ranks) / beta) / t - 1) for s, t in measured.items())


def bandwidth_rows(ranks: Sequence[int] = (2, 4)) -> list[Record]:
    """For the figure: bandwidth measured, and as the fitted α + sent / β has it."""
    rows = []
    for n in ranks:
        for operation in ("all_reduce", "reduce_scatter", "all_gather"):
            alpha, beta = fit(operation, n)
            for size, rate in bus(operation, n).items():
                moved = sent(operation, size, n)
                rows.append({"MiB": size / MIB, "GB/s": rate / 1e9, "ranks": f"{n} ranks"}
                            | {"model": moved / (alpha + moved / beta) / 1e9}
                            | {"operation": operation.replace("_", "-")})  # fmt: skip
    return rows


def strategy(name: str, ranks: int) -> Record:
    """A row of assignment 2's training benchmark, a step of 0.97 billion weights."""
    rows = load(ASSIGNMENT / f"data_parallel_{ranks}.json")["records"]
    return next(dict(row) for row in rows if row["strategy"] == name)


def strategy_rows(ranks: int = 4) -> list[Record]:
    """What a step of each way of averaging gradients takes and waits for."""
    names = {
        "compute_only": "no communication",
        "naive": "one all-reduce a tensor, after backward",
        "flat": "one all-reduce of all, after backward",
        "bucketed_all": "one bucket, with hooks",
        "bucketed_100mb": "buckets of 100 MiB, with hooks",
        "individual": "one a tensor, with hooks",
        "bucketed_zero1": "buckets of 100 MiB and ZeRO-1",
        "fsdp": "FSDP",
    }
    rows = [(label, strategy(name, ranks)) for name, label in names.items()]
    return [
        {"way": label, "step, ms": round(r["step_ms"]), "peak, GiB": round(r["peak_gb"], 1)}
        | {"wait after backward, ms": round(r["synchronize_ms"], 1)}
        for label, r in rows
    ]


def own_seconds(operation: str, ranks: int) -> dict[int, float]:
    """Median seconds on H200s by bytes of the whole tensor, from 1 KiB, by the host's clock."""
    rows = load(OWN / f"collectives_nccl_{ranks}.json")["rows"]
    return {r["bytes"]: r["median"] for r in rows if r["operation"] == operation}


def timeline(
    order: str, micro_batches: int, slow: float = 1.0, *, stages: int = 4, backend: str = "gloo"
) -> list[Slot]:
    """The measured slots of 4 stages: processes that sleep (gloo), or 2 or 4 GPUs (nccl)."""
    for run in load(OWN / f"pipelines_{backend}_{stages}.json")["runs"]:
        found = (run["order"], run["micro_batches"], run["slow_stage"])
        if found == (order, micro_batches, slow):
            return [Slot(**slot) for slot in run["slots"]]
    raise ValueError(f"no record of {order} with {micro_batches} micro-batches, slow {slow:g}")


def bubbles(
    orders: Sequence[str] = ("GPipe", "1F1B"), *, stages: int = 4, backend: str = "gloo"
) -> list[Record]:
    """Measured bubbles beside the formula, in percent."""
    return [
        {"stages": stages, "order": order, "micro-batches": m}
        | {"measured": 100 * bubble(timeline(order, m, stages=stages, backend=backend))}
        | {"formula": 100 * formula(stages, m)}
        for m in (4, 8, 16)
        for order in orders
    ]


def waits(backend: str = "gloo") -> list[Record]:
    """Seconds of each rank in computing and in the all-reduce, by how much the last is slowed."""
    return list(load(OWN / f"slow_rank_{backend}_4.json")["rows"])


def waiting(extra: float, rank: int, backend: str = "gloo") -> Record:
    """One row of `waits`."""
    return next(r for r in waits(backend) if r["extra"] == extra and r["rank"] == rank)
