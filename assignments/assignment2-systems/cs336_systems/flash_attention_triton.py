"""FlashAttention-2 with Triton kernels, forward and backward.

`flash_attention(q, k, v, is_causal, scale)` takes (batch, heads, tokens, d) and grouped-query
heads; `FlashAttention2Triton.apply(Q, K, V, is_causal)` takes (batch, tokens, d). Two sets of
kernels stand behind both, chosen per call by `kernel_path`:

- "portable": plain Triton (`kernels/flash_portable.py`). Any GPU Triton compiles for, float32,
  float16, bfloat16, head dimensions to 256, and Triton's interpreter on a CPU
  (TRITON_INTERPRET=1 in the environment before Triton is first imported).
- "hopper": Gluon, the lower level of Triton (`kernels/flash_hopper.py`), for Hopper GPUs, 16-bit
  dtypes, head dimensions to 128 that are a multiple of 8.

Causal attention is aligned at the top left: query i sees keys 0..i. NaN in, NaN out: a NaN in a
query row, or in a key or value that it sees, makes that row's output NaN. As zero times NaN is NaN,
a masked value that is NaN also reaches the other rows of its tile, but no other tile or head.
"""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from cs336_systems.attention_inputs import (
    AttentionInputError,
    check_attention_inputs,
    default_scale,
)
from cs336_systems.kernels import flash_portable

if flash_portable.gluon_usable():
    from cs336_systems.kernels import flash_hopper

KernelPath = Literal["hopper", "portable"]


def kernel_path(q: Tensor) -> KernelPath:
    """Which kernels a call with this q runs."""
    if flash_portable.gluon_usable() and flash_hopper.hopper_supports(q):
        return "hopper"
    return "portable"


def _check_device(q: Tensor) -> None:
    if not q.is_cuda and not flash_portable.INTERPRETED:
        raise AttentionInputError(
            f"q: on {q.device}, but Triton kernels need a CUDA device; use FlashAttention2PyTorch,"
            " or set TRITON_INTERPRET=1 before Triton is imported"
        )


def _forward(
    q: Tensor, k: Tensor, v: Tensor, is_causal: bool, scale: float, path: KernelPath
) -> tuple[Tensor, Tensor]:
    """Output and log-sum-exp of (B, H, T, d)."""
    if path == "hopper":
        return flash_hopper.hopper_forward(q, k, v, is_causal, scale)
    return flash_portable.portable_forward(q, k, v, is_causal, scale)


def _backward(
    q: Tensor, k: Tensor, v: Tensor, output: Tensor, logsumexp: Tensor, d_output: Tensor,
    is_causal: bool, scale: float, path: KernelPath,
) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
    """Gradients of (B, H, T, d)."""
    if path == "hopper":
        return flash_hopper.hopper_backward(q, k, v, output, logsumexp, d_output, is_causal, scale)
    return flash_portable.portable_backward(q, k, v, output, logsumexp, d_output, is_causal, scale)


class _FlashAttention(torch.autograd.Function):
    """(B, H, T, d) attention; saves q, k, v, the output and the (B, H, Tq) log-sum-exp."""

    @staticmethod
    def forward(
        ctx: Any, q: Tensor, k: Tensor, v: Tensor, is_causal: bool, scale: float, path: KernelPath
    ) -> Tensor:
        output, logsumexp = _forward(q, k, v, is_causal, scale, path)
        ctx.save_for_backward(q, k, v, output, logsumexp)
        ctx.options = (is_causal, scale, path)
        return output

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor | None, ...]:
        q, k, v, output, logsumexp = ctx.saved_tensors
        grads = _backward(q, k, v, output, logsumexp, grad_outputs[0], *ctx.options)
        return (*grads, None, None, None)


def flash_attention(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    is_causal: bool = False,
    scale: float | None = None,
    path: KernelPath | None = None,
) -> Tensor:
    """Attention output (B, Hq, Tq, d) in q's dtype, differentiable once.

    q (B, Hq, Tq, d); k, v (B, Hkv, Tk, d), Hkv dividing Hq, any strides, all float32, float16 or
    bfloat16 on one CUDA device; d up to 256. `scale` defaults to 1/sqrt(d).
    `path` overrides the choice of kernels (benchmarks and tests do).
    `AttentionInputError` (a ValueError) names the argument that does not fit.
    """
    check_attention_inputs(q, k, v)
    _check_device(q)
    output: Tensor = _FlashAttention.apply(  # type: ignore[no-untyped-call]
        q, k, v, is_causal, default_scale(q.shape[-1], scale), path or kernel_path(q)
    )
    return output


class FlashAttention2Triton(torch.autograd.Function):
    """`.apply(Q, K, V, is_causal=False)`: Q (B, q, d), K and V (B, k, d) -> (B, q, d).

    Saves the inputs, the output and one tensor of shape (B, q): the row log-sum-exp.
    """

    @staticmethod
    def forward(ctx: Any, Q: Tensor, K: Tensor, V: Tensor, is_causal: bool = False) -> Tensor:
        """The kernels see one head: (B, 1, T, d)."""
        check_attention_inputs(Q, K, V, rank=3)
        _check_device(Q)
        scale = default_scale(Q.shape[-1], None)
        q, k, v = (t.unsqueeze(1) for t in (Q, K, V))
        path = kernel_path(q)
        output, logsumexp = _forward(q, k, v, is_causal, scale, path)
        output, logsumexp = output.squeeze(1), logsumexp.squeeze(1)
        ctx.save_for_backward(Q, K, V, output, logsumexp)
        ctx.options = (is_causal, scale, path)
        return output

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        """Gradients of Q, K and V; none for `is_causal`."""
        tensors = [t.unsqueeze(1) for t in (*ctx.saved_tensors, grad_outputs[0])]
        q, k, v, output, logsumexp, d_output = tensors
        grads = _backward(q, k, v, output, logsumexp, d_output, *ctx.options)
        d_q, d_k, d_v = (grad.squeeze(1) for grad in grads)
        return d_q, d_k, d_v, None
