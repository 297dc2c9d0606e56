"""Look inside one training step: kernels per phase, parts of attention, memory over time.

    python -m cs336_systems.measurement.profiling --size medium --context 512 --precision bf16 \\
        --output results/profile_medium_512_bf16.json --trace trace.json --snapshot memory.pickle

`--trace` is for https://ui.perfetto.dev, `--snapshot` for https://pytorch.org/memory_viz. Under
`nsys profile --trace=cuda,nvtx` the same ranges appear on its timeline.
"""

from __future__ import annotations

import argparse
import pickle
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, get_args

import torch
from cs336_basics.model import TransformerLM
from cs336_basics.nn_utils import cross_entropy
from cs336_basics.optimizer import AdamW
from torch import Tensor
from torch.autograd import DeviceType  # type: ignore[attr-defined]
from torch.profiler import ProfilerActivity, profile

from cs336_systems.measurement.arguments import positive_int
from cs336_systems.measurement.memory_timeline import read_timeline, thin_out
from cs336_systems.measurement.provenance import write_results
from cs336_systems.measurement.ranges import ATTENTION_RANGES, attention_ranges, named_range
from cs336_systems.measurement.timing import synchronize
from cs336_systems.model_sizes import (
    MODEL_SIZES,
    Precision,
    build_model,
    precision_context,
    random_batch,
)

KERNEL_CATEGORIES = {
    "matrix products": r"gemm|nvjet|xmma|cutlass|wgmma|cublas|gemv|::mm|aten::bmm",
    "attention": r"flash|fmha|attention",
    "optimizer (fused)": r"multi_tensor|foreach|adam",
    "softmax and reductions": r"softmax|reduce|norm|sum|max",
    "copies and casts": r"copy|memcpy|memset|cat|to_copy",
    "elementwise": r"elementwise|functor|vectorized|pointwise|mul|add|div|exp|where|fill",
}
"""The first pattern that a kernel's name contains decides; anything else is "other"."""


class TrainingStep:
    """The three phases of a step as separate calls, so that each can be observed alone."""

    def __init__(self, model: TransformerLM, batch: tuple[Tensor, Tensor], precision: Precision):
        self._model = model
        self._batch = batch
        self._precision: Precision = precision
        self._optimizer = AdamW(model.parameters(), lr=1e-4)
        self._loss: Tensor | None = None

    @property
    def phases(self) -> dict[str, Callable[[], None]]:
        """Name → call, in the order in which they must run."""
        return {"forward": self._forward, "backward": self._backward, "optimizer": self._update}

    def run(self) -> None:
        """All phases, each in a named range."""
        for name, phase in self.phases.items():
            with named_range(name):
                phase()

    def _forward(self) -> None:
        device = self._batch[0].device
        with precision_context(self._precision, device):
            self._loss = cross_entropy(self._model(self._batch[0]), self._batch[1])

    def _backward(self) -> None:
        assert self._loss is not None
        torch.autograd.backward(self._loss)
        self._loss = None

    def _update(self) -> None:
        self._optimizer.step()
        self._optimizer.zero_grad()


def categorize_kernel(name: str) -> str:
    """The entry of `KERNEL_CATEGORIES` for a kernel (or CPU operator) of this name."""
    lowered = name.lower()
    for category, pattern in KERNEL_CATEGORIES.items():
        if re.search(pattern, lowered):
            return category
    return "other"


def profile_phases(step: TrainingStep, device: torch.device) -> list[dict[str, Any]]:
    """One record per phase: time by category, the ten longest kernels, attention's ranges.

    Times are summed over kernels, in milliseconds; on a CPU, over operators' own time.
    """
    records = []
    with attention_ranges():
        for name, phase in step.phases.items():
            synchronize(device)
            with profile(activities=_activities(device)) as profiler:
                phase()
                synchronize(device)
            records.append({"phase": name, **_summarize(profiler, device)})
    return records


def _summarize(profiler: profile, device: torch.device) -> dict[str, Any]:
    on_gpu = device.type == "cuda"
    kernels: dict[str, tuple[float, int]] = {}
    ranges: dict[str, float] = {}
    for event in profiler.key_averages():
        if event.key in ATTENTION_RANGES:
            # A range exists on the host and, as its shadow, on the device: count the host's.
            if event.device_type == DeviceType.CPU:
                total = event.device_time_total if on_gpu else event.cpu_time_total
                ranges[event.key] = total / 1e3
        elif not event.is_user_annotation and (event.device_type == DeviceType.CUDA) == on_gpu:
            own = event.self_device_time_total if on_gpu else event.self_cpu_time_total
            kernels[event.key] = (own / 1e3, event.count)
    by_category: defaultdict[str, float] = defaultdict(float)
    for name, (milliseconds, _) in kernels.items():
        by_category[categorize_kernel(name)] += milliseconds
    longest = sorted(kernels.items(), key=lambda item: -item[1][0])[:10]
    return {
        "total_ms": sum(by_category.values()),
        "by_category_ms": dict(sorted(by_category.items(), key=lambda item: -item[1])),
        "attention_ranges_ms": ranges,
        "longest": [
            {"name": name[:120], "ms": milliseconds, "calls": calls}
            for name, (milliseconds, calls) in longest
        ],
    }


def write_trace(step: TrainingStep, device: torch.device, path: Path) -> None:
    """Record one step as a Chrome trace (gzip-compressed if `path` ends in .gz)."""
    with attention_ranges(), profile(activities=_activities(device)) as profiler:
        step.run()
        synchronize(device)
    path.parent.mkdir(parents=True, exist_ok=True)
    profiler.export_chrome_trace(str(path))


def record_memory(step: TrainingStep, snapshot_path: Path | None) -> dict[str, Any]:
    """Memory during one step: timeline, peak and what held it; optionally the raw snapshot.

    Needs a CUDA device, whose allocator keeps the history.
    """
    before = torch.cuda.memory_allocated()
    torch.cuda.memory._record_memory_history(max_entries=200_000, stacks="python")
    try:
        step.run()
        torch.cuda.synchronize()
        snapshot = torch.cuda.memory._snapshot()
    finally:
        torch.cuda.memory._record_memory_history(enabled=None)
    if snapshot_path:
        snapshot_path.parent.mkdir(parents=True, exist_ok=True)
        snapshot_path.write_bytes(pickle.dumps(snapshot))
    timeline = read_timeline(snapshot["device_traces"][torch.cuda.current_device()])
    return {
        "allocated_before_gb": before / 2**30,
        "peak_gb": before / 2**30 + timeline.peak_gb,
        "held_at_peak_gb": timeline.held_at_peak_gb,
        "timeline_ms_gb": thin_out(timeline, 1500),
    }


def _activities(device: torch.device) -> list[ProfilerActivity]:
    on_gpu = [ProfilerActivity.CUDA] if device.type == "cuda" else []
    return [ProfilerActivity.CPU, *on_gpu]


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Command line of the profiler."""
    parser = argparse.ArgumentParser(description="Profile one training step.")
    parser.add_argument("--size", choices=MODEL_SIZES, default="small")
    parser.add_argument("--context", type=positive_int, default=512)
    parser.add_argument("--batch", type=positive_int, default=4)
    parser.add_argument("--precision", choices=get_args(Precision), default="fp32")
    parser.add_argument("--output", type=Path, required=True, help="JSON summary to write")
    parser.add_argument("--trace", type=Path, help="Chrome trace to write (.json or .json.gz)")
    parser.add_argument("--snapshot", type=Path, help="raw memory snapshot to write (.pickle)")
    options = parser.parse_args(arguments)
    if options.snapshot and not torch.cuda.is_available():
        parser.error("--snapshot needs a CUDA device, whose allocator keeps the history")
    return options


def main(arguments: Sequence[str] | None = None) -> None:
    """Warm up, profile each phase, and record a trace and the memory where asked or possible."""
    options = parse_arguments(arguments)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model = build_model(options.size, options.context, device)
    batch = random_batch(options.batch, options.context, device, seed=0)
    step = TrainingStep(model, batch, options.precision)
    for _ in range(3):
        step.run()
    record = {
        "size": options.size,
        "context": options.context,
        "batch": options.batch,
        "precision": options.precision,
        "phases": profile_phases(step, device),
    }
    if options.trace:
        write_trace(step, device, options.trace)
    if options.snapshot or device.type == "cuda":
        record["memory"] = record_memory(step, options.snapshot)
    write_results(options.output, [record])
    for phase in record["phases"]:
        shares = ", ".join(f"{k} {v:.2f} ms" for k, v in phase["by_category_ms"].items())
        print(f"{phase['phase']:9} {phase['total_ms']:8.2f} ms: {shares}", flush=True)


if __name__ == "__main__":
    main()
