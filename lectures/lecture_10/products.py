"""y = x W^T with W in 16, 8 or 4 bits, in Triton: one row of x, as in decoding alone.

Numbers are widened in registers, so memory sees only the narrow ones. int8 has a scale a row; int4
has one for each `GROUP` neighbours of a row, and two numbers in a byte: column 2i in the low half.
"""

# mypy: disable-error-code="no-untyped-def, untyped-decorator"

import torch
import triton
import triton.language as tl
from torch import Tensor

from lectures.lecture_10.quantisation import scales

GROUP = 128


@triton.jit
def product_kernel(
    x, w, y, columns, ROWS: tl.constexpr, BLOCK: tl.constexpr
):  # fmt: skip
    """ROWS outputs a program; w is (out, in) bfloat16."""
    rows = tl.program_id(0) * ROWS + tl.arange(0, ROWS)
    total = tl.zeros((ROWS, BLOCK), tl.float32)
    for start in range(0, columns, BLOCK):
        at = start + tl.arange(0, BLOCK)
        part = tl.load(w + rows[:, None] * columns + at[None, :])
        total += part.to(tl.float32) * tl.load(x + at).to(tl.float32)[None, :]
    tl.store(y + rows, tl.sum(total, axis=1).to(y.dtype.element_ty))


@triton.jit
def product_int8_kernel(
    x, w, scale, y, columns, ROWS: tl.constexpr, BLOCK: tl.constexpr
):  # fmt: skip
    """The same with int8 numbers and one float32 scale a row."""
    rows = tl.program_id(0) * ROWS + tl.arange(0, ROWS)
    total = tl.zeros((ROWS, BLOCK), tl.float32)
    for start in range(0, columns, BLOCK):
        at = start + tl.arange(0, BLOCK)
        part = tl.load(w + rows[:, None] * columns + at[None, :])
        total += part.to(tl.float32) * tl.load(x + at).to(tl.float32)[None, :]
    whole = tl.sum(total, axis=1) * tl.load(scale + rows)
    tl.store(y + rows, whole.to(y.dtype.element_ty))


@triton.jit
def product_int4_kernel(
    x, w, scale, y, columns, ROWS: tl.constexpr, BLOCK: tl.constexpr, HALF: tl.constexpr
):  # fmt: skip
    """The same with two int4 numbers a byte and a scale for each HALF bytes of a row."""
    rows = tl.program_id(0) * ROWS + tl.arange(0, ROWS)
    pairs, groups = columns // 2, columns // (2 * HALF)
    total = tl.zeros((ROWS, BLOCK), tl.float32)
    for start in range(0, pairs, BLOCK):
        at = start + tl.arange(0, BLOCK)
        both = tl.load(w + rows[:, None] * pairs + at[None, :]).to(tl.int32)
        low, high = (both & 15) - 8, (both >> 4) - 8
        even = tl.load(x + 2 * at).to(tl.float32)[None, :]
        odd = tl.load(x + 2 * at + 1).to(tl.float32)[None, :]
        share = tl.load(scale + rows[:, None] * groups + at[None, :] // HALF)
        total += share * (low.to(tl.float32) * even + high.to(tl.float32) * odd)
    tl.store(y + rows, tl.sum(total, axis=1).to(y.dtype.element_ty))


def to_int8(weight: Tensor) -> tuple[Tensor, Tensor]:
    """Integers (out, in) and a float32 scale a row, (out,)."""
    scale = scales(weight.float(), 8)
    return (weight.float() / scale).round().to(torch.int8), scale[:, 0].contiguous()


def to_int4(weight: Tensor) -> tuple[Tensor, Tensor]:
    """Bytes (out, in / 2) with two integers + 8 each, and float32 scales (out, in / GROUP)."""
    scale = scales(weight.float(), 4, GROUP)
    parts = weight.float().view(len(weight), -1, GROUP) / scale[..., None]
    whole = (parts.round().clamp(-7, 7).flatten(1) + 8).to(torch.uint8)
    return (whole[:, 0::2] | (whole[:, 1::2] << 4)).contiguous(), scale.contiguous()


def product(x: Tensor, stored: Tensor, scale: Tensor | None = None) -> Tensor:
    """y (out,) of x (in,) and a matrix in bfloat16, or as `to_int8` or `to_int4` store it."""
    y = torch.empty(len(stored), dtype=x.dtype, device=x.device)
    rows, grid = 4, (len(stored) // 4,)
    # Every block is a whole one: in is a multiple of 512, out of 4.
    if scale is None:
        product_kernel[grid](x, stored, y, len(x), ROWS=rows, BLOCK=512)
    elif stored.dtype == torch.int8:
        product_int8_kernel[grid](x, stored, scale, y, len(x), ROWS=rows, BLOCK=512)
    else:
        product_int4_kernel[grid](
            x, stored, scale, y, len(x), ROWS=rows, BLOCK=256, HALF=GROUP // 2
        )
    return y
