"""Causal self-attention straight from the joint projection, with rotary positions: one operator.

`rotary_attention` is registered as an operator of PyTorch, so torch.compile takes it as one node,
without a graph break, and a CUDA graph may capture it once the kernels have been tuned by a first
call. `rotary_attention_reference` is the same function in PyTorch's operations.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call,untyped-decorator"
from __future__ import annotations

import math
from typing import Any

import torch
import triton
from torch import Tensor

from cs336_systems.kernels.rotary_kernels import rotary_backward_kernel, rotary_forward_kernel
from cs336_systems.kernels.rows import INTERPRETED, KernelInputError, check_device, tuned

LOG2_E = 1.4426950408889634
HEAD_WIDTHS = (16, 32, 64)
_DTYPES = (torch.float32, torch.float16, torch.bfloat16)
_KEY = ["size_class", "D", "ROTATE"]


def _forward_config(block_m: int, block_n: int, warps: int) -> triton.Config:
    return triton.Config({"BLOCK_M": block_m, "BLOCK_N": block_n}, num_warps=warps, num_stages=2)


def _backward_config(block: int, warps: int, stages: int, registers: int | None) -> triton.Config:
    # Fewer registers per thread: more programs at a time hide each other's waiting.
    return triton.Config({"BLOCK": block}, num_warps=warps, num_stages=stages, maxnreg=registers)


_forward_kernel = tuned(
    rotary_forward_kernel,
    [_forward_config(*c) for c in ((64, 64, 4), (64, 128, 4), (128, 64, 8))],
    key=_KEY,
)
_backward_kernel = tuned(
    rotary_backward_kernel,
    [_backward_config(*c) for c in ((64, 4, 1, 168), (64, 4, 1, None), (64, 4, 2, None),
                                    (64, 4, 1, 128))],
    key=_KEY,
)  # fmt: skip


def rotary_attention_reference(
    qkv: Tensor, num_heads: int, cos: Tensor | None = None, sin: Tensor | None = None
) -> Tensor:
    """The definition, one PyTorch operation at a time; arguments as `rotary_attention`'s."""
    batch, length, columns = qkv.shape
    head_width = columns // (3 * num_heads)
    q, k, v = qkv.view(batch, length, 3, num_heads, head_width).permute(2, 0, 3, 1, 4)
    if cos is not None and sin is not None:
        q, k = rotate_pairs(q, cos, sin), rotate_pairs(k, cos, sin)
    scores = (q @ k.transpose(-2, -1)).to(torch.promote_types(q.dtype, torch.float32))
    later = torch.ones(length, length, dtype=torch.bool, device=qkv.device).triu(1)
    weights = (scores / math.sqrt(head_width)).masked_fill(later, -math.inf).softmax(-1)
    output: Tensor = weights.to(v.dtype) @ v
    return output.transpose(1, 2).reshape(batch, length, columns // 3)


def rotate_pairs(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """(B, H, T, d) with each pair (x_2i, x_2i+1) turned; rounded back to x's dtype."""
    even, odd = x[..., 0::2], x[..., 1::2]
    turned = torch.stack((even * cos - odd * sin, even * sin + odd * cos), dim=-1)
    return turned.flatten(-2).to(x.dtype)


def rotary_attention(
    qkv: Tensor, num_heads: int, cos: Tensor | None = None, sin: Tensor | None = None
) -> Tensor:
    """softmax(q k^T / sqrt(d), causal) v with q and k rotated: (B, T, 3 * H * d) -> (B, T, H * d).

    A row of `qkv` holds the queries of all heads, then the keys, then the values. `cos` and `sin`
    (T, d/2) float32 are those of position * theta^(-2i/d); without them nothing is rotated. d is
    16, 32 or 64; float32, float16 or bfloat16; scores, softmax and rotation are float32. For short
    contexts: the backward has one program per head and sequence.

    Raises:
        KernelInputError: an argument that does not fit, by name.
    """
    _check(qkv, num_heads, cos, sin)
    output: Tensor = _forward_operator(qkv, cos, sin, num_heads)[0]
    return output


def _check(qkv: Tensor, num_heads: int, cos: Tensor | None, sin: Tensor | None) -> None:
    if qkv.dim() != 3 or qkv.numel() == 0 or qkv.shape[-1] % (3 * num_heads):
        raise KernelInputError(
            f"qkv: shape {tuple(qkv.shape)}; expected (batch, length, 3 * {num_heads} * d)"
        )
    head_width = qkv.shape[-1] // (3 * num_heads)
    if head_width not in HEAD_WIDTHS:
        raise KernelInputError(f"qkv: heads are {head_width} wide; this kernel takes {HEAD_WIDTHS}")
    if qkv.dtype not in _DTYPES:
        raise KernelInputError(f"qkv: dtype {qkv.dtype} is not float32, float16 or bfloat16")
    check_device("qkv", qkv)
    if (cos is None) != (sin is None):
        raise KernelInputError("cos, sin: give both to rotate, or neither")
    wanted = (qkv.shape[1], head_width // 2)
    for name, table in (("cos", cos), ("sin", sin)):
        if table is None:
            continue
        if table.shape != wanted or table.dtype != torch.float32 or table.device != qkv.device:
            raise KernelInputError(
                f"{name}: shape {tuple(table.shape)}, {table.dtype} on {table.device}; expected"
                f" {wanted}, torch.float32 on {qkv.device}"
            )


def _constants(qkv: Tensor, head_width: int, cos: Tensor | None) -> dict[str, Any]:
    # float32 products keep float32 accuracy: three tf32 products for one.
    precision = "tf32x3" if qkv.dtype == torch.float32 else "tf32"
    return {
        "D": head_width, "ROTATE": cos is not None,
        "PRECISION": "upcast" if INTERPRETED else precision,
        "size_class": triton.next_power_of_2(qkv.shape[1]),
    }  # fmt: skip


def _tables(cos: Tensor | None, sin: Tensor | None, unused: Tensor) -> tuple[Tensor, Tensor]:
    """Contiguous tables; without rotation any pointer does, as it is not read."""
    if cos is None or sin is None:
        return unused, unused
    return cos.contiguous(), sin.contiguous()


@torch.library.custom_op(
    "cs336_systems::rotary_attention",
    mutates_args=(),
    schema="(Tensor qkv, Tensor? cos, Tensor? sin, int num_heads) -> (Tensor, Tensor)",
)
def _forward_operator(
    qkv: Tensor, cos: Tensor | None, sin: Tensor | None, num_heads: int
) -> tuple[Tensor, Tensor]:
    """out (B, T, H * d) and the base-2 logsumexp (B, H, T) of the scaled scores."""
    qkv = qkv.contiguous()
    output, lse = _outputs_like(qkv, num_heads)
    batch, length, _ = qkv.shape
    head_width = output.shape[-1] // num_heads
    tables = _tables(cos, sin, lse)

    def grid(chosen: dict[str, int]) -> tuple[int, int, int]:
        return num_heads, triton.cdiv(length, chosen["BLOCK_M"]), batch

    _forward_kernel[grid](
        qkv, *tables, output, lse, length, num_heads, LOG2_E / math.sqrt(head_width),
        **_constants(qkv, head_width, cos),
    )  # fmt: skip
    return output, lse


def _outputs_like(qkv: Tensor, num_heads: int) -> tuple[Tensor, Tensor]:
    batch, length, columns = qkv.shape
    lse = qkv.new_empty((batch, num_heads, length), dtype=torch.float32)
    return qkv.new_empty((batch, length, columns // 3)), lse


@_forward_operator.register_fake
def _(qkv: Tensor, cos: Tensor | None, sin: Tensor | None, num_heads: int) -> tuple[Tensor, Tensor]:
    return _outputs_like(qkv, num_heads)


@torch.library.custom_op(
    "cs336_systems::rotary_attention_backward",
    mutates_args=(),
    schema="(Tensor d_output, Tensor qkv, Tensor? cos, Tensor? sin, Tensor output, Tensor lse, "
    "int num_heads) -> Tensor",
)
def _backward_operator(
    d_output: Tensor, qkv: Tensor, cos: Tensor | None, sin: Tensor | None, output: Tensor,
    lse: Tensor, num_heads: int,
) -> Tensor:  # fmt: skip
    """The gradient of qkv, contiguous and in its dtype."""
    qkv, d_output = qkv.contiguous(), d_output.contiguous()
    batch, length, columns = qkv.shape
    head_width = columns // (3 * num_heads)
    d_qkv = torch.empty_like(qkv)
    dq_sum = qkv.new_empty((batch, num_heads, length, head_width), dtype=torch.float32)
    scale = 1 / math.sqrt(head_width)
    _backward_kernel[(num_heads, batch)](
        qkv, *_tables(cos, sin, lse), output, d_output, lse, d_qkv, dq_sum,
        length, num_heads, scale, scale * LOG2_E, **_constants(qkv, head_width, cos),
    )  # fmt: skip
    return d_qkv


@_backward_operator.register_fake
def _(
    d_output: Tensor, qkv: Tensor, cos: Tensor | None, sin: Tensor | None, output: Tensor,
    lse: Tensor, num_heads: int,
) -> Tensor:  # fmt: skip
    return qkv.new_empty(qkv.shape)


def _keep_for_backward(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, Tensor]) -> None:
    qkv, cos, sin, ctx.num_heads = inputs
    ctx.save_for_backward(qkv, cos, sin, *output)


def _differentiate(ctx: Any, d_output: Tensor, _: Tensor | None) -> tuple[Tensor | None, ...]:
    """The logsumexp never leaves this module, so it has no gradient."""
    qkv, cos, sin, output, lse = ctx.saved_tensors
    d_qkv = _backward_operator(d_output, qkv, cos, sin, output, lse, ctx.num_heads)
    return d_qkv, None, None, None


_forward_operator.register_autograd(_differentiate, setup_context=_keep_for_backward)
