"""What lecture 6 times on a GPU: for each variant, a function that makes inputs and gives the work.

Nothing here touches a GPU before a variant is made.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from lectures.lecture_06.cuda_gelu import cuda_gelu
from lectures.lecture_06.kernels import (
    gelu,
    matmul,
    naive_gelu,
    naive_softmax,
    row_sum,
    softmax,
)
from lectures.lecture_06.networks import MLP_BASE, training_steps

Variants = dict[str, Callable[[], Callable[[], object]]]


@dataclass(frozen=True)
class GpuTable:
    """A table of the lecture that a GPU has to fill.

    `clock` is "events" (the GPU's own) or "host" (`perf_counter` around the call). Where the host
    is what is slow, `calm` repeats more often: its times scatter.
    """

    name: str
    variants: Variants
    clock: str = "events"
    flops: float | None = None
    bytes: float | None = None
    calm: bool = False


def _on(function: Callable[[Tensor], Tensor], rows: int) -> Callable[[], Callable[[], object]]:
    def make() -> Callable[[], object]:
        x = torch.randn(rows, rows, device="cuda")
        return lambda: function(x)

    return make


def _on_compiled(
    function: Callable[[Tensor], Tensor], rows: int
) -> Callable[[], Callable[[], object]]:
    """The import of the compiler alone takes seconds, so it waits until it is needed."""

    def make() -> Callable[[], object]:
        return _on(torch.compile(function), rows)()

    return make


def gelu_variants(rows: int) -> Variants:
    """GeLU of rows × rows float32, five ways."""
    return {
        "naive": _on(naive_gelu, rows),
        "built-in": _on(lambda x: F.gelu(x, approximate="tanh"), rows),
        "compiled": _on_compiled(naive_gelu, rows),
        "CUDA": _on(cuda_gelu, rows),
        "Triton": _on(gelu, rows),
    }


def softmax_variants(rows: int) -> Variants:
    """Softmax of rows × rows float32, four ways."""
    return {
        "naive": _on(naive_softmax, rows),
        "built-in": _on(lambda x: F.softmax(x, dim=-1), rows),
        "compiled": _on_compiled(naive_softmax, rows),
        "Triton": _on(softmax, rows),
    }


def _product(
    function: Callable[[Tensor, Tensor], Tensor], n: int, dtype: torch.dtype
) -> Callable[[], Callable[[], object]]:
    def make() -> Callable[[], object]:
        a, b = (torch.randn(n, n, device="cuda", dtype=dtype) for _ in range(2))
        return lambda: function(a, b)

    return make


def library_products(sizes: list[int]) -> Variants:
    """Square products in float32 by the library, one a size."""
    return {f"n = {n}": _product(torch.matmul, n, torch.float32) for n in sizes}


def product_variants(n: int) -> Variants:
    """Square product in bfloat16: the library, and ours in row-major and in grouped order."""
    return {
        "library": _product(torch.matmul, n, torch.bfloat16),
        "Triton, row-major": _product(lambda a, b: matmul(a, b, group=1), n, torch.bfloat16),
        "Triton, groups of 8": _product(lambda a, b: matmul(a, b, group=8), n, torch.bfloat16),
    }


def clock_variants(n: int) -> Variants:
    """The same product for the clock of the host: launched only, and waited for."""

    def waited() -> Callable[[], object]:
        work = _product(torch.matmul, n, torch.float32)()

        def work_and_wait() -> None:
            work()
            torch.cuda.synchronize()

        return work_and_wait

    return {"not waiting": _product(torch.matmul, n, torch.float32), "waiting": waited}


def relu_variants(n: int) -> Variants:
    """Product in bfloat16 and ReLU of it: the library in two kernels, ours in one and in two."""
    return {
        "library, then ReLU": _product(lambda a, b: torch.relu(a @ b), n, torch.bfloat16),
        "Triton, then ReLU": _product(lambda a, b: torch.relu(matmul(a, b)), n, torch.bfloat16),
        "Triton, ReLU inside": _product(lambda a, b: matmul(a, b, relu=True), n, torch.bfloat16),
    }


def row_sum_variants(rows: int) -> Variants:
    """Sums of the rows of rows × rows float32: built in, and by our walk over tiles."""
    return {"built-in": _on(lambda x: x.sum(-1), rows), "Triton": _on(row_sum, rows)}


def mlp_variants() -> Variants:
    """Forward and backward of the MLP on the GPU: the base, and one quantity times 4."""
    base = {"base": _training(**MLP_BASE)}
    scaled = {
        f"{name} × 4": _training(**(MLP_BASE | {name: 4 * size})) for name, size in MLP_BASE.items()
    }
    return base | scaled


def _training(dim: int, layers: int, batch: int, steps: int) -> Callable[[], Callable[[], object]]:
    return lambda: training_steps(dim, layers, batch, steps, device="cuda")


SQUARE = 16384
PRODUCT = 8192
TABLES = {
    table.name: table
    for table in (
        GpuTable(f"GeLU of {SQUARE} × {SQUARE} float32", gelu_variants(SQUARE),
                 bytes=2 * 4 * SQUARE**2),
        GpuTable(f"Softmax of {SQUARE} × {SQUARE} float32", softmax_variants(SQUARE),
                 bytes=2 * 4 * SQUARE**2),
        GpuTable(f"Row sums of {SQUARE} × {SQUARE} float32", row_sum_variants(SQUARE),
                 bytes=4 * SQUARE**2),
        GpuTable("Square product, float32, GPU", library_products([1024, 4096, 16384])),
        GpuTable(f"Product of {PRODUCT} × {PRODUCT} bfloat16", product_variants(PRODUCT),
                 flops=2 * PRODUCT**3),
        GpuTable(f"Product and ReLU of {PRODUCT} × {PRODUCT} bfloat16", relu_variants(PRODUCT),
                 flops=2 * PRODUCT**3),
        GpuTable("Product of 4096 × 4096 float32, clock of the host", clock_variants(4096),
                 clock="host", calm=True),
        GpuTable("Product of 4096 × 4096 float32, events of the GPU",
                 {"events": _product(torch.matmul, 4096, torch.float32)}),
        GpuTable("MLP, forward and backward, GPU", mlp_variants(), calm=True),
    )
}  # fmt: skip
