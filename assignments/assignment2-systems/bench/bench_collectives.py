"""Time collectives over message sizes.

    torchrun --standalone --nproc-per-node 4 bench/bench_collectives.py --output results/…

A message of S bytes is the full tensor: what every rank holds after all-reduce, all-gather and
broadcast, or before reduce-scatter. *Algorithm bandwidth* is S / time. *Bus bandwidth* scales it by
the share of S that each link must carry in the best algorithm, so it can be compared with the
hardware for any operation and number of ranks: 2 (n − 1) / n for all-reduce, (n − 1) / n for
all-gather, reduce-scatter and all-to-all, 1 for broadcast.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from cs336_systems.distributed.collectives import all_gather, reduce_scatter_mean
from cs336_systems.distributed.launch import Rank, fail_with_reason, process_group
from cs336_systems.measurement.arguments import positive_float, positive_int
from cs336_systems.measurement.provenance import write_results
from cs336_systems.measurement.timing import summarize_ms, time_repeated

BYTES_PER_MB = 2**20
DEFAULT_SIZES_MB = (1, 4, 16, 64, 256, 1024)

BUS_FACTORS: dict[str, Callable[[int], float]] = {
    "all_reduce": lambda n: 2 * (n - 1) / n,
    "all_gather": lambda n: (n - 1) / n,
    "reduce_scatter": lambda n: (n - 1) / n,
    "all_to_all": lambda n: (n - 1) / n,
    "broadcast": lambda n: 1.0 if n > 1 else 0.0,
}


def collective_call(operation: str, num_bytes: int, rank: Rank) -> Callable[[], object]:
    """A function that runs `operation` once on float32 data of about `num_bytes`."""
    rows = max(num_bytes // 4 // rank.world_size, 1)
    full = torch.randn(rows * rank.world_size, device=rank.device)
    shard = torch.randn(rows, device=rank.device)
    calls: dict[str, Callable[[], object]] = {
        # MAX keeps the values bounded over many repetitions; it moves the same bytes as SUM.
        "all_reduce": lambda: dist.all_reduce(full, op=dist.ReduceOp.MAX),
        "all_gather": lambda: all_gather(full, shard).wait(),
        "reduce_scatter": lambda: reduce_scatter_mean(shard, full).wait(),
        "all_to_all": lambda: dist.all_to_all_single(torch.empty_like(full), full),
        "broadcast": lambda: dist.broadcast(full, src=0),
    }
    return calls[operation]


def measure(operation: str, size_mb: float, rank: Rank, repeats: int) -> dict[str, Any]:
    """One record: the median time of the slowest rank, and both bandwidths in GB/s (10⁹)."""
    num_bytes = int(size_mb * BYTES_PER_MB)
    call = collective_call(operation, num_bytes, rank)
    samples = time_repeated(call, rank.device, warmup=3, repeats=repeats)
    times = summarize_ms(samples)
    slowest = torch.tensor(list(times.values()), dtype=torch.float64, device=rank.device)
    dist.all_reduce(slowest, op=dist.ReduceOp.MAX)
    times = dict(zip(times, slowest.tolist(), strict=True))
    bandwidth = num_bytes / (times["median_ms"] * 1e-3) / 1e9
    return {
        "operation": operation,
        "backend": dist.get_backend(),
        "world_size": rank.world_size,
        "size_mb": size_mb,
        **times,
        "algorithm_gb_per_s": bandwidth,
        "bus_gb_per_s": bandwidth * BUS_FACTORS[operation](rank.world_size),
    }


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Command line of the benchmark."""
    parser = argparse.ArgumentParser(description="Time collectives over message sizes.")
    parser.add_argument("--operations", nargs="+", choices=BUS_FACTORS, default=list(BUS_FACTORS))
    parser.add_argument(
        "--sizes-mb", nargs="+", type=positive_float, default=list(DEFAULT_SIZES_MB)
    )
    parser.add_argument("--repeats", type=positive_int, default=20)
    parser.add_argument("--backend", choices=["nccl", "gloo"], help="default: nccl with GPUs")
    parser.add_argument("--output", type=Path, help="JSON file to write")
    return parser.parse_args(arguments)


@fail_with_reason
def main(arguments: Sequence[str] | None = None) -> None:
    """Measure every operation at every size and print one line each."""
    options = parse_arguments(arguments)
    records = []
    with process_group(options.backend) as rank:
        for operation in options.operations:
            for size_mb in options.sizes_mb:
                record = measure(operation, size_mb, rank, options.repeats)
                records.append(record)
                if rank.is_first:
                    print(
                        f"{operation:15} {size_mb:7g} MB  {record['median_ms']:9.3f} ms  "
                        f"bus {record['bus_gb_per_s']:7.1f} GB/s",
                        flush=True,
                    )
        if rank.is_first and options.output:
            write_results(options.output, records)


if __name__ == "__main__":
    main()
