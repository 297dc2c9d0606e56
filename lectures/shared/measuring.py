"""Time work on the machine that has the GPU, and keep the rows as the lectures read them.

Needs PyTorch alone, so that a measuring program runs from a bare checkout; `benchmark()` of the
engine reads what `keep` writes.
"""

import json
import os
import platform
import re
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import torch

WARMUP, REPEATS = 5, 50
Record = dict[str, Any]
Work = Callable[[], object]


def provenance(command: str) -> Record:
    """GPU (or CPU, where there is none), host, versions, date and command."""
    model = re.search(r"model name\s*: (.*)", _read(Path("/proc/cpuinfo")))
    host = f"{model[1] if model else platform.machine()}, {os.cpu_count()} cores"
    versions = {"python": platform.python_version(), "torch": torch.__version__}
    device = host
    if torch.cuda.is_available():
        device = torch.cuda.get_device_name()
        driver = re.search(r"\b\d{3}\.\d+(\.\d+)?\b", _read(Path("/proc/driver/nvidia/version")))
        versions |= {"triton": str(import_module("triton").__version__)}
        versions |= {"cuda": str(torch.version.cuda)}
        versions |= {"driver": driver[0] if driver else "unknown", "host": host}
    today = datetime.now(UTC).date().isoformat()
    return {"device": device, "date": today, "versions": versions, "command": command}


def of_the_host(where: Record) -> Record:
    """The same provenance for what the host's processor did, whatever GPU stands beside it."""
    versions = {k: v for k, v in where["versions"].items() if k in ("python", "torch")}
    return where | {"device": where["versions"].get("host", where["device"]), "versions": versions}


def by_events(work: Work, warmup: int = WARMUP, repeats: int = REPEATS) -> list[float]:
    """Seconds of each call, by the GPU's own clock."""
    for _ in range(warmup):
        work()
    torch.cuda.synchronize()
    pairs = []
    for _ in range(repeats):
        start = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
        end = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
        start.record()
        work()
        end.record()
        pairs.append((start, end))
    torch.cuda.synchronize()
    return [start.elapsed_time(end) / 1e3 for start, end in pairs]


def by_host(work: Work, warmup: int = WARMUP, repeats: int = REPEATS) -> list[float]:
    """Seconds of each call by the host's clock; where there is a GPU, each call finds it idle."""
    idle: Work = torch.cuda.synchronize if torch.cuda.is_available() else lambda: None
    for _ in range(warmup):
        work()
    seconds = []
    for _ in range(repeats):
        idle()
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    idle()
    return seconds


def row(
    label: str,
    seconds: list[float],
    *,
    flops: float | None = None,
    moved: float | None = None,
    parameters: dict[str, int | str] | None = None,
) -> Record:
    """A row of a benchmark: quartiles in seconds, and the rates from what one call does.

    `flops` are its floating-point operations, `moved` the bytes from and to memory.
    """
    q1, median, q3 = (float(f"{s:.5g}") for s in statistics.quantiles(seconds, n=4))
    made: Record = {"label": label, "median": median, "q1": q1, "q3": q3, "repeats": len(seconds)}
    if flops:
        made["tflops"] = float(f"{flops / median / 1e12:.5g}")
    if moved:
        made["gbps"] = float(f"{moved / median / 1e9:.5g}")
    return made | ({"parameters": parameters} if parameters else {})


def benchmark_file(folder: Path, name: str) -> Path:
    """Where the benchmark `name` of a lecture keeps its rows."""
    return folder / "benchmarks" / f"{re.sub(r'[^a-z0-9]+', '-', name.lower()).strip('-')}.json"


def kept_rows(path: Path) -> list[Record]:
    """The rows of a benchmark with their provenance; none where nothing was measured yet."""
    kept: list[Record] = json.loads(_read(path) or "[]")
    return kept


def keep(path: Path, content: object) -> None:
    """Write JSON, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    part.replace(path)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""
