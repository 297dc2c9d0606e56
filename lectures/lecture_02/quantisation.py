"""Eight and four bits a number: one scale for a tensor, or one for each block of it."""

import torch
from torch import Tensor

E2M1 = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0)
"""The magnitudes of a 4-bit number: one sign bit, two of exponent, one of mantissa."""
BLOCK = 16
"""Numbers that share a scale in NVFP4."""


def to_e2m1(x: Tensor) -> Tensor:
    """The nearest 4-bit number, by magnitude; beyond 6 it is 6."""
    grid = torch.tensor(E2M1)
    nearest = (x.abs().unsqueeze(-1) - grid).abs().argmin(-1)
    return grid[nearest] * x.sign()


def nvfp4(x: Tensor, block: int = BLOCK) -> Tensor:
    """What NVFP4 keeps of x (n,), n a multiple of `block` (NVIDIA 2025, arXiv 2509.25149).

    A number is scale of the tensor (float32) x scale of its block (fp8 E4M3) x E2M1. The tensor's
    scale puts the largest block scale at 448, the end of E4M3.
    """
    blocks = x.view(-1, block)
    largest = blocks.abs().amax(dim=1, keepdim=True)
    tensor_scale = (x.abs().max() / (6 * 448)).clamp_min(1e-30)
    block_scale = (largest / 6 / tensor_scale).to(torch.float8_e4m3fn).float()
    scale = block_scale * tensor_scale
    kept = to_e2m1(blocks / scale.clamp_min(1e-30)) * scale
    return kept.view(-1)


def one_scale(x: Tensor) -> Tensor:
    """E2M1 with a single scale for the whole of x."""
    scale = x.abs().max() / 6
    return to_e2m1(x / scale) * scale


def e4m3(x: Tensor) -> Tensor:
    """fp8 E4M3 with a single scale that puts the largest element at 448."""
    scale = x.abs().max() / 448
    return (x / scale).to(torch.float8_e4m3fn).float() * scale


def relative_error(kept: Tensor, x: Tensor) -> float:
    """|kept - x| / |x|, both as vectors."""
    return float((kept - x).norm() / x.norm())


def bits_a_number(block: int) -> float:
    """Four bits, and a share of the block's 8-bit scale."""
    return 4 + 8 / block


def errors_in_e4m3(x: Tensor) -> dict[str, float]:
    """Relative errors of fp8 without a scale and with one."""
    plain = x.to(torch.float8_e4m3fn).float()
    kept = {"plain": plain, "scaled": e4m3(x)}
    return {name: round(relative_error(tensor, x), 3) for name, tensor in kept.items()}


def errors_in_four_bits(x: Tensor, ordinary: Tensor) -> dict[str, float]:
    """Relative errors of the `ordinary` elements with one scale and with NVFP4's."""
    kept = {"one": one_scale(x), "NVFP4": nvfp4(x)}
    return {
        name: round(relative_error(tensor[ordinary], x[ordinary]), 2)
        for name, tensor in kept.items()
    }


def errors_by_block(x: Tensor, ordinary: Tensor) -> dict[int, float]:
    """Relative error of the `ordinary` elements by the size of a block."""
    return {
        block: round(relative_error(nvfp4(x, block)[ordinary], x[ordinary]), 3)
        for block in (8, 16, 32, 64, 256)
    }
