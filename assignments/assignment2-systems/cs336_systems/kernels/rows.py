"""What the row-wise kernels share: input checks, and how many rows and warps a program takes.

All of them see a matrix of rows: the last dimension is the row, everything before it is flattened.
A program holds whole rows in registers, so that each element is read once and written once.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call,untyped-decorator"
from __future__ import annotations

import functools
from typing import Any

import torch
import triton
import triton.language as tl
from torch import Tensor

INTERPRETED = bool(triton.knobs.runtime.interpret)
MAX_ROW = 1 << 16  # elements of a row that one program holds in registers
_DTYPES = (torch.float32, torch.float16, torch.bfloat16)


class KernelInputError(ValueError):
    """A tensor that a fused kernel cannot take."""


def check_device(name: str, tensor: Tensor) -> None:
    """Raise unless Triton can reach the tensor: on a CUDA device, or any under the interpreter."""
    if not tensor.is_cuda and not INTERPRETED:
        raise KernelInputError(
            f"{name}: on {tensor.device}, but Triton kernels need a CUDA device; set"
            " TRITON_INTERPRET=1 before Triton is imported to run them in its interpreter"
        )


def as_rows(name: str, tensor: Tensor, max_row: int = MAX_ROW) -> Tensor:
    """(..., d) -> contiguous (rows, d), copied only if it has to be."""
    if tensor.dtype not in _DTYPES:
        raise KernelInputError(f"{name}: dtype {tensor.dtype} is not float32, float16 or bfloat16")
    if tensor.dim() == 0 or tensor.numel() == 0:
        raise KernelInputError(f"{name}: shape {tuple(tensor.shape)} has no rows to work on")
    if tensor.shape[-1] > max_row:
        raise KernelInputError(f"{name}: rows of {tensor.shape[-1]} elements; at most {max_row}")
    check_device(name, tensor)
    return tensor.contiguous().view(-1, tensor.shape[-1])


def check_same(name: str, tensor: Tensor, other_name: str, other: Tensor) -> None:
    """Raise unless both have one shape, dtype and device."""
    for what in ("shape", "dtype", "device"):
        mine, theirs = getattr(tensor, what), getattr(other, what)
        if mine != theirs:
            raise KernelInputError(f"{name}: {what} {mine} differs from {other_name}'s {theirs}")


def check_weight(weight: Tensor, x: Tensor) -> None:
    """Raise unless weight is one number per column of x, on the same device."""
    if weight.shape != x.shape[-1:] or weight.device != x.device:
        raise KernelInputError(
            f"weight: shape {tuple(weight.shape)} on {weight.device}; expected"
            f" ({x.shape[-1]},) on {x.device}"
        )


def row_tile(row: int, elements: int = 4096) -> dict[str, int]:
    """BLOCK columns and ROWS rows of a program: whole rows, about `elements` of them together."""
    block = triton.next_power_of_2(row)
    return {"BLOCK": block, "ROWS": max(1, elements // block)}


@triton.jit
def tile_at(rows, num_rows, row, BLOCK: tl.constexpr):
    """Offsets and mask of the given rows of a contiguous (num_rows, row) matrix."""
    cols = tl.arange(0, BLOCK)
    mask = (rows[:, None] < num_rows) & (cols[None, :] < row)
    return rows[:, None] * row + cols[None, :], mask


@triton.jit
def own_tile(num_rows, row, BLOCK: tl.constexpr, ROWS: tl.constexpr):
    """The ROWS rows of this program where every program has one tile: indices, offsets, mask."""
    rows = tl.program_id(0).to(tl.int64) * ROWS + tl.arange(0, ROWS)
    offsets, mask = tile_at(rows, num_rows, row, BLOCK)
    return rows, offsets, mask


def tuned(kernel: Any, configs: list[triton.Config], key: list[str]) -> Any:
    """The kernel, its launch parameters chosen by timing once per key; the first in the
    interpreter, where warps and pipelines mean nothing."""
    if not INTERPRETED:
        return triton.autotune(configs, key=key)(kernel)
    fixed = configs[0].kwargs

    class Fixed:
        def __getitem__(self, grid: Any) -> Any:
            return functools.partial(kernel[grid], **fixed)

    return Fixed()


def row_configs(*warps: int) -> list[triton.Config]:
    """Configurations of a kernel that sees every row once."""
    return [triton.Config({}, num_warps=count) for count in warps]


def walking_configs() -> list[triton.Config]:
    """Configurations of a kernel that walks over rows and keeps a sum per column in registers."""
    return row_configs(8, 4, 16)


# Programs of a walking kernel per multiprocessor. All of them have to fit at once: a few left over
# for a second round would take as long as the first. Two of 8 warps fit with 128 registers each.
WALKERS = 2


def walkers(rows: Tensor, rows_per_tile: int) -> int:
    """How many programs walk over the rows: as many as run at once, one per tile at most."""
    programs = WALKERS
    if rows.is_cuda:
        programs *= torch.cuda.get_device_properties(rows.device).multi_processor_count
    tiles: int = triton.cdiv(rows.shape[0], rows_per_tile)
    return min(programs, tiles)


def partial_sums(rows: Tensor, rows_per_tile: int) -> Tensor:
    """Uninitialised float32 (programs, d): what each walking program sums up."""
    programs = walkers(rows, rows_per_tile)
    return torch.empty((programs, rows.shape[1]), dtype=torch.float32, device=rows.device)
