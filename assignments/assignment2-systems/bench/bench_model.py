"""Time forward, backward and optimizer step of the models, and their peak memory.

    python bench/bench_model.py --sizes small medium --contexts 128 512 \\
        --precisions fp32 bf16 --modes eager compiled --output results/model.json

Each configuration runs `--warmup` uncounted training steps, then `--steps` timed ones; the times of
all of them are kept in order, so that a reader sees what warm-up does. A configuration that does
not fit in memory gives a record with `"out_of_memory": true`.
"""

from __future__ import annotations

import argparse
import gc
import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import torch
from cs336_basics.fast.attention import attention_backend
from cs336_basics.model import TransformerLM
from cs336_basics.nn_utils import cross_entropy
from cs336_basics.optimizer import AdamW
from cs336_systems.measurement.arguments import positive_int
from cs336_systems.measurement.provenance import write_results
from cs336_systems.measurement.timing import Stopwatch, summarize_ms
from cs336_systems.model_sizes import (
    MODEL_SIZES,
    Precision,
    build_model,
    precision_context,
    random_batch,
)
from torch import Tensor

BYTES_PER_GB = 2**30
PHASES = ("forward", "backward", "optimizer")
Mode = Literal["eager", "compiled"]
Attention = Literal["reference", "fused"]


@dataclass(frozen=True)
class Configuration:
    """One measured point."""

    size: str
    context: int
    batch: int
    precision: Precision
    mode: Mode
    attention: Attention


def measure(
    configuration: Configuration, device: torch.device, warmup: int, steps: int
) -> dict[str, Any]:
    """Times of every step in order, medians of the warm ones, and peak memory by phase."""
    record: dict[str, Any] = asdict(configuration)
    record |= {"warmup": warmup, "out_of_memory": False}
    with attention_backend(configuration.attention):
        try:
            record |= _measure_steps(configuration, device, warmup, steps)
        except torch.cuda.OutOfMemoryError:
            record["out_of_memory"] = True
    release_memory(device)
    return record


def _measure_steps(
    configuration: Configuration, device: torch.device, warmup: int, steps: int
) -> dict[str, Any]:
    model = build_model(configuration.size, configuration.context, device)
    if configuration.mode == "compiled":
        compile_blocks(model)
    batch = random_batch(configuration.batch, configuration.context, device, seed=0)
    optimizer = AdamW(model.parameters(), lr=1e-4)
    peaks: dict[str, float] = {}
    with peak_memory(peaks, "training_step", device):
        stopwatches = [
            timed_step(model, optimizer, batch, configuration.precision, device)
            for _ in range(warmup + steps)
        ]
    milliseconds = [stopwatch.laps_ms() for stopwatch in stopwatches]
    optimizer.zero_grad()
    optimizer.state.clear()
    with precision_context(configuration.precision, device):
        with peak_memory(peaks, "inference", device), torch.no_grad():
            model(batch[0])
        with peak_memory(peaks, "forward_backward", device):
            torch.autograd.backward(cross_entropy(model(batch[0]), batch[1]))
    result: dict[str, Any] = {"peak_gb": peaks, "parameters": _num_parameters(model)}
    for phase, samples in zip(PHASES, zip(*milliseconds, strict=True), strict=True):
        result[phase] = {**summarize_ms(samples[warmup:]), "all_ms": list(samples)}
    totals = [sum(step) for step in milliseconds]
    result["step"] = summarize_ms(totals[warmup:])
    flops = MODEL_SIZES[configuration.size].step_flops(batch[0].numel(), configuration.context)
    result["model_tflop_per_s"] = flops / (result["step"]["median_ms"] * 1e-3) / 1e12
    return result


def timed_step(
    model: TransformerLM,
    optimizer: torch.optim.Optimizer,
    batch: tuple[Tensor, Tensor],
    precision: Precision,
    device: torch.device,
) -> Stopwatch:
    """One training step, marked at its start and after each phase."""
    stopwatch = Stopwatch(device)
    optimizer.zero_grad()
    stopwatch.mark()
    with precision_context(precision, device):
        loss = cross_entropy(model(batch[0]), batch[1])
    stopwatch.mark()
    torch.autograd.backward(loss)
    stopwatch.mark()
    optimizer.step()
    stopwatch.mark()
    return stopwatch


def compile_blocks(model: TransformerLM) -> None:
    """Compile each Transformer block; all share one compiled graph, so this costs one block."""
    for block in model.layers:
        block.compile()


@contextmanager
def peak_memory(peaks: dict[str, float], name: str, device: torch.device) -> Iterator[None]:
    """Store the most memory (GiB) that tensors held within the context; a GPU only."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    yield
    if device.type == "cuda":
        peaks[name] = torch.cuda.max_memory_allocated(device) / BYTES_PER_GB


def release_memory(device: torch.device) -> None:
    """Give back what the last configuration held, so that the next starts alike."""
    gc.collect()
    torch.compiler.reset()
    if device.type == "cuda":
        torch.cuda.empty_cache()


def _num_parameters(model: TransformerLM) -> int:
    return sum(p.numel() for p in model.parameters())


def format_record(record: dict[str, Any]) -> str:
    """One line for the terminal."""
    name = "{size:6} T={context:<5} {precision} {mode:8} {attention:9}".format(**record)
    if record["out_of_memory"]:
        return f"{name} out of memory"
    times = "  ".join(f"{phase} {record[phase]['median_ms']:8.2f} ms" for phase in PHASES)
    peak = record["peak_gb"].get("training_step", float("nan"))
    return f"{name} {times}  {record['model_tflop_per_s']:6.1f} TFLOP/s  peak {peak:5.1f} GiB"


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Command line of the benchmark."""
    parser = argparse.ArgumentParser(description="Time training steps of the models.")
    parser.add_argument("--sizes", nargs="+", choices=MODEL_SIZES, default=["small"])
    parser.add_argument("--contexts", nargs="+", type=positive_int, default=[128, 256, 512, 1024])
    parser.add_argument("--precisions", nargs="+", choices=get_args(Precision), default=["fp32"])
    parser.add_argument("--modes", nargs="+", choices=get_args(Mode), default=["eager"])
    parser.add_argument("--attention", choices=get_args(Attention), default="reference")
    parser.add_argument("--batch", type=positive_int, default=4)
    parser.add_argument("--warmup", type=int, default=5)
    parser.add_argument("--steps", type=positive_int, default=10)
    parser.add_argument("--output", type=Path, help="JSON file, rewritten after each configuration")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure the product of the given options and print one line each."""
    options = parse_arguments(arguments)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    records = []
    for size, precision, mode, context in itertools.product(
        options.sizes, options.precisions, options.modes, options.contexts
    ):
        configuration = Configuration(
            size, context, options.batch, precision, mode, options.attention
        )
        record = measure(configuration, device, options.warmup, options.steps)
        records.append(record)
        print(format_record(record), flush=True)
        if options.output:  # a later configuration may be interrupted: keep what is measured
            write_results(options.output, records)


if __name__ == "__main__":
    main()
