"""Fused kernels against PyTorch and against the memory: `python bench/bench_kernels.py`.

Every kernel here is bound by memory, so its measure is the bytes it cannot avoid (each input read
once, each output written once) over its time, beside the bandwidth of a plain copy measured in the
same run. Each is timed as naive PyTorch, as PyTorch's own operation where there is one, as
`torch.compile` of the naive version, and as the Triton kernel.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from cs336_systems.kernels.activations import gelu, naive_gelu, naive_swiglu, swiglu
from cs336_systems.kernels.cross_entropy import cross_entropy, naive_cross_entropy
from cs336_systems.kernels.rms_norm import naive_rms_norm, rms_norm
from cs336_systems.kernels.softmax import naive_softmax, softmax
from cs336_systems.kernels.weighted_sum import naive_weighted_sum, weighted_sum
from cs336_systems.measurement.accuracy import relative_error
from cs336_systems.measurement.arguments import require_cuda
from cs336_systems.measurement.provenance import write_results
from cs336_systems.measurement.timing import copy_bandwidth, median_rotating_ms
from torch import Tensor

ROWS, WIDTH = 32768, 4096
TOKENS, VOCABULARY = 16384, 32000
ROTATION = 2
Function = Callable[..., Tensor]


class Kernel(NamedTuple):
    """One operation in its variants, and how many tensors of the size of x each pass moves."""

    name: str
    naive: Function
    builtin: Function | None
    triton: Function
    inputs: Callable[[], tuple[Tensor, ...]]
    forward_moves: float
    backward_moves: float  # 0: measured as one loss-and-gradient pass


def _matrix(rows: int = ROWS, width: int = WIDTH) -> Tensor:
    return torch.randn(rows, width, device="cuda", dtype=torch.bfloat16).requires_grad_()


def _vector() -> Tensor:
    return torch.randn(WIDTH, device="cuda", dtype=torch.bfloat16).requires_grad_()


def _logits_and_targets() -> tuple[Tensor, Tensor]:
    return _matrix(TOKENS, VOCABULARY), torch.randint(VOCABULARY, (TOKENS,), device="cuda")


def _builtin_gelu(x: Tensor) -> Tensor:
    return F.gelu(x, approximate="tanh")


def _builtin_softmax(x: Tensor) -> Tensor:
    return F.softmax(x, dim=-1)


def _builtin_rms_norm(x: Tensor, weight: Tensor) -> Tensor:
    return F.rms_norm(x, weight.shape, weight, 1e-5)


def _x() -> tuple[Tensor, ...]:
    return (_matrix(),)


def _x_x() -> tuple[Tensor, ...]:
    return _matrix(), _matrix()


def _x_weight() -> tuple[Tensor, ...]:
    return _matrix(), _vector()


KERNELS = (
    Kernel("gelu", naive_gelu, _builtin_gelu, gelu, _x, 2, 3),
    Kernel("swiglu", naive_swiglu, None, swiglu, _x_x, 3, 5),
    Kernel("softmax", naive_softmax, _builtin_softmax, softmax, _x, 2, 3),
    Kernel("rms_norm", naive_rms_norm, _builtin_rms_norm, rms_norm, _x_weight, 2, 3),
    Kernel(
        "cross_entropy", naive_cross_entropy, F.cross_entropy, cross_entropy, _logits_and_targets,
        1, 0,
    ),
    Kernel("weighted_sum", naive_weighted_sum, None, weighted_sum, _x_weight, 1, 2),
)  # fmt: skip


def _differentiable(inputs: tuple[Tensor, ...]) -> list[Tensor]:
    return [t for t in inputs if t.requires_grad]


def _forward_calls(function: Function, sets: list[tuple[Tensor, ...]]) -> list[Any]:
    def call(inputs: tuple[Tensor, ...]) -> None:
        with torch.no_grad():
            function(*inputs)

    return [lambda s=s: call(s) for s in sets]


def _backward_calls(function: Function, sets: list[tuple[Tensor, ...]]) -> list[Any]:
    """The backward pass alone, over graphs that are kept."""
    calls = []
    for inputs in sets:
        output = function(*inputs)
        grad = torch.randn_like(output)
        wanted = _differentiable(inputs)
        calls.append(
            lambda o=output, w=wanted, g=grad: torch.autograd.grad(o, w, g, retain_graph=True)
        )
    return calls


def _loss_and_gradient_calls(function: Function, sets: list[tuple[Tensor, ...]]) -> list[Any]:
    return [lambda s=s: torch.autograd.grad(function(*s), _differentiable(s)) for s in sets]


def error_against_float64(kernel: Kernel, inputs: tuple[Tensor, ...]) -> dict[str, float]:
    """Relative errors of the Triton kernel's output and first gradient, on 256 of the rows."""
    few = tuple(
        t.detach()[:256].clone().requires_grad_(t.requires_grad) if t.shape[0] > WIDTH else t
        for t in inputs
    )
    exact = tuple(t.detach().double().requires_grad_() if t.requires_grad else t for t in few)
    reference, output = _exact_function(kernel)(*exact), kernel.triton(*few)
    grad = torch.randn_like(output)
    d_exact = torch.autograd.grad(reference, exact[0], grad.double())[0]
    d_x = torch.autograd.grad(output, few[0], grad)[0]
    return {"output": relative_error(output, reference), "gradient": relative_error(d_x, d_exact)}


def _exact_function(kernel: Kernel) -> Function:
    """A version that stays in float64: the naive ones of this package compute in float32."""
    exact: dict[str, Function] = {
        "swiglu": lambda gate, up: F.silu(gate) * up,
        "weighted_sum": lambda x, weight: (x * weight).sum(-1),
    }
    return kernel.builtin or exact[kernel.name]


def _line(record: dict[str, Any]) -> str:
    return (
        f"{record['kernel']:14s} {record['pass']:18s} {record['variant']:9s}"
        f" {record['ms']:7.3f} ms {record['gbps']:6.0f} GB/s {record['share_of_copy']:5.0%}"
    )


def bench_kernel(kernel: Kernel, copy_gbps: float) -> list[dict[str, Any]]:
    """Records of every variant and pass, each a share of the copy's bandwidth."""
    sets = [kernel.inputs() for _ in range(ROTATION)]
    errors = error_against_float64(kernel, sets[0])
    x_bytes = sets[0][0].numel() * sets[0][0].element_size()
    compiled = torch.compile(kernel.naive, dynamic=False)
    variants = {
        "naive": kernel.naive,
        "builtin": kernel.builtin,
        "compiled": compiled,
        "triton": kernel.triton,
    }
    passes: dict[str, tuple[Any, float]] = {"forward": (_forward_calls, kernel.forward_moves)}
    if kernel.backward_moves:
        passes["backward"] = (_backward_calls, kernel.backward_moves)
    else:
        passes["loss_and_gradient"] = (_loss_and_gradient_calls, 2)
    records = []
    for direction, (calls, moves) in passes.items():
        for variant, function in variants.items():
            if function is None:
                continue
            milliseconds = median_rotating_ms(calls(function, sets))
            gbps = moves * x_bytes / milliseconds / 1e6
            records.append(
                {"kernel": kernel.name, "pass": direction, "variant": variant}
                | {"shape": list(sets[0][0].shape), "dtype": "bfloat16", "ms": milliseconds}
                | {"gbps": gbps, "copy_gbps": copy_gbps, "share_of_copy": gbps / copy_gbps}
                | ({f"error_{k}": e for k, e in errors.items()} if variant == "triton" else {})
            )
            print(_line(records[-1]), flush=True)
    print(f"{kernel.name:14s} errors", {k: f"{e:.1e}" for k, e in errors.items()})
    return records


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, default=Path("results/kernels.json"))
    parser.add_argument("--only", help="one kernel's name")
    args = parser.parse_args()
    names = [kernel.name for kernel in KERNELS]
    if args.only is not None and args.only not in names:
        parser.error(f"unknown kernel {args.only!r}; choose from {', '.join(names)}")
    require_cuda(parser)
    copy_gbps = copy_bandwidth()
    print(f"copy {copy_gbps:.0f} GB/s")
    records: list[dict[str, Any]] = []
    for kernel in KERNELS:
        if args.only in (None, kernel.name):
            records += bench_kernel(kernel, copy_gbps)
            torch.cuda.empty_cache()
    write_results(args.out, records)
    print(f"wrote {args.out}")


if __name__ == "__main__":
    main()
