"""GeLU and SwiGLU: elementwise, so one read of each input and one write are the whole cost."""

# mypy: disable-error-code="no-untyped-def,no-untyped-call,untyped-decorator"
from __future__ import annotations

import math
from typing import Any

import torch
import triton
import triton.language as tl
from torch import Tensor
from torch.autograd.function import once_differentiable

from cs336_systems.kernels.rows import as_rows, check_same

BLOCK = 4096


def naive_gelu(x: Tensor) -> Tensor:
    """The tanh form of https://arxiv.org/abs/1606.08415, one PyTorch operation at a time."""
    inner = math.sqrt(2.0 / math.pi) * (x + 0.044715 * x * x * x)
    return 0.5 * x * (1.0 + torch.tanh(inner))


def naive_swiglu(gate: Tensor, up: Tensor) -> Tensor:
    """silu(gate) * up (https://arxiv.org/abs/2002.05202), one PyTorch operation at a time."""
    return gate * torch.sigmoid(gate) * up


@triton.jit
def _tanh(x):
    """tanh by one exponential; exact limits at both ends. (0.79788... below is sqrt(2 / pi).)"""
    return 1.0 - 2.0 / (1.0 + tl.exp(2.0 * x))


@triton.jit
def _gelu_forward(x_ptr, y_ptr, count, BLOCK: tl.constexpr):
    offsets = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    mask = offsets < count
    x = tl.load(x_ptr + offsets, mask=mask, other=0.0).to(tl.float32)
    y = 0.5 * x * (1.0 + _tanh(0.7978845608028654 * (x + 0.044715 * x * x * x)))
    tl.store(y_ptr + offsets, y.to(y_ptr.dtype.element_ty), mask=mask)


@triton.jit
def _gelu_backward(x_ptr, dy_ptr, dx_ptr, count, BLOCK: tl.constexpr):
    offsets = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    mask = offsets < count
    x = tl.load(x_ptr + offsets, mask=mask, other=0.0).to(tl.float32)
    d_y = tl.load(dy_ptr + offsets, mask=mask, other=0.0).to(tl.float32)
    tanh = _tanh(0.7978845608028654 * (x + 0.044715 * x * x * x))
    slope = 0.7978845608028654 * (1.0 + 3 * 0.044715 * x * x)
    d_x = d_y * (0.5 * (1.0 + tanh) + 0.5 * x * (1.0 - tanh * tanh) * slope)
    tl.store(dx_ptr + offsets, d_x.to(dx_ptr.dtype.element_ty), mask=mask)


@triton.jit
def _swiglu_forward(gate_ptr, up_ptr, y_ptr, count, BLOCK: tl.constexpr):
    offsets = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    mask = offsets < count
    gate = tl.load(gate_ptr + offsets, mask=mask, other=0.0).to(tl.float32)
    up = tl.load(up_ptr + offsets, mask=mask, other=0.0).to(tl.float32)
    y = gate * tl.sigmoid(gate) * up
    tl.store(y_ptr + offsets, y.to(y_ptr.dtype.element_ty), mask=mask)


@triton.jit
def _swiglu_backward(gate_ptr, up_ptr, dy_ptr, dgate_ptr, dup_ptr, count, BLOCK: tl.constexpr):
    offsets = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    mask = offsets < count
    gate = tl.load(gate_ptr + offsets, mask=mask, other=0.0).to(tl.float32)
    up = tl.load(up_ptr + offsets, mask=mask, other=0.0).to(tl.float32)
    d_y = tl.load(dy_ptr + offsets, mask=mask, other=0.0).to(tl.float32)
    sigmoid = tl.sigmoid(gate)
    d_up = d_y * gate * sigmoid
    d_gate = d_y * up * sigmoid * (1.0 + gate * (1.0 - sigmoid))
    tl.store(dup_ptr + offsets, d_up.to(dup_ptr.dtype.element_ty), mask=mask)
    tl.store(dgate_ptr + offsets, d_gate.to(dgate_ptr.dtype.element_ty), mask=mask)


def _launch(kernel: Any, *tensors: Tensor) -> None:
    count = tensors[0].numel()
    kernel[(triton.cdiv(count, BLOCK),)](*tensors, count, BLOCK=BLOCK, num_warps=8)


class _Gelu(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        rows = as_rows("x", x, max_row=1 << 62)
        y = torch.empty_like(rows)
        _launch(_gelu_forward, rows, y)
        ctx.save_for_backward(rows)
        return y.view(x.shape)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grad_outputs: Tensor) -> Tensor:
        (rows,) = ctx.saved_tensors
        d_x = torch.empty_like(rows)
        _launch(_gelu_backward, rows, grad_outputs[0].contiguous(), d_x)
        return d_x.view(grad_outputs[0].shape)


class _Swiglu(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, gate: Tensor, up: Tensor) -> Tensor:
        check_same("up", up, "gate", gate)
        gate_rows, up_rows = (as_rows(n, t, 1 << 62) for n, t in (("gate", gate), ("up", up)))
        y = torch.empty_like(gate_rows)
        _launch(_swiglu_forward, gate_rows, up_rows, y)
        ctx.save_for_backward(gate_rows, up_rows)
        return y.view(gate.shape)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor, Tensor]:
        gate, up = ctx.saved_tensors
        d_gate, d_up = torch.empty_like(gate), torch.empty_like(up)
        _launch(_swiglu_backward, gate, up, grad_outputs[0].contiguous(), d_gate, d_up)
        shape = grad_outputs[0].shape
        return d_gate.view(shape), d_up.view(shape)


def gelu(x: Tensor) -> Tensor:
    """GeLU in its tanh form, any shape; float32 inside, x's dtype out."""
    result: Tensor = _Gelu.apply(x)
    return result


def swiglu(gate: Tensor, up: Tensor) -> Tensor:
    """silu(gate) * up, both of one shape and dtype; float32 inside."""
    result: Tensor = _Swiglu.apply(gate, up)
    return result
