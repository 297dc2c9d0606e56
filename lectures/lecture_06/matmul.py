"""Matrix product by tiles in Triton: grouped launch order, and ReLU fused into its end.

Import this module through `lectures.lecture_06.kernels`, which first decides whether kernels are
compiled or interpreted.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call,untyped-decorator"
from typing import Any

import torch
import triton
import triton.language as tl


def launch_order(rows: int, columns: int, group: int) -> list[tuple[int, int]]:
    """Output tile (row, column) of every program, in the order of launch.

    Programs walk down `group` rows of tiles before they go one column to the right; group=1 is
    row-major order. The last group is shorter where `group` does not divide `rows`.
    """
    order = []
    for program in range(rows * columns):
        first = program // (group * columns) * group
        height = min(rows - first, group)
        within = program % (group * columns)
        order.append((first + within % height, within // height))
    return order


@triton.jit
def matmul_kernel(
    a_ptr, b_ptr, c_ptr, M, N, K, stride_am, stride_bk, stride_cm,
    TILE_M: tl.constexpr, TILE_N: tl.constexpr, TILE_K: tl.constexpr,
    GROUP: tl.constexpr, RELU: tl.constexpr,
):  # fmt: skip
    """One program computes one tile of C; launched over cdiv(M, TILE_M) * cdiv(N, TILE_N)."""
    tiles_n = tl.cdiv(N, TILE_N)
    program = tl.program_id(0)
    first = program // (GROUP * tiles_n) * GROUP
    height = tl.minimum(tl.cdiv(M, TILE_M) - first, GROUP)
    within = program % (GROUP * tiles_n)
    rows = (first + within % height) * TILE_M + tl.arange(0, TILE_M)
    columns = (within // height) * TILE_N + tl.arange(0, TILE_N)
    inner = tl.arange(0, TILE_K)
    a_ptrs = a_ptr + rows[:, None] * stride_am + inner[None, :]
    b_ptrs = b_ptr + inner[:, None] * stride_bk + columns[None, :]
    total = tl.zeros((TILE_M, TILE_N), dtype=tl.float32)
    for start in range(0, K, TILE_K):
        left = K - start
        a = tl.load(a_ptrs, mask=(rows[:, None] < M) & (inner[None, :] < left), other=0.0)
        b = tl.load(b_ptrs, mask=(inner[:, None] < left) & (columns[None, :] < N), other=0.0)
        total = tl.dot(a, b, total, input_precision="ieee")
        a_ptrs += TILE_K
        b_ptrs += TILE_K * stride_bk
    if RELU:
        total = tl.maximum(total, 0.0)
    c_ptrs = c_ptr + rows[:, None] * stride_cm + columns[None, :]
    tl.store(
        c_ptrs,
        total.to(c_ptr.dtype.element_ty),
        mask=(rows[:, None] < M) & (columns[None, :] < N),
    )


def launch_options(tile: int, group: int, relu: bool = False) -> dict[str, Any]:
    """What the kernel is compiled for: tiles, order and epilogue, warps and pipeline stages."""
    tiles = {"TILE_M": tile, "TILE_N": tile, "TILE_K": min(tile, 64)}
    warps = 8 if tile >= 128 else 4
    return {**tiles, "GROUP": group, "RELU": relu, "num_warps": warps, "num_stages": 3}


def matmul(
    a: torch.Tensor, b: torch.Tensor, *, group: int = 8, relu: bool = False, tile: int = 128
) -> torch.Tensor:
    """a (M, K) @ b (K, N) -> (M, N) in a's dtype, sums in float32; with `relu`, its ReLU.

    Raises ValueError for shapes that do not fit or rows that are not contiguous.
    """
    if a.dim() != 2 or b.dim() != 2 or a.shape[1] != b.shape[0]:
        raise ValueError(f"matmul: shapes {tuple(a.shape)} and {tuple(b.shape)} do not fit")
    if a.stride(1) != 1 or b.stride(1) != 1:
        raise ValueError("matmul: rows must be contiguous; call .contiguous() first")
    (M, K), N = a.shape, b.shape[1]
    c = torch.empty(M, N, device=a.device, dtype=a.dtype)
    grid = (triton.cdiv(M, tile) * triton.cdiv(N, tile),)
    matmul_kernel[grid](
        a, b, c, M, N, K, a.stride(0), b.stride(0), c.stride(0),
        **launch_options(tile, group, relu),
    )  # fmt: skip
    return c
