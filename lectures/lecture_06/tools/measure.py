"""Take the records of lecture 6 that are missing, on one H100: about three minutes.

    python lectures/lecture_06/tools/measure.py [--again [TABLE ...]] [--out FOLDER]

Runs from a bare checkout: needs torch, triton, numpy and jaxtyping, nothing installed from this
repository. Takes only the rows that no record has; `--again` takes all, or the tables named. Rows
go to benchmarks/, the timeline of a forward pass to records/; with `--out` to these folders inside
FOLDER. Commit what it writes.
"""

import argparse
import json
import shlex
import statistics
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
LECTURE = ROOT / "lectures/lecture_06"
for _folder in (ROOT, *sorted(ROOT.glob("assignments/assignment*-*"))):
    sys.path.insert(0, str(_folder))

import torch  # noqa: E402

from lectures.shared.measuring import (  # noqa: E402
    REPEATS,
    WARMUP,
    Record,
    benchmark_file,
    by_events,
    by_host,
    keep,
    kept_rows,
    provenance,
    row,
)

KERNELS_SHOWN = 240  # of the timeline: enough for two layers


def measured(table: Any, label: str) -> Record:
    """One row of a record file."""
    clock = by_events if table.clock == "events" else by_host
    often = 6 if table.calm else 1
    seconds = clock(table.variants[label](), often * WARMUP, often * REPEATS)
    return row(label, seconds, flops=table.flops, moved=table.bytes)


def take_tables(out: Path, again: list[str] | None, where: Record) -> None:
    """Fill every table; a row is written as soon as it is measured."""
    from lectures.lecture_06.gpu_variants import TABLES

    for name, table in TABLES.items():
        kept = kept_rows(benchmark_file(LECTURE, name))
        for label in table.variants:
            known = [r for r in kept if r["row"]["label"] == label]
            if known and (again is None or (again and name not in again)):
                continue
            taken = measured(table, label)
            torch.cuda.empty_cache()
            kept = [r for r in kept if r not in known] + [{"row": taken, "provenance": where}]
            keep(benchmark_file(out, name), kept)
            print(f"{name}: {label}: {1e3 * taken['median']:.4g} ms", flush=True)


def take_timeline(out: Path, again: list[str] | None, where: Record) -> None:
    """When the CPU launches and the GPU runs each kernel of a forward pass, and both totals."""
    path = "records/forward_timeline.json"
    if (LECTURE / path).exists() and again != []:
        return
    from cs336_systems.model_sizes import build_model, random_batch

    device = torch.device("cuda")
    model = build_model("medium", 512, device)
    inputs, _ = random_batch(4, 512, device, seed=0)

    def forward() -> None:
        with torch.no_grad(), torch.autocast("cuda", dtype=torch.bfloat16):
            model(inputs)

    for _ in range(WARMUP):
        forward()
    enqueued = statistics.median(by_host(forward))
    torch.cuda.synchronize()
    start = time.perf_counter()
    for _ in range(REPEATS):
        forward()
    torch.cuda.synchronize()
    whole = (time.perf_counter() - start) / REPEATS
    activities = [torch.profiler.ProfilerActivity.CPU, torch.profiler.ProfilerActivity.CUDA]
    with torch.profiler.profile(activities=activities) as profile:
        forward()
        torch.cuda.synchronize()
    trace = out / "trace.json"
    trace.parent.mkdir(parents=True, exist_ok=True)
    profile.export_chrome_trace(str(trace))
    events = json.loads(trace.read_text(encoding="utf-8"))["traceEvents"]
    trace.unlink()
    record: Record = {
        "provenance": where,
        "model": "medium, 4 × 512 tokens, bfloat16, forward, no gradient",
    }
    record |= {"enqueue_ms": 1e3 * enqueued, "pass_ms": 1e3 * whole, "intervals": paired(events)}
    keep(out / path, record)
    print(f"forward pass: {1e3 * enqueued:.1f} ms to enqueue, {1e3 * whole:.1f} ms in all")


def paired(events: list[Record]) -> list[Record]:
    """Launch and kernel of the same correlation, in microseconds from the first launch."""
    launches = {
        e["args"]["correlation"]: e
        for e in events
        if e.get("cat") in ("cuda_runtime", "cuda_driver") and "Launch" in e["name"]
    }
    kernels = [e for e in events if e.get("cat") == "kernel"]
    pairs = [
        (launches[k["args"]["correlation"]], k)
        for k in sorted(kernels, key=lambda e: float(e["ts"]))
        if k["args"]["correlation"] in launches
    ][:KERNELS_SHOWN]
    begin = min((float(launch["ts"]) for launch, _ in pairs), default=0.0)
    return [
        {"lane": lane, "start": round(float(e["ts"]) - begin, 1)}
        | {"end": round(float(e["ts"]) + float(e["dur"]) - begin, 1), "what": kernel["name"][:60]}
        for launch, kernel in pairs
        for lane, e in (("CPU: launch", launch), ("GPU: run", kernel))
    ]


def main() -> int:
    """Measure; exit code 2 without a GPU."""
    parser = argparse.ArgumentParser(description="Take the missing records of lecture 6.")
    what = "also what is on record already: these tables, or without a name everything"
    parser.add_argument("--again", nargs="*", metavar="TABLE", help=what)
    parser.add_argument("--out", type=Path, default=LECTURE, help="folder to write to")
    options = parser.parse_args()
    if not torch.cuda.is_available():
        print("measure.py: this machine has no GPU that torch can use", file=sys.stderr)
        return 2
    again = [] if options.again is None else ["--again", *options.again]
    where = provenance(shlex.join(["python", "lectures/lecture_06/tools/measure.py", *again]))
    begin = time.monotonic()
    take_timeline(options.out, options.again, where)
    take_tables(options.out, options.again, where)
    print(f"{time.monotonic() - begin:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
