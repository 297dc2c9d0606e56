"""Sum of every row by a walk over tiles: rows may be longer than what a program can hold.

Import this module through `lectures.lecture_06.kernels`, which first decides whether kernels are
compiled or interpreted.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call,untyped-decorator"
import torch
import triton
import triton.language as tl


@triton.jit
def row_sum_kernel(x_ptr, sums_ptr, columns, BLOCK: tl.constexpr):
    """One program sums one row: a running sum per lane, and one reduction at the end."""
    row = tl.program_id(0).to(tl.int64)
    lanes = tl.zeros((BLOCK,), dtype=tl.float32)
    for start in range(0, columns, BLOCK):
        offsets = start + tl.arange(0, BLOCK)
        tile = tl.load(x_ptr + row * columns + offsets, mask=offsets < columns, other=0.0)
        lanes += tile.to(tl.float32)
    tl.store(sums_ptr + row, tl.sum(lanes, 0))


def row_sum(x: torch.Tensor, block: int = 1024) -> torch.Tensor:
    """Sums of the rows of a contiguous (rows, columns) matrix in float32; `block` a power of two.

    Raises ValueError for another matrix or block.
    """
    if x.dim() != 2 or not x.is_contiguous():
        raise ValueError(f"row_sum: needs a contiguous matrix, not shape {tuple(x.shape)}")
    if block < 1 or block & (block - 1):
        raise ValueError(f"row_sum: block {block} is no power of two")
    sums = torch.empty(len(x), device=x.device, dtype=torch.float32)
    row_sum_kernel[(len(x),)](x, sums, x.shape[1], BLOCK=block, num_warps=8)
    return sums
