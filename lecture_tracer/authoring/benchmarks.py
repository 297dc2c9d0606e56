"""`benchmark()`: measure a function, or show what was measured on the machine it needs.

A measurement is kept in the lecture's folder of benchmark records with its provenance. A later
run shows the record, so that it gives the same trace on every machine and on every run;
`--measure` measures again. A row that has neither a record nor the device it needs is shown as
missing: no number is ever made up.
"""

import os
import platform
import re
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from typing import Any

import msgspec

from lecture_tracer.authoring import arguments
from lecture_tracer.authoring.renderings import emit, warn
from lecture_tracer.authoring.sink import active, running_lecture
from lecture_tracer.course import benchmark_folder
from lecture_tracer.errors import BenchmarkError
from lecture_tracer.trace.schema import (
    BenchmarkRendering,
    BenchmarkRow,
    MissingRendering,
    Provenance,
)
from lecture_tracer.trace.store import write_atomic

WARMUP = 3
REPEATS = 20


class Record(msgspec.Struct, frozen=True):
    """One row of a record file."""

    row: BenchmarkRow
    provenance: Provenance


def benchmark(
    name: str,
    function: Callable[[], object],
    *,
    label: str = "",
    device: str = "cpu",
    warmup: int = WARMUP,
    repeats: int = REPEATS,
    flops: float | None = None,
    bytes: float | None = None,
    parameters: Mapping[str, int | float | str] | None = None,
) -> BenchmarkRow | None:
    """Time `function()` and show it as a row of the table `name`.

    `label` tells the rows of a table apart (default: the function's name). `device` is `cpu`
    (timed by `perf_counter`) or `cuda` (timed by CUDA events, synchronised). `flops` and `bytes`
    are what one call does: floating-point operations and bytes moved to and from memory.
    Gives the row, times in seconds, or None when it could neither be measured nor looked up.
    Raises BenchmarkError for another device or a function that cannot be called.
    """
    if device not in ("cpu", "cuda"):
        raise BenchmarkError(f"benchmark {name!r}: device {device!r}; give 'cpu' or 'cuda'")
    if not callable(function):
        raise BenchmarkError(f"benchmark {name!r}: {function!r} cannot be called")
    name = arguments.string(name, "benchmark(name)")
    label = arguments.string(label, "benchmark(label=)") or _name_of(function)
    warmup, repeats = _count(warmup, "benchmark(warmup=)"), _count(repeats, "benchmark(repeats=)")
    flops = None if flops is None else arguments.number(flops, "benchmark(flops=)")
    bytes = None if bytes is None else arguments.number(bytes, "benchmark(bytes=)")
    parameters = _plain_parameters(parameters)
    path = record_path(name)
    records = read_records(path)
    found = records.get(_key(label, parameters))
    wanted = active() is not None and active().measure  # type: ignore[union-attr]
    available = device == "cpu" or _cuda_available()
    if available and (wanted or found is None):
        timed = _time_cuda if device == "cuda" else _time_cpu
        with _unobserved():
            seconds = timed(function, warmup, repeats)
        row = _row(label, seconds, flops, bytes, parameters)
        record = Record(row, provenance(device))
        try:
            _keep(path, record)
        except OSError as error:
            warn(f"benchmark {name!r}: {path.name} is not written: {error.strerror} (benchmark)")
        _show(name, record, recorded=False)
        return row
    if found is None:
        reason = f"it needs {device}, which this machine lacks, and has no record in {path.name}"
        warn(f"benchmark {name!r}, {label!r}: {reason} (benchmark)")
        emit(MissingRendering(what=f"benchmark {name}: {label}", reason=reason))
        return None
    _show(name, found, recorded=True)
    return found.row


def record_path(name: str) -> Path:
    """File that keeps the rows of `name` for the lecture that runs."""
    root, lecture = running_lecture()
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "benchmark"
    return root / benchmark_folder(lecture) / f"{slug}.json"


def read_records(path: Path) -> dict[str, Record]:
    """Records by label and parameters. Raises BenchmarkError for a file that is not one."""
    try:
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return {}
    try:
        records = msgspec.json.decode(content, type=list[Record])
    except msgspec.DecodeError as error:
        raise BenchmarkError(f"{path.name}: not a benchmark record: {error}") from error
    return {_key(record.row.label, record.row.parameters): record for record in records}


def _keep(path: Path, record: Record) -> None:
    records = read_records(path)
    records[_key(record.row.label, record.row.parameters)] = record
    write_atomic(path, msgspec.json.format(msgspec.json.encode([*records.values()]), indent=1))


def _name_of(function: Callable[[], object]) -> str:
    return arguments.string(getattr(function, "__name__", None), "a name") or "function"


def _count(found: object, what: str) -> int:
    count = arguments.number(found, what)
    if count != int(count) or count < 0:
        raise BenchmarkError(f"{what} is {count}; give a whole number")
    return int(count)


def _plain_parameters(given: Mapping[str, Any] | None) -> dict[str, int | float | str]:
    """What was varied, as numbers and strings: a size may be numpy's, a dtype torch's."""
    plain: dict[str, int | float | str] = {}
    for key, value in (given or {}).items():
        what = f"benchmark(parameters=)[{key!r}]"
        try:
            plain[arguments.string(key, what)] = arguments.number(value, what)
        except (TypeError, ValueError):
            plain[arguments.string(key, what)] = (
                arguments.string(value, what) if isinstance(value, str) else str(value)
            )
    return plain


def _key(label: str, parameters: Mapping[str, Any] | None) -> str:
    varied = ", ".join(f"{k}={v}" for k, v in sorted((parameters or {}).items()))
    return f"{label} [{varied}]"


def _show(name: str, record: Record, *, recorded: bool) -> None:
    where = record.provenance
    verb = "recorded" if recorded else "measured in this run"
    emit(
        BenchmarkRendering(
            name=name,
            rows=[record.row],
            provenance=where,
            recorded=recorded,
            note=f"{verb} on {where.device}, {where.date}",
        )
    )


def _row(
    label: str,
    seconds: list[float],
    flops: float | None,
    moved: float | None,
    parameters: Mapping[str, int | float | str] | None,
) -> BenchmarkRow:
    q1, median, q3 = (
        quantiles(seconds, n=4, method="inclusive") if len(seconds) > 1 else (seconds * 3)
    )
    return BenchmarkRow(
        label=label,
        median=_rounded(median),
        q1=_rounded(q1),
        q3=_rounded(q3),
        repeats=len(seconds),
        tflops=_rounded(flops / median / 1e12) if flops and median else None,
        gbps=_rounded(moved / median / 1e9) if moved and median else None,
        parameters=dict(parameters or {}),
    )


def _rounded(number: float) -> float:
    """Five digits: more than any clock here is good for."""
    return float(f"{number:.5g}")


def _time_cpu(function: Callable[[], object], warmup: int, repeats: int) -> list[float]:
    for _ in range(warmup):
        function()
    seconds = []
    for _ in range(max(1, repeats)):
        start = time.perf_counter()
        function()
        seconds.append(time.perf_counter() - start)
    return seconds


def _time_cuda(function: Callable[[], object], warmup: int, repeats: int) -> list[float]:
    import torch

    for _ in range(warmup):
        function()
    torch.cuda.synchronize()
    pairs = []
    for _ in range(max(1, repeats)):
        start = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
        end = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
        start.record()
        function()
        end.record()
        pairs.append((start, end))
    torch.cuda.synchronize()
    return [start.elapsed_time(end) / 1000.0 for start, end in pairs]


def _unobserved() -> AbstractContextManager[None]:
    sink = active()
    return sink.unobserved() if sink is not None else nullcontext()


def _cuda_available() -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and bool(torch.cuda.is_available())


def provenance(device: str) -> Provenance:
    """Where and when something is measured on this machine, now."""
    versions = {"python": platform.python_version()}
    for library in ("numpy", "torch", "triton"):
        if (module := sys.modules.get(library)) is not None:
            versions[library] = str(getattr(module, "__version__", "?"))
    name = f"{_cpu_name()}, {os.cpu_count()} cores"
    if _cuda_available():
        import torch

        versions["cuda"] = str(torch.version.cuda)
        versions["driver"] = _driver_version()
        if device == "cuda":
            versions["host"], name = name, torch.cuda.get_device_name()
        else:  # what a host's clock sees may be the GPU's work
            versions["gpu"] = torch.cuda.get_device_name()
    sink = active()
    command = f"python execute.py -m {sink.name} --measure" if sink else ""
    today = datetime.now(UTC).date().isoformat()
    return Provenance(device=name, date=today, versions=versions, command=command)


def _cpu_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _driver_version() -> str:
    try:
        text = Path("/proc/driver/nvidia/version").read_text(encoding="utf-8")
    except OSError:
        return "unknown"
    match = re.search(r"\b(\d{3}\.\d+(?:\.\d+)?)\b", text)
    return match[1] if match else "unknown"
