"""y = sum over the last dimension of x * weight: the smallest kernel with a full backward."""

# mypy: disable-error-code="no-untyped-def,no-untyped-call,untyped-decorator"
from __future__ import annotations

from typing import Any

import torch
import triton
import triton.language as tl
from torch import Tensor
from torch.autograd.function import once_differentiable

from cs336_systems.kernels.rows import (
    as_rows,
    check_weight,
    partial_sums,
    row_configs,
    row_tile,
    tile_at,
    tuned,
    walkers,
    walking_configs,
)

MAX_ROW = 1 << 14


def naive_weighted_sum(x: Tensor, weight: Tensor) -> Tensor:
    """One PyTorch operation at a time, float32 inside."""
    return (x.float() * weight.float()).sum(-1).to(x.dtype)


@triton.jit
def _sum_forward(x_ptr, w_ptr, y_ptr, num_rows, row, BLOCK: tl.constexpr, ROWS: tl.constexpr):
    """Walks over tiles of rows; the next tile is on its way while this one is worked on."""
    cols = tl.arange(0, BLOCK)
    weight = tl.load(w_ptr + cols, mask=cols < row, other=0.0).to(tl.float32)
    stride = tl.num_programs(0) * ROWS
    rows = tl.program_id(0).to(tl.int64) * ROWS + tl.arange(0, ROWS)
    offsets, mask = tile_at(rows, num_rows, row, BLOCK)
    next_x = tl.load(x_ptr + offsets, mask=mask, other=0.0)
    for _ in range(tl.program_id(0) * ROWS, num_rows, stride):
        x, here = next_x.to(tl.float32), rows
        rows += stride
        offsets, mask = tile_at(rows, num_rows, row, BLOCK)
        next_x = tl.load(x_ptr + offsets, mask=mask, other=0.0)
        y = tl.sum(x * weight[None, :], 1)
        tl.store(y_ptr + here, y.to(y_ptr.dtype.element_ty), mask=here < num_rows)


@triton.jit
def _sum_backward(
    x_ptr, w_ptr, dy_ptr, dx_ptr, partial_ptr, num_rows, row,
    BLOCK: tl.constexpr, ROWS: tl.constexpr,
):  # fmt: skip
    """dx = dy * weight; each program keeps its part of dweight = sum of dy * x."""
    cols = tl.arange(0, BLOCK)
    weight = tl.load(w_ptr + cols, mask=cols < row, other=0.0).to(tl.float32)
    d_weight = tl.zeros([BLOCK], dtype=tl.float32)
    stride = tl.num_programs(0) * ROWS
    rows = tl.program_id(0).to(tl.int64) * ROWS + tl.arange(0, ROWS)
    offsets, mask = tile_at(rows, num_rows, row, BLOCK)
    next_x = tl.load(x_ptr + offsets, mask=mask, other=0.0)
    next_d_y = tl.load(dy_ptr + rows, mask=rows < num_rows, other=0.0)
    for _ in range(tl.program_id(0) * ROWS, num_rows, stride):
        x, d_y = next_x.to(tl.float32), next_d_y.to(tl.float32)
        here, inside = offsets, mask
        rows += stride
        offsets, mask = tile_at(rows, num_rows, row, BLOCK)
        next_x = tl.load(x_ptr + offsets, mask=mask, other=0.0)
        next_d_y = tl.load(dy_ptr + rows, mask=rows < num_rows, other=0.0)
        d_x = d_y[:, None] * weight[None, :]
        tl.store(dx_ptr + here, d_x.to(dx_ptr.dtype.element_ty), mask=inside)
        d_weight += tl.sum(x * d_y[:, None], 0)
    tl.store(partial_ptr + tl.program_id(0) * row + cols, d_weight, mask=cols < row)


_forward = tuned(_sum_forward, row_configs(8, 4, 16), key=["row"])
_backward = tuned(_sum_backward, walking_configs(), key=["row"])
FORWARD_ELEMENTS = 8192  # of a tile: nothing but x is read, so more of it must be on its way


class _WeightedSum(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor) -> Tensor:
        check_weight(weight, x)
        rows, weight = as_rows("x", x, MAX_ROW), weight.contiguous()
        y = torch.empty(rows.shape[0], dtype=x.dtype, device=x.device)
        tile = row_tile(rows.shape[1], FORWARD_ELEMENTS)
        grid = (walkers(rows, tile["ROWS"]),)
        _forward[grid](rows, weight, y, *rows.shape, **tile)
        ctx.save_for_backward(rows, weight)
        ctx.shape = x.shape
        return y.view(x.shape[:-1])

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor, Tensor]:
        rows, weight = ctx.saved_tensors
        d_y = grad_outputs[0].contiguous().view(-1)
        d_x = torch.empty_like(rows)
        tile = row_tile(rows.shape[1])
        partial = partial_sums(rows, tile["ROWS"])
        _backward[(partial.shape[0],)](rows, weight, d_y, d_x, partial, *rows.shape, **tile)
        return d_x.view(ctx.shape), partial.sum(0).to(weight.dtype)


def weighted_sum(x: Tensor, weight: Tensor) -> Tensor:
    """(..., d), (d,) -> (...): the weighted sum of every row; d up to 16384, float32 inside."""
    result: Tensor = _WeightedSum.apply(x, weight)
    return result
