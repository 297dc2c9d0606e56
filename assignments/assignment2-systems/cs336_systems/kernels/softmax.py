"""Softmax of every row, forward and backward: each element read once and written once."""

# mypy: disable-error-code="no-untyped-def,no-untyped-call,untyped-decorator"
from __future__ import annotations

from typing import Any

import torch
import triton
import triton.language as tl
from torch import Tensor
from torch.autograd.function import once_differentiable

from cs336_systems.kernels.rows import as_rows, own_tile, row_configs, row_tile, tuned


def naive_softmax(x: Tensor) -> Tensor:
    """Softmax over the last dimension, one PyTorch operation at a time."""
    exponentials = torch.exp(x.float() - x.float().amax(-1, keepdim=True))
    return (exponentials / exponentials.sum(-1, keepdim=True)).to(x.dtype)


@triton.jit
def _softmax_forward(x_ptr, y_ptr, num_rows, row, BLOCK: tl.constexpr, ROWS: tl.constexpr):
    _, offsets, mask = own_tile(num_rows, row, BLOCK, ROWS)
    x = tl.load(x_ptr + offsets, mask=mask, other=float("-inf")).to(tl.float32)
    # Base 2 and one division a row: the exact division of every element would cost more than
    # the memory does.
    x *= 1.4426950408889634
    exponentials = tl.math.exp2(x - tl.max(x, 1)[:, None])
    y = exponentials * (1.0 / tl.sum(exponentials, 1))[:, None]
    tl.store(y_ptr + offsets, y.to(y_ptr.dtype.element_ty), mask=mask)


@triton.jit
def _softmax_backward(
    y_ptr, dy_ptr, dx_ptr, num_rows, row, BLOCK: tl.constexpr, ROWS: tl.constexpr
):
    _, offsets, mask = own_tile(num_rows, row, BLOCK, ROWS)
    y = tl.load(y_ptr + offsets, mask=mask, other=0.0).to(tl.float32)
    d_y = tl.load(dy_ptr + offsets, mask=mask, other=0.0).to(tl.float32)
    d_x = y * (d_y - tl.sum(y * d_y, 1)[:, None])
    tl.store(dx_ptr + offsets, d_x.to(dx_ptr.dtype.element_ty), mask=mask)


_forward = tuned(_softmax_forward, row_configs(4, 2, 8, 16), key=["row"])
_backward = tuned(_softmax_backward, row_configs(4, 2, 8, 16), key=["row"])


class _Softmax(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        rows = as_rows("x", x)
        y = torch.empty_like(rows)
        tile = row_tile(rows.shape[1])
        _forward[(triton.cdiv(rows.shape[0], tile["ROWS"]),)](rows, y, *rows.shape, **tile)
        ctx.save_for_backward(y)
        return y.view(x.shape)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grad_outputs: Tensor) -> Tensor:
        (y,) = ctx.saved_tensors
        d_y = as_rows("grad", grad_outputs[0])
        d_x = torch.empty_like(y)
        tile = row_tile(y.shape[1])
        _backward[(triton.cdiv(y.shape[0], tile["ROWS"]),)](y, d_y, d_x, *y.shape, **tile)
        return d_x.view(grad_outputs[0].shape)


def softmax(x: Tensor) -> Tensor:
    """Softmax over the last dimension of (..., d), d up to 65536; float32 inside, x's dtype out.

    A row with a NaN, or of nothing but -inf, comes out as NaN, as in PyTorch.
    """
    result: Tensor = _Softmax.apply(x)
    return result
