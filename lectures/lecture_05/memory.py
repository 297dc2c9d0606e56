"""A slow memory that counts, and kernels written against it: fusion, recomputation, tiles."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor


@dataclass
class Memory:
    """Device memory: named tensors, and the numbers that were read and written."""

    tensors: dict[str, Tensor] = field(default_factory=dict)
    read: int = 0
    written: int = 0
    log: list[str] = field(default_factory=list)

    def load(self, name: str, *where: slice) -> Tensor:
        """A copy of a tensor, or of a part of it."""
        part = self.tensors[name][where].clone()
        self.read += part.numel()
        self.log.append(f"read {name}")
        return part

    def store(self, name: str, value: Tensor, *where: slice) -> None:
        """Write a tensor, or a part of one that exists."""
        if where:
            self.tensors[name][where] = value
        else:
            self.tensors[name] = value.clone()
        self.written += value.numel()
        self.log.append(f"write {name}")

    @property
    def moved(self) -> int:
        """Numbers read and written."""
        return self.read + self.written


def kernel(
    memory: Memory, output: str, function: Callable[..., Tensor], *inputs: str
) -> None:  # fmt: skip
    """One launch of an element-wise kernel: every input is read, the output is written."""
    memory.store(output, function(*(memory.load(name) for name in inputs)))


def sin2_cos2_in_five(memory: Memory) -> None:
    """y = sin² x + cos² x as PyTorch runs it, one operation at a time."""
    kernel(memory, "s", torch.sin, "x")
    kernel(memory, "s2", lambda s: s * s, "s")
    kernel(memory, "c", torch.cos, "x")
    kernel(memory, "c2", lambda c: c * c, "c")
    kernel(memory, "y", torch.add, "s2", "c2")


def sin2_cos2_in_one(memory: Memory) -> None:
    """The same in one kernel: what lies between stays in registers."""

    def fused(x: Tensor) -> Tensor:
        s, c = torch.sin(x), torch.cos(x)
        return s * s + c * c

    kernel(memory, "y", fused, "x")


def slope(s: Tensor) -> Tensor:
    """Derivative of the sigmoid, from its value."""
    return s * (1 - s)


def sigmoids_stored(memory: Memory) -> None:
    """y = σ(σ(σ(x))) and its gradient from stored activations: a kernel forward, one backward."""
    a = torch.sigmoid(memory.load("x"))
    b = torch.sigmoid(a)
    memory.store("a", a)
    memory.store("b", b)
    memory.store("y", torch.sigmoid(b))
    gradient = memory.load("dy")
    for name in ("y", "b", "a"):
        gradient = gradient * slope(memory.load(name))
    memory.store("dx", gradient)


def sigmoids_recomputed(memory: Memory) -> None:
    """The same, where the backward kernel computes the activations again from x."""
    memory.store("y", torch.sigmoid(torch.sigmoid(torch.sigmoid(memory.load("x")))))
    x, gradient = memory.load("x"), memory.load("dy")
    a = torch.sigmoid(x)
    b = torch.sigmoid(a)
    memory.store("dx", gradient * slope(torch.sigmoid(b)) * slope(b) * slope(a))


def one_tile(memory: Memory, row: int, column: int, n: int, tile: int) -> None:
    """The piece of C = A B that begins at (row, column): what one thread block does."""
    rows, columns = slice(row, row + tile), slice(column, column + tile)
    total = torch.zeros(tile, tile)
    for inner in range(0, n, tile):
        depth = slice(inner, inner + tile)
        a, b = memory.load("a", rows, depth), memory.load("b", depth, columns)
        total = total + a @ b
    memory.store("c", total, rows, columns)


def tiled_product(memory: Memory, n: int, tile: int) -> None:
    """C = A B for n × n matrices in memory, one tile after another."""
    memory.tensors["c"] = torch.zeros(n, n)
    for row in range(0, n, tile):
        for column in range(0, n, tile):
            one_tile(memory, row, column, n, tile)


def tiled_reads(n: int, tile: int) -> int:
    """Numbers that `tiled_product` reads: 2 n³ / tile."""
    return 2 * n**3 // tile


def reads_by_tile(n: int, tiles: Sequence[int]) -> dict[int, int]:
    """What a random n × n product reads with each of these tiles, counted; it is checked, too."""
    generator = torch.Generator().manual_seed(0)
    a, b = (torch.randn(n, n, generator=generator) for _ in range(2))
    found = {}
    for tile in tiles:
        counted = Memory({"a": a, "b": b})
        tiled_product(counted, n, tile)
        torch.testing.assert_close(counted.tensors["c"], a @ b, atol=1e-4, rtol=1e-4)
        found[tile] = counted.read
    return found


def fresh(names: Sequence[str], size: int, seed: int = 0) -> Memory:
    """A memory with random vectors of these names."""
    generator = torch.Generator().manual_seed(seed)
    return Memory({name: torch.randn(size, generator=generator) for name in names})
