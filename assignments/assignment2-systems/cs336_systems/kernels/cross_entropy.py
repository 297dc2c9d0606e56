"""Cross-entropy whose gradient is written in the same pass that computes the loss.

The gradient of the mean loss is (softmax(logits) - onehot) / rows. A program walks over its row
twice, for the log-sum-exp and for the gradient; the rows in work together fit in the L2 cache, so
memory sees the logits read once and the gradient written once. On the first walk every lane keeps a
peak and a sum of its own (online softmax, https://arxiv.org/abs/1805.02867): lanes meet once, at
the end of the row, so no load waits for other threads. The backward pass only multiplies
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

# A piece of a row is DEPTH x LANES elements. With 256 lanes a warp (8 elements of 16 bits a thread,
# one load) all DEPTH of them lie in one thread, which reduces them without asking others.
_CONFIGS = [
    triton.Config({"DEPTH": depth, "LANES": 256 * warps}, num_warps=warps)
    for depth, warps in ((4, 4), (4, 8), (8, 4), (2, 8), (2, 16), (4, 16))
]

_SCALING_PROGRAMS = 1024  # about eight per multiprocessor of a large GPU


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
    WRITE_GRADIENT: tl.constexpr, DEPTH: tl.constexpr, LANES: tl.constexpr,
):  # fmt: skip
    """One program per row. Logits are taken in base 2; the second walk finds them in the cache."""
    log2_e: tl.constexpr = 1.4426950408889634
    index = tl.program_id(0).to(tl.int64)
    logits_ptr += index * row
    grad_ptr += index * row
    target = tl.load(targets_ptr + index)
    # A target outside the row makes the loss NaN rather than another row's logit.
    inside = (target >= 0) & (target < row)
    chosen = tl.load(logits_ptr + target, mask=inside, other=float("nan")).to(tl.float32)
    piece = tl.arange(0, DEPTH)[:, None] * LANES + tl.arange(0, LANES)[None, :]
    peak = tl.full([LANES], float("-inf"), dtype=tl.float32)
    total = tl.zeros([LANES], dtype=tl.float32)
    for first in range(0, row, DEPTH * LANES):
        here = first + piece
        logits = tl.load(
            logits_ptr + here, mask=here < row, other=float("-inf"), eviction_policy="evict_last"
        )
        logits = logits.to(tl.float32) * log2_e
        new_peak = tl.maximum(peak, tl.max(logits, 0))
        # A lane that has seen nothing but -inf must not compute inf - inf.
        shift = tl.where(new_peak == float("-inf"), 0.0, new_peak)
        exponentials = tl.math.exp2(logits - shift[None, :])
        total = total * tl.math.exp2(peak - shift) + tl.sum(exponentials, 0)
        peak = new_peak
    row_peak = tl.max(peak, 0)
    shift = tl.where(row_peak == float("-inf"), 0.0, row_peak)
    row_total = tl.sum(total * tl.math.exp2(peak - shift), 0)
    if WRITE_GRADIENT:
        factor = inverse_rows / row_total
        for first in range(0, row, DEPTH * LANES):
            here = first + piece
            mask = here < row
            logits = tl.load(logits_ptr + here, mask=mask, other=0.0, eviction_policy="evict_first")
            grad = tl.math.exp2(logits.to(tl.float32) * log2_e - row_peak) * factor
            grad -= tl.where(here == target, inverse_rows, 0.0)
            grad = grad.to(grad_ptr.dtype.element_ty)
            tl.store(grad_ptr + here, grad, mask=mask, eviction_policy="evict_first")
    tl.store(loss_ptr + index, (tl.math.log2(row_total) + row_peak) / log2_e - chosen)


_tuned_loss_and_gradient = tuned(_loss_and_gradient, _CONFIGS, key=["row", "WRITE_GRADIENT"])


@triton.jit
def _scale_in_place(grad_ptr, scalar_ptr, count, BLOCK: tl.constexpr):
    """Few programs with many blocks each: mostly they only look at the scalar and stop."""
    scalar = tl.load(scalar_ptr).to(tl.float32)
    if scalar != 1.0:
        stride = tl.num_programs(0).to(tl.int64) * BLOCK
        for first in range(tl.program_id(0).to(tl.int64) * BLOCK, count, stride):
            offsets = first + tl.arange(0, BLOCK)
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
    def forward(ctx: Any, logits: Tensor, targets: Tensor, wants_gradient: bool) -> Tensor:
        loss, ctx.gradient = loss_and_gradient(logits, targets, wants_gradient)
        return loss

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor, None, None]:
        gradient, ctx.gradient = ctx.gradient, None
        if gradient is None:
            raise RuntimeError(
                "cross_entropy: its one gradient was handed out by the first backward"
            )
        count, block = gradient.numel(), 4096
        _scale_in_place[(min(_SCALING_PROGRAMS, triton.cdiv(count, block)),)](
            gradient, grad_outputs[0].contiguous(), count, BLOCK=block
        )
        return gradient, None, None


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
    # Asked here: inside `forward`, and in its ctx, nothing tells that gradients are switched off.
    wants_gradient = logits.requires_grad and torch.is_grad_enabled()
    result: Tensor = _CrossEntropy.apply(logits, targets, wants_gradient)
    return result
