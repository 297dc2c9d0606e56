"""The backward of a residual branch's RMSNorm in one pass: both input gradients and the weight's.

In x + f(norm(x)) the gradient of x has two parts, one around f and one through the norm. Here both
are added while x is on the chip anyway, and the same pass sums the weight's gradient, for which
torch.compile makes a second kernel that reads x and dy again (rows and columns are two reduction
orders). With r = 1 / sqrt(mean(x^2) + eps) and g = dy * w, per row:
dx = d_residual + r * (g - x * r^2 * mean(g * x)), and dw = the sum over rows of dy * x * r.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call,untyped-decorator"
from __future__ import annotations

from typing import Any

import torch
import triton
import triton.language as tl
from torch import Tensor

from cs336_systems.kernels.rows import KernelInputError, as_rows, check_same, tile_at, tuned

MAX_ROW = 1 << 12
PROGRAMS_PER_MULTIPROCESSOR = 4


@triton.jit
def _norm_backward_kernel(
    x_ptr, w_ptr, rstd_ptr, dy_ptr, d_residual_ptr, dx_ptr, partial_ptr, num_rows, row,
    BLOCK: tl.constexpr, ROWS: tl.constexpr,
):  # fmt: skip
    """Programs walk over tiles of ROWS rows; each keeps its part of dw in registers."""
    cols = tl.arange(0, BLOCK)
    weight = tl.load(w_ptr + cols, mask=cols < row, other=0.0).to(tl.float32)
    d_weight = tl.zeros([ROWS, BLOCK], dtype=tl.float32)
    stride = tl.num_programs(0) * ROWS
    for first in range(tl.program_id(0) * ROWS, num_rows, stride):
        rows = first + tl.arange(0, ROWS).to(tl.int64)
        offsets, mask = tile_at(rows, num_rows, row, BLOCK)
        x = tl.load(x_ptr + offsets, mask=mask, other=0.0).to(tl.float32)
        d_y = tl.load(dy_ptr + offsets, mask=mask, other=0.0).to(tl.float32)
        d_residual = tl.load(d_residual_ptr + offsets, mask=mask, other=0.0).to(tl.float32)
        rstd = tl.load(rstd_ptr + rows, mask=rows < num_rows, other=0.0)
        normal = x * rstd[:, None]
        scaled = d_y * weight[None, :]
        mean = tl.sum(scaled * normal, 1) / row
        d_x = d_residual + rstd[:, None] * (scaled - normal * mean[:, None])
        tl.store(dx_ptr + offsets, d_x.to(dx_ptr.dtype.element_ty), mask=mask)
        d_weight += d_y * normal
    partial = tl.sum(d_weight, 0)
    tl.store(partial_ptr + tl.program_id(0) * row + cols, partial, mask=cols < row)


_kernel = tuned(
    _norm_backward_kernel,
    [triton.Config({"ROWS": r}, num_warps=w) for r, w in ((4, 4), (8, 4), (8, 8), (2, 2))],
    key=["row"],
)


@torch.library.custom_op(
    "cs336_systems::residual_norm_backward",
    mutates_args=(),
    schema="(Tensor x, Tensor weight, Tensor rstd, Tensor d_y, Tensor d_residual) "
    "-> (Tensor, Tensor)",
)
def residual_norm_backward(
    x: Tensor, weight: Tensor, rstd: Tensor, d_y: Tensor, d_residual: Tensor
) -> tuple[Tensor, Tensor]:
    """x, d_y, d_residual (..., d), weight (d,), rstd (..., 1) float32 -> dx, parts of dw (n, d).

    The parts are float32; their sum over the first dimension is dw, left to the caller, whose
    compiler may fuse it. d is at most 4096.
    """
    check_same("d_y", d_y, "x", x)
    check_same("d_residual", d_residual, "x", x)
    if weight.shape != x.shape[-1:] or rstd.shape != (*x.shape[:-1], 1):
        raise KernelInputError(
            f"weight, rstd: shapes {tuple(weight.shape)} and {tuple(rstd.shape)} do not fit x's"
            f" {tuple(x.shape)}"
        )
    rows = as_rows("x", x, MAX_ROW)
    d_x, partial = _outputs_like(x)
    _kernel[(partial.shape[0],)](
        rows, weight.contiguous(), rstd.contiguous(), d_y.contiguous(), d_residual.contiguous(),
        d_x, partial, *rows.shape, BLOCK=triton.next_power_of_2(rows.shape[1]),
    )  # fmt: skip
    return d_x, partial


def _outputs_like(x: Tensor) -> tuple[Tensor, Tensor]:
    programs = 2
    if x.is_cuda:
        properties = torch.cuda.get_device_properties(x.device)
        programs = PROGRAMS_PER_MULTIPROCESSOR * properties.multi_processor_count
    return x.new_empty(x.shape), x.new_empty((programs, x.shape[-1]), dtype=torch.float32)


@residual_norm_backward.register_fake
def _(
    x: Tensor, weight: Tensor, rstd: Tensor, d_y: Tensor, d_residual: Tensor
) -> tuple[Tensor, Tensor]:
    return _outputs_like(x)


class _ResidualRmsNorm(torch.autograd.Function):
    """Forward in PyTorch's operations, which torch.compile fuses with the addition before it."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, eps: float) -> tuple[Tensor, Tensor]:
        wide = x.float()
        rstd = torch.rsqrt(wide.pow(2).mean(dim=-1, keepdim=True) + eps)
        ctx.save_for_backward(x, weight, rstd)
        y = wide * rstd * weight
        # Under torch.compile in PyTorch 2.11 a cast to the dtype that y has loses y's gradient.
        return x.view_as(x), y if y.dtype == x.dtype else y.to(x.dtype)

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor, Tensor, None]:
        x, weight, rstd = ctx.saved_tensors
        d_residual, d_y = grad_outputs
        d_x, parts = residual_norm_backward(x, weight, rstd, d_y, d_residual)
        return d_x, parts.sum(0).to(weight.dtype), None


def residual_rms_norm(x: Tensor, weight: Tensor, eps: float = 1e-5) -> tuple[Tensor, Tensor]:
    """(x, rms_norm(x)) for a residual branch x + f(rms_norm(x)); x (..., d), d at most 4096.

    The first output is x itself: what is differentiated must use it in place of x, so that the two
    gradients meet in this function's backward.
    """
    result: tuple[Tensor, Tensor] = _ResidualRmsNorm.apply(x, weight, eps)
    return result
