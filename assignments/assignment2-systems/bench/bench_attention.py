"""Attention kernels side by side on one GPU: `python bench/bench_attention.py`.

Times PyTorch's flash and cuDNN backends, compiled flex_attention and the kernels of this package
on random bfloat16 data with CUDA events, forward and forward+backward, and their errors against
float64. Arithmetic is counted as is usual: 4 B H T^2 d operations forward (half when causal) and
2.5 times that backward.
"""

from __future__ import annotations

import argparse
import itertools
import math
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from cs336_systems.flash_attention_reference import attention_reference
from cs336_systems.flash_attention_triton import KernelPath, flash_attention
from cs336_systems.measurement.accuracy import relative_error
from cs336_systems.measurement.arguments import require_cuda
from cs336_systems.measurement.attention_shapes import LISTED_SHAPES, Shape, random_inputs
from cs336_systems.measurement.provenance import write_results
from cs336_systems.measurement.timing import median_rotating_ms
from torch import Tensor

Attention = Callable[[Tensor, Tensor, Tensor, bool], Tensor]
ROTATION = 3  # input sets
ROUNDS = 3  # times every provider is visited, each time in another order


def _sdpa(backend_name: str) -> Attention:
    from torch.nn.attention import SDPBackend, sdpa_kernel

    backend = getattr(SDPBackend, backend_name)

    def attend(q: Tensor, k: Tensor, v: Tensor, is_causal: bool) -> Tensor:
        with sdpa_kernel(backend):
            return torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=is_causal)

    return attend


def _flex() -> Attention:
    from torch.nn.attention.flex_attention import create_block_mask, flex_attention

    compiled = torch.compile(flex_attention, dynamic=False)
    masks: dict[tuple[int, int], Any] = {}

    def causal(b: Tensor, h: Tensor, i: Tensor, j: Tensor) -> Tensor:
        return i >= j

    def attend(q: Tensor, k: Tensor, v: Tensor, is_causal: bool) -> Tensor:
        if not is_causal:
            return compiled(q, k, v)
        size = (q.shape[2], k.shape[2])
        if size not in masks:
            masks[size] = create_block_mask(causal, None, None, *size, device=q.device)
        return compiled(q, k, v, block_mask=masks[size])

    return attend


def _ours(path: KernelPath) -> Attention:
    return lambda q, k, v, is_causal: flash_attention(q, k, v, is_causal, path=path)


PROVIDERS: dict[str, Callable[[], Attention]] = {
    "pytorch_flash": lambda: _sdpa("FLASH_ATTENTION"),
    "flex_compiled": _flex,
    "cudnn": lambda: _sdpa("CUDNN_ATTENTION"),
    "ours_portable": lambda: _ours("portable"),
    "ours_hopper": lambda: _ours("hopper"),
}


def time_provider(attend: Attention, shape: Shape, inputs: list[tuple[Tensor, ...]]) -> list[float]:
    """[forward, forward+backward] TFLOP/s."""

    def forward(q: Tensor, k: Tensor, v: Tensor, d_out: Tensor) -> None:
        with torch.no_grad():
            attend(q, k, v, shape.is_causal)

    def both(q: Tensor, k: Tensor, v: Tensor, d_out: Tensor) -> None:
        torch.autograd.grad(attend(q, k, v, shape.is_causal), (q, k, v), d_out)

    rates = []
    for work, factor in ((forward, 1.0), (both, 3.5)):
        milliseconds = median_rotating_ms([lambda s=s, w=work: w(*s) for s in inputs])  # type: ignore[misc]
        rates.append(factor * shape.forward_flop / milliseconds / 1e9)
    return rates


def errors_against_float64(attend: Attention, shape: Shape, dtype: torch.dtype) -> dict[str, float]:
    """Relative errors of the output and the three gradients."""
    q, k, v, d_out = random_inputs(shape, dtype, 1)[0]
    output = attend(q, k, v, shape.is_causal)
    grads = torch.autograd.grad(output, (q, k, v), d_out)
    exact_q, exact_k, exact_v = (t.detach().double().requires_grad_() for t in (q, k, v))
    reference = attention_reference(exact_q, exact_k, exact_v, shape.is_causal)
    exact_grads = torch.autograd.grad(reference, (exact_q, exact_k, exact_v), d_out.double())
    pairs = zip(
        ("output", "dq", "dk", "dv"), (output, *grads), (reference, *exact_grads), strict=True
    )
    return {name: relative_error(value, wanted) for name, value, wanted in pairs}


def bench(shapes: list[Shape], providers: list[str]) -> list[dict[str, Any]]:
    """One record per shape and provider: medians over ROUNDS visits, and their spread.

    The GPU slows down as it warms up; visiting the providers in rotated orders keeps that from
    favouring one of them.
    """
    attends = {name: PROVIDERS[name]() for name in providers}
    records = []
    for shape in shapes:
        inputs = random_inputs(shape, torch.bfloat16, ROTATION)
        rounds: dict[str, list[list[float]]] = {name: [] for name in providers}
        for turn in range(ROUNDS):
            for name in providers[turn:] + providers[:turn]:
                rounds[name].append(time_provider(attends[name], shape, inputs))
        for name in providers:
            record = _rate_record(shape, name, rounds[name])
            records.append(record)
            print(
                f"{shape.label:28s} {name:14s} {record['forward_tflops']:6.0f} /"
                f" {record['forward_backward_tflops']:6.0f} TFLOP/s",
                flush=True,
            )
        del inputs
        torch.cuda.empty_cache()
    return records


def _rate_record(shape: Shape, provider: str, rounds: list[list[float]]) -> dict[str, Any]:
    record: dict[str, Any] = {"kind": "rate", "shape": shape.label, **shape._asdict()}
    record["provider"] = provider
    for name, rates in zip(("forward", "forward_backward"), zip(*rounds, strict=True), strict=True):
        record[f"{name}_tflops"] = statistics.median(rates)
        record[f"{name}_lowest"] = min(rates)
        record[f"{name}_highest"] = max(rates)
    return record


CHECKED = (
    (Shape(1, 4, 512, 64, True), torch.bfloat16),
    (Shape(1, 4, 512, 128, True), torch.bfloat16),
    (Shape(2, 2, 500, 128, False), torch.bfloat16),
    (Shape(1, 2, 500, 64, True), torch.float16),
    (Shape(1, 2, 500, 64, True), torch.float32),
)


def check(providers: list[str]) -> list[dict[str, Any]]:
    """Errors of the providers on cases whose float64 reference fits in memory."""
    records = []
    for (shape, dtype), name in itertools.product(CHECKED, providers):
        if name == "flex_compiled" or (dtype == torch.float32 and name != "ours_portable"):
            continue  # flex would compile for every case; the others take 16-bit types only
        errors = errors_against_float64(PROVIDERS[name](), shape, dtype)
        dtype_name = str(dtype).removeprefix("torch.")
        records.append(
            {"kind": "error", "shape": shape.label, "provider": name, "dtype": dtype_name}
            | {key: value if math.isfinite(value) else None for key, value in errors.items()}
        )
        text = " ".join(f"{key} {value:.1e}" for key, value in errors.items())
        print(f"{shape.label:28s} {name:14s} {dtype_name:9s} {text}", flush=True)
    return records


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--providers", default=",".join(PROVIDERS), help="comma-separated names")
    parser.add_argument("--out", type=Path, default=Path("results/attention.json"))
    args = parser.parse_args()
    require_cuda(parser)
    providers = args.providers.split(",")
    unknown = sorted(set(providers) - set(PROVIDERS))
    if unknown:
        parser.error(f"unknown provider {unknown[0]!r}; choose from {', '.join(PROVIDERS)}")
    write_results(args.out, [*check(providers), *bench(list(LISTED_SHAPES), providers)])
    print(f"wrote {args.out}")


if __name__ == "__main__":
    main()
