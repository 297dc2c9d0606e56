"""RMSNorm forward and backward (https://arxiv.org/abs/1910.07467).

y = x * r * w with r = 1 / sqrt(mean(x^2) + eps). Backward, per row with g = dy * w:
dx = r * (g - x * r^2 * mean(g * x)), and dw = the sum over rows of dy * x * r. The programs of the
backward each keep a partial dw in registers over all their rows, so x and dy are read once.
"""

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
    own_tile,
    partial_sums,
    row_configs,
    row_tile,
    tile_at,
    tuned,
    walking_configs,
)

MAX_ROW = 1 << 14  # the backward holds x, dy and the partial dw of a row


def naive_rms_norm(x: Tensor, weight: Tensor, eps: float = 1e-5) -> Tensor:
    """One PyTorch operation at a time, float32 inside."""
    wide = x.float()
    scale = torch.rsqrt(wide.square().mean(-1, keepdim=True) + eps)
    return (wide * scale * weight.float()).to(x.dtype)


@triton.jit
def _rms_forward(
    x_ptr, w_ptr, y_ptr, rstd_ptr, num_rows, row, eps, BLOCK: tl.constexpr, ROWS: tl.constexpr
):
    rows, offsets, mask = own_tile(num_rows, row, BLOCK, ROWS)
    cols = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + offsets, mask=mask, other=0.0).to(tl.float32)
    weight = tl.load(w_ptr + cols, mask=cols < row, other=0.0).to(tl.float32)
    rstd = 1.0 / tl.sqrt(tl.sum(x * x, 1) / row + eps)
    y = x * rstd[:, None] * weight[None, :]
    tl.store(y_ptr + offsets, y.to(y_ptr.dtype.element_ty), mask=mask)
    tl.store(rstd_ptr + rows, rstd, mask=rows < num_rows)


@triton.jit
def _rms_backward(
    x_ptr, w_ptr, dy_ptr, rstd_ptr, dx_ptr, partial_ptr, num_rows, row,
    BLOCK: tl.constexpr, ROWS: tl.constexpr,
):  # fmt: skip
    """Walks over tiles of rows; the next tile is on its way while this one is worked on."""
    cols = tl.arange(0, BLOCK)
    weight = tl.load(w_ptr + cols, mask=cols < row, other=0.0).to(tl.float32)
    d_weight = tl.zeros([BLOCK], dtype=tl.float32)
    stride = tl.num_programs(0) * ROWS
    rows = tl.program_id(0).to(tl.int64) * ROWS + tl.arange(0, ROWS)
    offsets, mask = tile_at(rows, num_rows, row, BLOCK)
    next_x = tl.load(x_ptr + offsets, mask=mask, other=0.0)
    next_d_y = tl.load(dy_ptr + offsets, mask=mask, other=0.0)
    next_rstd = tl.load(rstd_ptr + rows, mask=rows < num_rows, other=0.0)
    for _ in range(tl.program_id(0) * ROWS, num_rows, stride):
        x, d_y, rstd = next_x.to(tl.float32), next_d_y.to(tl.float32), next_rstd
        here, inside = offsets, mask
        rows += stride
        offsets, mask = tile_at(rows, num_rows, row, BLOCK)
        next_x = tl.load(x_ptr + offsets, mask=mask, other=0.0)
        next_d_y = tl.load(dy_ptr + offsets, mask=mask, other=0.0)
        next_rstd = tl.load(rstd_ptr + rows, mask=rows < num_rows, other=0.0)
        normal = x * rstd[:, None]
        scaled = d_y * weight[None, :]
        mean = tl.sum(scaled * normal, 1) / row
        d_x = rstd[:, None] * (scaled - normal * mean[:, None])
        tl.store(dx_ptr + here, d_x.to(dx_ptr.dtype.element_ty), mask=inside)
        d_weight += tl.sum(d_y * normal, 0)
    tl.store(partial_ptr + tl.program_id(0) * row + cols, d_weight, mask=cols < row)


_forward = tuned(_rms_forward, row_configs(4, 2, 8, 16), key=["row"])
_backward = tuned(_rms_backward, walking_configs(), key=["row"])


class _RmsNorm(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, eps: float) -> Tensor:
        check_weight(weight, x)
        rows = as_rows("x", x, MAX_ROW)
        y = torch.empty_like(rows)
        rstd = torch.empty(rows.shape[0], dtype=torch.float32, device=x.device)
        tile = row_tile(rows.shape[1])
        grid = (triton.cdiv(rows.shape[0], tile["ROWS"]),)
        weight = weight.contiguous()
        _forward[grid](rows, weight, y, rstd, *rows.shape, eps, **tile)
        ctx.save_for_backward(rows, weight, rstd)
        return y.view(x.shape)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor, Tensor, None]:
        rows, weight, rstd = ctx.saved_tensors
        d_y = as_rows("grad", grad_outputs[0])
        d_x = torch.empty_like(rows)
        tile = row_tile(rows.shape[1])
        partial = partial_sums(rows, tile["ROWS"])
        _backward[(partial.shape[0],)](rows, weight, d_y, rstd, d_x, partial, *rows.shape, **tile)
        return d_x.view(grad_outputs[0].shape), partial.sum(0).to(weight.dtype), None


def rms_norm(x: Tensor, weight: Tensor, eps: float = 1e-5) -> Tensor:
    """x (..., d) scaled to unit root mean square and by weight (d,); d up to 16384.

    float32 inside, x's dtype out. Gradients of x and weight; the sum for the weight is taken in a
    fixed order, so it is the same on every run.
    """
    result: Tensor = _RmsNorm.apply(x, weight, eps)
    return result
