"""Cross-entropy whose gradient is written in the same pass that computes the loss.

The gradient of the mean loss is (softmax(logits) - onehot) / rows. A program walks over its row
twice, for the log-sum-exp and for the gradient; the rows in work together fit in the L2 cache, so
memory sees the logits read once and the gradient written once. The backward pass only multiplies
the gradient by the incoming scalar, in place, and where that is 1 (the loss itself is what one
differentiates) it reads the scalar and stops.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call,untyped-decorator"
from __future__ import annotations

from typing import Any

import torch
import triton
import triton.language as tl
from torch import Tensor
from torch.autograd.function import once_differentiable

from cs336_systems.kernels.rows import KernelInputError, as_rows, tuned

# BLOCK: elements of a row in registers at a time
_CONFIGS = [
    triton.Config({"BLOCK": block}, num_warps=warps)
    for block, warps in ((4096, 4), (8192, 8), (4096, 8), (8192, 16), (16384, 16), (32768, 16))
]


def naive_cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """Mean of logsumexp(row) - row[target], one PyTorch operation at a time."""
    wide = logits.float()
    peak = wide.amax(-1, keepdim=True)
    logsumexp = peak.squeeze(-1) + torch.log(torch.exp(wide - peak).sum(-1))
    chosen = wide.gather(-1, targets.unsqueeze(-1)).squeeze(-1)
    return (logsumexp - chosen).mean()


@triton.jit
def _loss_and_gradient(
    logits_ptr, targets_ptr, loss_ptr, grad_ptr, row, inverse_rows,
    WRITE_GRADIENT: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """One program per row. The second walk over the row finds it in the cache."""
    index = tl.program_id(0).to(tl.int64)
    logits_ptr += index * row
    grad_ptr += index * row
    target = tl.load(targets_ptr + index)
    cols = tl.arange(0, BLOCK)
    peak = tl.full([], float("-inf"), dtype=tl.float32)
    sums = tl.zeros([BLOCK], dtype=tl.float32)
    for first in range(0, row, BLOCK):
        here = first + cols
        logits = tl.load(logits_ptr + here, mask=here < row, other=float("-inf")).to(tl.float32)
        new_peak = tl.maximum(peak, tl.max(logits, 0))
        # Logits of -inf so far must not compute inf - inf.
        shift = tl.where(new_peak == float("-inf"), 0.0, new_peak)
        sums = sums * tl.exp(peak - shift) + tl.exp(logits - shift)
        peak = new_peak
    total = tl.sum(sums, 0)
    if WRITE_GRADIENT:
        factor = inverse_rows / total
        for first in range(0, row, BLOCK):
            here = first + cols
            logits = tl.load(logits_ptr + here, mask=here < row, other=0.0).to(tl.float32)
            grad = tl.exp(logits - peak) * factor
            grad -= tl.where(here == target, inverse_rows, 0.0)
            tl.store(grad_ptr + here, grad.to(grad_ptr.dtype.element_ty), mask=here < row)
    # A target outside the row makes the loss NaN rather than another row's logit.
    inside = (target >= 0) & (target < row)
    chosen = tl.load(logits_ptr + target, mask=inside, other=float("nan")).to(tl.float32)
    tl.store(loss_ptr + index, tl.log(total) + peak - chosen)


_tuned_loss_and_gradient = tuned(_loss_and_gradient, _CONFIGS, key=["row", "WRITE_GRADIENT"])


@triton.jit
def _scale_in_place(grad_ptr, scalar_ptr, count, BLOCK: tl.constexpr):
    scalar = tl.load(scalar_ptr).to(tl.float32)
    if scalar != 1.0:
        offsets = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
        mask = offsets < count
        grad = tl.load(grad_ptr + offsets, mask=mask, other=0.0).to(tl.float32)
        tl.store(grad_ptr + offsets, (grad * scalar).to(grad_ptr.dtype.element_ty), mask=mask)


def loss_and_gradient(
    logits: Tensor, targets: Tensor, wants_gradient: bool = True
) -> tuple[Tensor, Tensor | None]:
    """Mean loss (float32 scalar) and its gradient like logits, from one pass over the logits."""
    rows = as_rows("logits", logits, max_row=1 << 62)
    grad = torch.empty_like(rows) if wants_gradient else rows
    losses = torch.empty(rows.shape[0], dtype=torch.float32, device=rows.device)
    _tuned_loss_and_gradient[(rows.shape[0],)](
        rows, targets.contiguous().view(-1), losses, grad, rows.shape[1], 1.0 / rows.shape[0],
        WRITE_GRADIENT=wants_gradient,
    )  # fmt: skip
    return losses.mean(), grad.view(logits.shape) if wants_gradient else None


class _CrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, logits: Tensor, targets: Tensor) -> Tensor:
        loss, ctx.gradient = loss_and_gradient(logits, targets, ctx.needs_input_grad[0])
        return loss

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor, None]:
        gradient, ctx.gradient = ctx.gradient, None
        if gradient is None:
            raise RuntimeError(
                "cross_entropy: its one gradient was handed out by the first backward"
            )
        count = gradient.numel()
        block = 4096
        _scale_in_place[(triton.cdiv(count, block),)](
            gradient, grad_outputs[0].contiguous(), count, BLOCK=block
        )
        return gradient, None


def cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """Mean cross-entropy, a float32 scalar, of logits (..., V) and int64 targets (...).

    Stable for logits of any size. A target outside 0..V-1 raises `KernelInputError` in the
    interpreter and makes the loss NaN on a GPU. The gradient buffer is written once, by the forward
    pass, so one loss can be differentiated once.
    """
    if targets.shape != logits.shape[:-1] or targets.dtype != torch.int64:
        raise KernelInputError(
            f"targets: shape {tuple(targets.shape)} and {targets.dtype}; expected"
            f" {tuple(logits.shape[:-1])} and torch.int64"
        )
    if targets.device != logits.device:
        raise KernelInputError(f"targets: on {targets.device}, but logits are on {logits.device}")
    # On a GPU this look would make the host wait; there the kernel answers with NaN.
    if not targets.is_cuda and not ((targets >= 0) & (targets < logits.shape[-1])).all():
        raise KernelInputError(f"targets: an entry lies outside 0..{logits.shape[-1] - 1}")
    result: Tensor = _CrossEntropy.apply(logits, targets)
    return result
