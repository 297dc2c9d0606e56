"""Rotary attention of short contexts on a GPU: `python -m cs336_systems.bench_rotary`.

From the joint projection's output to the heads' outputs, at the shape that assignment 1 trains
with: PyTorch's attention with the rotation and layout changes compiled around it, and the kernel
that does all of it. Several calls on different buffers are captured as one CUDA graph, so that
neither launches nor a warm cache are timed. The work is bound by memory: beside each time stands
the bytes that cannot be avoided over it, and a plain copy's bandwidth in the same run.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from cs336_basics.layers import RotaryPositionalEmbedding
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

from cs336_systems.accuracy import relative_error
from cs336_systems.arguments import require_cuda
from cs336_systems.bench_kernels import copy_bandwidth
from cs336_systems.kernels import rotary_attention as rotary
from cs336_systems.provenance import write_results
from cs336_systems.timing import median_rotating_ms

BUFFERS = 6  # together larger than the L2 cache
Attention = Callable[[Tensor, int, Tensor | None, Tensor | None], Tensor]


def separate_attention(
    qkv: Tensor, num_heads: int, cos: Tensor | None = None, sin: Tensor | None = None
) -> Tensor:
    """Rotate, transpose and let PyTorch attend: what torch.compile makes of it is the baseline."""
    q, k, v = qkv.unflatten(-1, (3, num_heads, -1)).permute(2, 0, 3, 1, 4)  # type: ignore[no-untyped-call]
    if cos is not None and sin is not None:
        q, k = (rotary.rotate_pairs(x, cos, sin) for x in (q, k))
    return F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).flatten(-2)


def graph_ms(calls: Sequence[Callable[[], object]]) -> float:
    """Median milliseconds per call, all of them replayed as one CUDA graph."""
    stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):  # compile, tune and allocate outside of the capture
        for call in calls:
            call()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        for call in calls:
            call()
    return median_rotating_ms([graph.replay]) / len(calls)


def bench(
    variant: str, attend: Attention, inputs: list[tuple[Tensor, Tensor]], num_heads: int,
    tables: tuple[Tensor, Tensor],
) -> dict[str, Any]:  # fmt: skip
    """Milliseconds forward, and forward with backward."""

    def forward(qkv: Tensor) -> None:
        with torch.no_grad():
            attend(qkv, num_heads, *tables)

    def both(qkv: Tensor, d_output: Tensor) -> None:
        torch.autograd.grad(attend(qkv, num_heads, *tables), qkv, d_output)

    forward_ms = graph_ms([partial(forward, qkv) for qkv, _ in inputs])
    both_ms = graph_ms([partial(both, *pair) for pair in inputs])
    return {"variant": variant, "forward_ms": forward_ms, "backward_ms": both_ms - forward_ms}


def configurations(inputs: list[tuple[Tensor, Tensor]], num_heads: int, tables: Any) -> None:
    """Print the time of each configuration that the tuner chooses from, each in its own graph."""
    for name in ("_forward_kernel", "_backward_kernel"):
        kernel = getattr(rotary, name)
        print(f"{name}: chosen {kernel.best_config}")
        every = list(kernel.configs)
        for config in every:
            kernel.configs = [config]
            record = bench(str(config), rotary.rotary_attention, inputs, num_heads, tables)
            print(f"  {record[name[1:-7] + '_ms'] * 1e3:7.1f} us  {config}", flush=True)
        kernel.configs = every


def errors(
    attend: Attention, qkv: Tensor, d_output: Tensor, num_heads: int, tables: Any
) -> dict[str, float]:
    """Relative errors against float64, on two of the sequences."""
    few, d_few = qkv.detach()[:2].clone().requires_grad_(), d_output[:2]
    output = attend(few, num_heads, *tables)
    wide = few.detach().double().requires_grad_()
    exact = rotary.rotary_attention_reference(wide, num_heads, *(t.double() for t in tables))
    grad = torch.autograd.grad(output, few, d_few)[0]
    d_exact = torch.autograd.grad(exact, wide, d_few.double())[0]
    return {"output": relative_error(output, exact), "gradient": relative_error(grad, d_exact)}


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--shape", type=int, nargs=4, default=[32, 256, 16, 32],
                        metavar=("B", "T", "H", "d"))  # fmt: skip
    parser.add_argument("--configurations", action="store_true", help="time each of the tuner's")
    parser.add_argument("--out", type=Path, default=Path("results/rotary.json"))
    args = parser.parse_args()
    require_cuda(parser)
    batch, length, heads, width = args.shape
    inputs = []
    for _ in range(BUFFERS):
        size, columns = (batch, length), heads * width
        qkv = torch.randn(*size, 3 * columns, device="cuda", dtype=torch.bfloat16)
        d_output = torch.randn(*size, columns, device="cuda", dtype=torch.bfloat16)
        inputs.append((qkv.requires_grad_(), d_output))
    rope = RotaryPositionalEmbedding(1e4, width, length, "cuda")
    tables = (rope.cos, rope.sin)
    one = batch * length * heads * width * 2  # bytes of a tensor as large as the output
    moved = {"forward": 4 * one, "backward": 8 * one}  # qkv, O; qkv, O, dO and d_qkv
    copy_gbps = copy_bandwidth()
    print(f"copy {copy_gbps:.0f} GB/s")
    records = []
    for variant, backend, attend in (
        (
            "cudnn, compiled rotation",
            SDPBackend.CUDNN_ATTENTION,
            torch.compile(separate_attention, dynamic=False),
        ),
        (
            "flash, compiled rotation",
            SDPBackend.FLASH_ATTENTION,
            torch.compile(separate_attention, dynamic=False),
        ),
        ("rotary kernel", SDPBackend.MATH, rotary.rotary_attention),
    ):
        torch.compiler.reset()  # the baselines must not share a compiled graph
        with sdpa_kernel(backend):
            record = bench(variant, attend, inputs, heads, tables)
            record |= {
                f"error_{k}": e for k, e in errors(attend, *inputs[0], heads, tables).items()
            }
        for direction, count in moved.items():
            milliseconds = record[f"{direction}_ms"]
            record[f"{direction}_gbps"] = count / milliseconds / 1e6
            print(f"{variant:26s} {direction:9s} {milliseconds * 1e3:7.1f} us"
                  f" {count / milliseconds / 1e6:6.0f} GB/s"
                  f" {count / milliseconds / 1e6 / copy_gbps:5.0%}")  # fmt: skip
        print(f"{'':26s} errors {record['error_output']:.1e} {record['error_gradient']:.1e}")
        records.append(record | {"shape": args.shape, "dtype": "bfloat16", "copy_gbps": copy_gbps})
    if args.configurations:
        configurations(inputs, heads, tables)
    write_results(args.out, records)
    print(f"wrote {args.out}")


if __name__ == "__main__":
    main()
