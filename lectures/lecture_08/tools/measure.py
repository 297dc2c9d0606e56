"""Take the records of lecture 8: collectives, pipelines and a slow rank, by real processes.

    torchrun --standalone --nproc-per-node 4 lectures/lecture_08/tools/measure.py --output FOLDER
    torchrun --standalone --nproc-per-node 4 lectures/lecture_08/tools/measure.py --small \
        --output lectures/lecture_08/records

With GPUs the backend is NCCL and stages multiply real matrices; with `--small`, or without GPUs, it
is gloo and a stage is busy by sleeping for as long as its work is meant to take, because four
processes on two cores would measure each other. Runs from a bare checkout with torch and numpy.
Each part is written as soon as it is done; one that fails is named and does not stop the others.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
for _folder in (ROOT, *sorted(ROOT.glob("assignments/assignment*-*"))):
    sys.path.insert(0, str(_folder))

import torch  # noqa: E402
import torch.distributed as dist  # noqa: E402
from cs336_systems.distributed.collectives import all_gather, reduce_scatter_mean  # noqa: E402

from lectures.lecture_08.model import Stack  # noqa: E402
from lectures.lecture_08.orders import ORDERS, Slot  # noqa: E402
from lectures.lecture_08.stages import Stage, Wires, follow  # noqa: E402
from lectures.shared.measuring import Record, keep, provenance  # noqa: E402

TIMEOUT = timedelta(seconds=60)
SLEEP = {"F": 0.05, "B": 0.1}
"""Seconds of a piece of work where sleeping stands for it."""


class Job:
    """This process's place, what it computes on, and how much of it."""

    def __init__(self, small: bool) -> None:
        self.gpu = torch.cuda.is_available() and not small
        self.rank, self.size = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
        self.device = torch.device("cpu")
        if self.gpu:
            self.device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
            torch.cuda.set_device(self.device)
            torch.backends.cuda.matmul.allow_tf32 = True

    def wait(self) -> None:
        """Until the device has done what was asked, sends that nobody takes yet aside."""
        if self.gpu:
            torch.cuda.current_stream().synchronize()

    def say(self, words: str) -> None:
        """Progress, from rank 0."""
        if self.rank == 0:
            print(words, flush=True)


def collected(value: object, job: Job) -> list[Any]:
    """Every rank's value, on every rank."""
    everyone: list[Any] = [None] * job.size
    dist.all_gather_object(everyone, value)
    return everyone


def collectives(job: Job) -> Record:
    """Seconds of three collectives by bytes: quartiles over calls, of the worst rank."""
    sizes = [2**k for k in range(10, 31 if job.gpu else 23, 2)]
    repeats = 30 if job.gpu else 10
    rows = []
    for size in sizes:
        full = torch.ones(size // 4, device=job.device)
        shard = torch.ones(size // 4 // job.size, device=job.device)
        for name in ("all_reduce", "reduce_scatter", "all_gather"):
            call = partial(_collective, name, full, shard)
            found = collected(_quartiles(call, repeats, job), job)
            q1, median, q3 = (max(column) for column in zip(*found, strict=True))
            rows.append({"operation": name, "bytes": size, "q1": q1, "median": median, "q3": q3})
        job.say(f"  {size:>11,} bytes: all-reduce {1e3 * rows[-3]['median']:.3f} ms")
    return {"rows": rows}


def _collective(name: str, full: torch.Tensor, shard: torch.Tensor) -> None:
    if name == "all_reduce":
        dist.all_reduce(full, op=dist.ReduceOp.MAX)
    elif name == "reduce_scatter":
        reduce_scatter_mean(shard, full).wait()
    else:
        all_gather(full, shard).wait()


def _quartiles(call: Callable[[], object], repeats: int, job: Job) -> list[float]:
    seconds = []
    for number in range(repeats + 3):
        job.wait()
        dist.barrier()
        job.wait()
        start = time.perf_counter()
        call()
        job.wait()
        if number >= 3:
            seconds.append(time.perf_counter() - start)
    return [float(f"{s:.4g}") for s in statistics.quantiles(seconds, n=4)]


def pipelines(job: Job) -> Record:
    """The measured timeline of each order and number of micro-batches, and with one slow stage."""
    ahead, back = (dist.new_group(timeout=TIMEOUT) for _ in range(2))
    runs = []
    for slow in (1.0, 1.5):
        for name in ORDERS:
            for m in (4, 8, 16) if slow == 1 else (8,):
                wires = Wires(job.rank, ahead, back, job.device)
                slots = _timeline(job, wires, name, m, slow)
                everyone = [slot for own in collected(slots, job) for slot in own]
                begin = min(slot.start for slot in everyone)
                runs.append({
                    "order": name, "stages": job.size, "micro_batches": m, "slow_stage": slow,
                    "slots": [_from(begin, slot) for slot in everyone],
                })  # fmt: skip
                end = max(slot.end for slot in everyone) - begin
                job.say(f"  {name}, {m} micro-batches, slow {slow:g}: {1e3 * end:.0f} ms")
    return {"runs": runs}


def _timeline(job: Job, wires: Wires, name: str, m: int, slow: float) -> list[Slot]:
    """Run it once to connect and warm up, then three times; the slots of the shortest run."""
    width, rows, layers = (4096, 4096, 6) if job.gpu else (16, 4, 1)
    factor = slow if job.rank == 1 else 1.0
    layers = round(layers * factor)
    generator = torch.Generator(device=job.device).manual_seed(job.rank)
    weights = [
        torch.randn(width, width, generator=generator, device=job.device) / width**0.5
        for _ in range(layers)
    ]
    x = [torch.randn(rows, width, device=job.device) for _ in range(m)]

    def pace(kind: str, start: float) -> None:
        job.wait()
        if not job.gpu:
            time.sleep(max(0.0, start + factor * SLEEP[kind] - time.monotonic()))

    runs: list[list[Slot]] = []
    for _ in range(4):
        stage = Stage(Stack(weights), job.rank, job.size, x, x, wires)
        job.wait()
        dist.barrier()
        runs.append(follow(ORDERS[name](job.rank, job.size, m), stage, pace))
    lengths = collected([(run[0].start, run[-1].end) for run in runs[1:]], job)
    took = [max(e for _, e in run) - min(s for s, _ in run) for run in zip(*lengths, strict=True)]
    return runs[1 + took.index(min(took))]


def _from(begin: float, slot: Slot) -> Record:
    times = {"start": round(slot.start - begin, 5), "end": round(slot.end - begin, 5)}
    return asdict(slot) | times


def slow_rank(job: Job) -> Record:
    """Seconds that each rank computes and then spends in the all-reduce; the last one is slowed."""
    rows = []
    for extra in (0.0, 0.5, 1.0):
        found: list[list[float]] = []
        for number in range(13):
            dist.barrier()
            job.wait()
            start = time.perf_counter()
            _compute(job, 1 + extra if job.rank == job.size - 1 else 1.0)
            computed = time.perf_counter()
            dist.all_reduce(torch.ones(2**18, device=job.device))
            job.wait()
            if number >= 3:
                found.append([computed - start, time.perf_counter() - computed])
        medians = [statistics.median(column) for column in zip(*found, strict=True)]
        for rank, (compute, wait) in enumerate(collected(medians, job)):
            rows.append({"extra": extra, "rank": rank}
                        | {"compute": round(compute, 5), "all_reduce": round(wait, 5)})  # fmt: skip
        job.say(f"  last rank {1 + extra:g} times as long: rank 0 waits {rows[-job.size]}")
    return {"rows": rows}


def _compute(job: Job, amount: float) -> None:
    if not job.gpu:
        time.sleep(0.05 * amount)
        return
    a = torch.ones(4096, 4096, device=job.device)
    for _ in range(round(20 * amount)):
        torch.mm(a, a)
    job.wait()


PARTS: dict[str, Callable[[Job], Record]] = {
    "collectives": collectives,
    "slow_rank": slow_rank,
    "pipelines": pipelines,
}


def main() -> int:
    """Measure; exit code 2 unless torchrun has started this."""
    parser = argparse.ArgumentParser(description="Take the records of lecture 8.")
    parser.add_argument("--output", type=Path, required=True, help="folder for the records")
    parser.add_argument("--only", choices=PARTS, nargs="+", default=list(PARTS))
    parser.add_argument("--small", action="store_true", help="gloo, on the CPU")
    options = parser.parse_args()
    if "RANK" not in os.environ:
        print("measure.py: start it with torchrun --standalone --nproc-per-node 4", file=sys.stderr)
        return 2
    job = Job(options.small)
    backend = "nccl" if job.gpu else "gloo"
    dist.init_process_group(backend, timeout=TIMEOUT)
    begin, failed = time.monotonic(), []
    for name in options.only:
        job.say(f"{name} ({time.monotonic() - begin:.0f} s)")
        try:
            record = PARTS[name](job)
        except RuntimeError as error:  # the others may still be had
            print(f"rank {job.rank}: {name}: {error}", file=sys.stderr, flush=True)
            failed.append(name)
            continue
        if job.rank == 0:
            small = " --small" if options.small else ""
            command = f"torchrun --standalone --nproc-per-node {job.size} lectures/lecture_08/tools"
            where = provenance(f"{command}/measure.py{small} --output {options.output.name}")
            content = {"provenance": where | {"backend": backend, "ranks": job.size}} | record
            keep(options.output / f"{name}_{backend}_{job.size}.json", content)
    job.say(f"{time.monotonic() - begin:.0f} s" + (f"; failed: {failed}" if failed else ""))
    dist.barrier()
    dist.destroy_process_group()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
