"""Numbers of 8 and 4 bits, and blocks of them that share a scale: MXFP8, MXFP4, NVFP4.

OCP Microscaling Formats (MX) v1.0, 2023: 32 elements share a power of two (E8M0). NVFP4: 16 share
an E4M3 number, and the tensor one float32.
"""

import itertools
from dataclasses import dataclass

import torch
from torch import Tensor


def values(exponent_bits: int, mantissa_bits: int, bias: int, largest: float) -> list[float]:
    """All numbers ≥ 0 of a small format with subnormals, up to `largest`."""
    found = set()
    for exponent, mantissa in itertools.product(range(2**exponent_bits), range(2**mantissa_bits)):
        fraction = mantissa / 2**mantissa_bits
        normal = exponent > 0
        found.add((fraction + normal) * 2.0 ** (max(exponent, 1) - bias))
    return sorted(v for v in found if v <= largest)


E2M1 = values(2, 1, bias=1, largest=6.0)
E4M3 = values(4, 3, bias=7, largest=448.0)


def nearest(x: Tensor, grid: list[float]) -> Tensor:
    """Each number rounded to the nearest of ±grid; ties to the even index; clipped at the end."""
    points = torch.tensor(grid, dtype=torch.float64)
    size = x.abs().double()
    above = torch.searchsorted(points, size).clamp(max=len(grid) - 1)
    below = (above - 1).clamp(min=0)
    up, down = points[above] - size, size - points[below]
    odd = above % 2 == 1
    chosen = torch.where((up < down) | ((up == down) & ~odd), above, below)
    return (points[chosen] * torch.sign(x)).to(x.dtype)


@dataclass(frozen=True)
class BlockFormat:
    """`block` neighbouring elements of `grid` share one scale.

    `power_of_two`: the scale is 2^k; otherwise it is an E4M3 number, and the tensor has one float32
    beside it.
    """

    name: str
    grid: tuple[float, ...]
    block: int
    power_of_two: bool
    element_bits: int

    @property
    def bits(self) -> float:
        """Bits of an element, its share of the 8-bit scale included."""
        return self.element_bits + 8 / self.block

    def scales(self, blocks: Tensor) -> Tensor:
        """One scale for each row of `blocks`, shape (…, 1)."""
        largest = blocks.abs().amax(-1, keepdim=True)
        if self.power_of_two:  # the exponent of the largest element, less that of the grid's end
            end = torch.tensor(self.grid[-1]).log2().floor()
            return torch.exp2(largest.clamp(min=2.0**-126).log2().floor() - end)
        of_tensor = largest.max() / (self.grid[-1] * E4M3[-1])
        shares = nearest(largest / self.grid[-1] / of_tensor.clamp(min=1e-30), E4M3)
        return shares.clamp(min=E4M3[1]) * of_tensor

    def quantise(self, x: Tensor) -> Tensor:
        """x with each block of the last dimension rounded to the format."""
        blocks = x.reshape(*x.shape[:-1], -1, self.block)
        scale = self.scales(blocks)
        return (nearest(blocks / scale, list(self.grid)) * scale).reshape(x.shape)


MXFP8 = BlockFormat("MXFP8", tuple(E4M3), 32, True, 8)
MXFP4 = BlockFormat("MXFP4", tuple(E2M1), 32, True, 4)
NVFP4 = BlockFormat("NVFP4", tuple(E2M1), 16, False, 4)


def one_scale(grid: list[float], x: Tensor) -> Tensor:
    """x rounded to the grid with a single scale for all its elements."""
    scale = x.abs().max() / grid[-1]
    return nearest(x / scale, grid) * scale


def relative_error(approximate: Tensor, exact: Tensor) -> float:
    """Norm of the difference over the norm."""
    return float((approximate - exact).norm() / exact.norm())


def with_outliers(shape: tuple[int, int], factor: float, seed: int = 0) -> Tensor:
    """Normal noise in which one column in 64 is `factor` times as large."""
    x = torch.randn(*shape, generator=torch.Generator().manual_seed(seed))
    x[:, ::64] *= factor
    return x


def compare(x: Tensor, chosen: Tensor) -> dict[str, float]:
    """Relative error of the `chosen` columns of x in each format."""
    ways = {
        "E2M1, one scale": one_scale(E2M1, x),
        "MXFP4": MXFP4.quantise(x),
        "NVFP4": NVFP4.quantise(x),
        "E4M3, one scale": one_scale(E4M3, x),
        "MXFP8": MXFP8.quantise(x),
    }
    return {
        name: relative_error(rounded[:, chosen], x[:, chosen]) for name, rounded in ways.items()
    }


def shown_blocks(two: Tensor, scales: Tensor) -> dict[str, tuple[Tensor, list[float], float]]:
    """Two blocks of 32 with their grid and scale, by a name, for the figure."""
    names = ("a block with an outlier", "its neighbour")
    return {
        name: (block, E2M1, float(scale))
        for name, block, scale in zip(names, two.reshape(2, 32), scales.flatten(), strict=True)
    }
