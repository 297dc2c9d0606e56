"""Rotary attention of short contexts on a GPU: `python bench/bench_rotary.py`.

From the joint projection's output to the heads' outputs, at the shape that assignment 1 trains
with: PyTorch's attention with the rotation and layout changes compiled around it, and the kernel
that does all of it. Several calls on different buffers are captured as one CUDA graph, so that
neither launches nor a warm cache are timed. The work is bound by memory: beside each time stands
the bytes that cannot be avoided over it, and a plain copy's bandwidth in the same run.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from cs336_basics.layers import RotaryPositionalEmbedding
from cs336_systems.kernels import rotary_attention as rotary
from cs336_systems.measurement.accuracy import relative_error
from cs336_systems.measurement.arguments import require_cuda
from cs336_systems.measurement.provenance import write_results
from cs336_systems.measurement.timing import copy_bandwidth, median_rotating_ms
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

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


def make_inputs(batch: int, length: int, width: int) -> list[tuple[Tensor, Tensor]]:
    """Several (qkv, dO) of one size, `width` columns a tensor."""
    pairs = []
    for _ in range(BUFFERS):
        qkv = torch.randn(batch, length, 3 * width, device="cuda", dtype=torch.bfloat16)
        d_output = torch.randn(batch, length, width, device="cuda", dtype=torch.bfloat16)
        pairs.append((qkv.requires_grad_(), d_output))
    return pairs


def compare(
    inputs: list[tuple[Tensor, Tensor]], num_heads: int, tables: tuple[Tensor, Tensor],
    copy_gbps: float,
) -> list[dict[str, Any]]:  # fmt: skip
    """A record of each variant, printed as it comes."""
    one = inputs[0][1].numel() * 2  # bytes of a tensor as large as the output
    moved = {"forward": 4 * one, "backward": 8 * one}  # qkv, O; qkv, O, dO and d_qkv
    records = []
    for variant, backend in (
        ("cudnn, compiled rotation", SDPBackend.CUDNN_ATTENTION),
        ("flash, compiled rotation", SDPBackend.FLASH_ATTENTION),
        ("rotary kernel", None),
    ):
        torch.compiler.reset()  # the two baselines must not share a compiled graph
        attend: Attention = rotary.rotary_attention
        if backend is not None:
            attend = torch.compile(separate_attention, dynamic=False)
        with nullcontext() if backend is None else sdpa_kernel(backend):
            record = bench(variant, attend, inputs, num_heads, tables)
            found = errors(attend, *inputs[0], num_heads, tables)
        for direction, count in moved.items():
            microseconds = record[f"{direction}_ms"] * 1e3
            gbps = record[f"{direction}_gbps"] = count / microseconds / 1e3
            print(f"{variant:26s} {direction:9s} {microseconds:7.1f} us {gbps:6.0f} GB/s"
                  f" {gbps / copy_gbps:5.0%}", flush=True)  # fmt: skip
        print(f"{'':26s} errors {found['output']:.1e} {found['gradient']:.1e}")
        records.append(record | {f"error_{name}": error for name, error in found.items()})
    return records


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--shape", type=int, nargs=4, default=[32, 256, 16, 32],
                        metavar=("B", "T", "H", "d"))  # fmt: skip
    parser.add_argument("--configurations", action="store_true", help="time each of the tuner's")
    parser.add_argument("--out", type=Path, default=Path("results/rotary.json"))
    args = parser.parse_args()
    require_cuda(parser)
    batch, length, heads, head_width = args.shape
    inputs = make_inputs(batch, length, heads * head_width)
    rope = RotaryPositionalEmbedding(1e4, head_width, length, "cuda")
    tables = (rope.cos, rope.sin)
    copy_gbps = copy_bandwidth()
    print(f"copy {copy_gbps:.0f} GB/s")
    records = compare(inputs, heads, tables, copy_gbps)
    if args.configurations:
        configurations(inputs, heads, tables)
    common = {"shape": args.shape, "dtype": "bfloat16", "copy_gbps": copy_gbps}
    write_results(args.out, [record | common for record in records])
    print(f"wrote {args.out}")


if __name__ == "__main__":
    main()
