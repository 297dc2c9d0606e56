"""Print how a model could be laid out on a number of devices, fastest layouts first.

    python -m cs336_systems.parallelism.report --model 405B --devices 2048 \\
        --batch-tokens 16777216 --context 8192 --micro-batches 8
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import get_args

from cs336_systems.measurement.arguments import positive_float, positive_int
from cs336_systems.model_sizes import MODEL_SIZES, ModelSize
from cs336_systems.parallelism.calculator import (
    Estimate,
    Hardware,
    Job,
    Recompute,
    min_tokens_to_hide_fsdp,
)
from cs336_systems.parallelism.planner import rank_meshes

MODELS = {
    **MODEL_SIZES,
    "405B": ModelSize(16384, d_ff=53248, num_layers=126, num_heads=128, num_kv_heads=8),
}
"""405B: Llama 3's shape (Grattafiori et al. 2024, table 3)."""

GB = 1e9


def table(estimates: Sequence[Estimate]) -> str:
    """One line per layout: mesh, memory by part, traffic by axis, times."""
    header = (
        "  pipe  data  fsdp    tp | state  grads    act  total GB | "
        "  tp s  fsdp s  data s  pipe s | compute s  bubble  overlapped s  serial s"
    )
    lines = [header]
    for e in estimates:
        memory, seconds = e.memory, e.communication_s
        state = memory.weights + memory.optimizer + memory.gathered_layers
        lines.append(
            f"{e.mesh.pipeline:6}{e.mesh.data:6}{e.mesh.fsdp:6}{e.mesh.tensor:6} |"
            f"{state / GB:6.1f}{memory.gradients / GB:7.1f}{memory.activations / GB:7.1f}"
            f"{memory.total / GB:10.1f} |"
            f"{seconds['tensor']:7.2f}{seconds['fsdp']:8.2f}{seconds['data']:8.2f}"
            f"{seconds['pipeline']:8.2f} |"
            f"{e.compute_s:10.2f}{e.bubble_fraction:8.1%}{e.overlapped_s:14.2f}{e.serial_s:10.2f}"
        )
    return "\n".join(lines)


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Command line of the report."""
    defaults = Hardware()
    parser = argparse.ArgumentParser(description="Rank 4-D layouts by estimated step time.")
    parser.add_argument("--model", choices=MODELS, default="405B")
    parser.add_argument("--vocab-size", type=positive_int, default=128_256)
    parser.add_argument("--context", type=positive_int, default=8192)
    parser.add_argument("--devices", type=positive_int, default=2048)
    parser.add_argument("--batch-tokens", type=positive_int, default=2**24, help="per step")
    parser.add_argument("--micro-batches", type=positive_int, default=8, help="per pipeline")
    parser.add_argument(
        "--recompute",
        choices=get_args(Recompute),
        default="nothing",
        nargs="?",
        const="block",
        help="what backward computes again (without a word: the block)",
    )
    parser.add_argument("--memory-gb", type=positive_float, default=defaults.memory_bytes / GB)
    parser.add_argument("--top", type=positive_int, default=10, help="layouts to print")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the best layouts; exit code 1 if none fits."""
    options = parse_arguments(arguments)
    hardware = Hardware(memory_bytes=options.memory_gb * GB)
    job = Job(
        MODELS[options.model],
        options.vocab_size,
        options.context,
        options.batch_tokens,
        options.micro_batches,
        options.recompute,
    )
    ranked = rank_meshes(job, options.devices, hardware)
    print(
        f"{options.model}: {job.num_parameters / 1e9:.1f} G parameters, {options.devices} devices"
    )
    tokens = min_tokens_to_hide_fsdp(hardware, hardware.network_bytes_per_s)
    print(f"FSDP over the network hides from {tokens:.0f} tokens per device and micro-batch")
    if not ranked:
        print(
            "no layout fits: use more devices or --recompute, or a batch that divides by "
            "context × micro-batches × data-parallel size"
        )
        return 1
    print(table(ranked[: options.top]))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
