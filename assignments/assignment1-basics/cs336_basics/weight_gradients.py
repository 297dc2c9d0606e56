"""Weight gradients beside the backward pass: computed on a stream of their own.

The backward of y = x W^T makes dx, for which the layer before waits, and dW, for which nobody waits
until the update. Products for dW have few output tiles (512 x 512 are 16 of 128 x 128) and leave
multiprocessors idle; on a second stream the next kernels of the backward use them.

PyTorch and its compiler do not know of the second stream, so three rules keep this right: nothing
reads a dW before `join_weight_gradients`; no buffer is written again while the second stream may
read it (the operands are recorded with the allocator, and the compiler must not reuse buffers by
itself: `COMPILE_OPTIONS`); dW leaves with the dtype of W, so that no conversion follows.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

COMPILE_OPTIONS = {"allow_buffer_reuse": False, "inplace_buffers": False}
_streams: dict[torch.device, torch.cuda.Stream] = {}


def _stream(device: torch.device) -> torch.cuda.Stream:
    if device not in _streams:
        _streams[device] = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
    return _streams[device]


def join_weight_gradients(device: torch.device) -> None:
    """Let the current stream wait for all weight gradients; without CUDA there is nothing to do."""
    if device.type == "cuda":
        torch.cuda.current_stream(device).wait_stream(_stream(device))


@torch.library.custom_op(
    "cs336_basics::weight_gradient",
    mutates_args=(),
    schema="(Tensor d_output, Tensor x) -> Tensor",
)
def weight_gradient(d_output: Tensor, x: Tensor) -> Tensor:
    """d_output^T x of (rows, d_out) and (rows, d_in), in d_output's dtype, on the second stream."""
    if not d_output.is_cuda:
        return d_output.T @ x.to(d_output.dtype)
    second = _stream(d_output.device)
    second.wait_stream(torch.cuda.current_stream(d_output.device))
    with torch.cuda.stream(second):
        gradient = d_output.T @ x.to(d_output.dtype)
    for operand in (d_output, x):
        operand.record_stream(second)
    return gradient


@weight_gradient.register_fake
def _(d_output: Tensor, x: Tensor) -> Tensor:
    return d_output.new_empty((d_output.shape[1], x.shape[1]))


class _OverlappedProduct(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor) -> Tensor:
        ctx.save_for_backward(x, weight)
        return x @ weight.T

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor, Tensor]:
        x, weight = ctx.saved_tensors
        (d_output,) = grad_outputs
        d_weight = weight_gradient(d_output.flatten(0, -2), x.flatten(0, -2))
        return (d_output @ weight.to(d_output.dtype)).to(x.dtype), d_weight


def overlapped_product(x: Tensor, weight: Tensor) -> Tensor:
    """x @ weight.T, (..., d_in) and (d_out, d_in) -> (..., d_out); dW takes the second stream.

    `weight` must have the dtype of the product: bf16 under bf16 autocast.
    """
    result: Tensor = _OverlappedProduct.apply(x, weight)  # type: ignore[no-untyped-call]
    return result
