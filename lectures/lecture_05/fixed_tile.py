"""A matrix product whose tile never changes, in Triton: what a library's choice of tile hides."""

# mypy: disable-error-code="no-untyped-call, no-untyped-def, untyped-decorator"

from typing import Any

import triton
import triton.language as tl
from torch import Tensor

TILE, DEPTH = 128, 64  # of the output, both ways; of the inner dimension


@triton.jit
def product_kernel(a, b, c, n, TILE: tl.constexpr, DEPTH: tl.constexpr):
    """One TILE × TILE tile of C = A B, n a multiple of both; one tile a program, no masks."""
    rows = tl.program_id(0) * TILE + tl.arange(0, TILE)
    columns = tl.program_id(1) * TILE + tl.arange(0, TILE)
    total = tl.zeros((TILE, TILE), dtype=tl.float32)
    for start in range(0, n, DEPTH):
        inner = start + tl.arange(0, DEPTH)
        left = tl.load(a + rows[:, None] * n + inner[None, :])
        right = tl.load(b + inner[:, None] * n + columns[None, :])
        total = tl.dot(left, right, total)
    tl.store(c + rows[:, None] * n + columns[None, :], total.to(c.dtype.element_ty))


def fixed_tile_product(
    a: Tensor, b: Tensor, c: Tensor, tile: int = TILE, depth: int = DEPTH
) -> Any:
    """c = a @ b for contiguous n × n matrices, n a multiple of `tile`; returns Triton's kernel."""
    n = a.shape[0]
    if n % tile or n % depth:
        raise ValueError(f"fixed_tile_product: {n} is no multiple of {tile} and {depth}")
    return product_kernel[(n // tile, n // tile)](
        a, b, c, n, TILE=tile, DEPTH=depth, num_warps=8, num_stages=3
    )
