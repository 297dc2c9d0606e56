"""What a block saves for backward, and peak memory and time against the size of a segment.

    python bench/bench_checkpointing.py --size 2.7B --context 2048 --precision bf16 \\
        --output results/checkpointing_cuda.json
    python bench/bench_checkpointing.py --size small --context 256 \\
        --output results/checkpointing_cpu.json

Blocks of assignment 1's Transformer, forward and backward without embeddings, head and optimizer;
gradients are allocated before, so that the peak is of activations alone.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, get_args

import torch
from cs336_basics.fast.attention import AttentionBackend, attention_backend
from cs336_basics.model import TransformerBlock
from cs336_systems.measurement.arguments import positive_int
from cs336_systems.measurement.provenance import write_results
from cs336_systems.measurement.saved_tensors import (
    best_segment,
    expected_peak,
    forward_in_segments,
    peak_bytes,
    saved_tensors,
)
from cs336_systems.measurement.timing import time_repeated
from cs336_systems.model_sizes import MODEL_SIZES, ModelSize, Precision, precision_context
from torch import Tensor, nn

THETA = 10_000.0
MIB = 2**20


def build_blocks(shape: ModelSize, context: int, device: torch.device) -> nn.ModuleList:
    """The layers of a Transformer, float32, the same weights each time."""
    torch.manual_seed(0)
    return nn.ModuleList(
        TransformerBlock(
            shape.d_model, shape.num_heads, shape.d_ff, context, THETA, device, torch.float32
        )
        for _ in range(shape.num_layers)
    )


def step(blocks: nn.ModuleList, x: Tensor, segment: int, precision: Precision) -> None:
    """Forward and backward; gradients go into the memory that is there for them."""
    with precision_context(precision, x.device):
        y = forward_in_segments(list(blocks), x, segment)
        loss = y.square().mean()
    torch.autograd.backward(loss)
    for parameter in blocks.parameters():
        if parameter.grad is not None:
            parameter.grad.zero_()


@contextmanager
def within_memory(record: dict[str, Any]) -> Iterator[None]:
    """Note that the device has no room for it, and go on."""
    try:
        yield
    except torch.cuda.OutOfMemoryError:
        record["out_of_memory"] = True
        torch.cuda.empty_cache()


def block_record(
    block: nn.Module, x: Tensor, precision: Precision, backend: AttentionBackend
) -> dict[str, Any]:
    """What one block saves, by module."""
    with attention_backend(backend), precision_context(precision, x.device):
        found = saved_tensors(block, partial(block, x))
    by_module: dict[str, int] = {}
    for saved in found:
        by_module[saved.module] = by_module.get(saved.module, 0) + saved.num_bytes
    return {
        "what": "block", "attention": backend, "bytes": sum(by_module.values()),
        "input_bytes": x.nbytes, "tensors": len(found), "by_module": by_module,
    }  # fmt: skip


def main() -> int:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", choices=MODEL_SIZES, default="small")
    parser.add_argument("--layers", type=positive_int, help="instead of the size's own")
    parser.add_argument("--context", type=positive_int, default=256)
    parser.add_argument("--batch", type=positive_int, default=1)
    parser.add_argument("--precision", choices=get_args(Precision), default="fp32")
    parser.add_argument("--segments", type=int, nargs="+", default=[0, 1, 2, 3, 4, 6, 8, 16, 32])
    parser.add_argument("--repeats", type=positive_int, default=5)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    shape = MODEL_SIZES[options.size]
    shape = replace(shape, num_layers=options.layers or shape.num_layers)
    blocks = build_blocks(shape, options.context, device)
    x = torch.randn(options.batch, options.context, shape.d_model, device=device)
    x.requires_grad_()
    about = {key: getattr(options, key) for key in ("size", "context", "batch", "precision")}
    about["layers"] = shape.num_layers
    records: list[dict[str, Any]] = []
    for backend in ("reference", "fused"):
        record = block_record(blocks[0], x, options.precision, backend)
        records.append(about | record)
        print(f"one block, {backend} attention: {record['bytes'] / MIB:.0f} MiB", flush=True)
    block_bytes, input_bytes = records[-1]["bytes"], records[-1]["input_bytes"]
    for parameter in blocks.parameters():
        parameter.grad = torch.zeros_like(parameter)
    x.grad = torch.zeros_like(x)
    for segment in options.segments:
        if segment > shape.num_layers:
            continue
        work = partial(step, blocks, x, segment, options.precision)
        expected = expected_peak(shape.num_layers, segment, block_bytes, input_bytes)
        record = {"what": "segment", "segment": segment, "expected_bytes": expected}
        with within_memory(record), attention_backend("fused"):
            work()
            record["peak_bytes"] = peak_bytes(work, device)
            laps = time_repeated(work, device, 1, options.repeats)
            record |= {"median_ms": median(laps), "least_ms": min(laps), "most_ms": max(laps)}
        records.append(about | record)
        write_results(options.output, records)
        print(
            {k: round(v, 1) if isinstance(v, float) else v for k, v in record.items()}, flush=True
        )
    best = best_segment(shape.num_layers, block_bytes, input_bytes)
    print(f"best by the formula: {best} of {shape.num_layers} blocks")
    return 0


if __name__ == "__main__":
    sys.exit(main())
