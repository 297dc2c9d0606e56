"""A feed-forward network cut in two ways over simulated ranks, with its traffic counted."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor


@dataclass
class Wire:
    """Collectives of simulated ranks, and what each rank sent: bytes of a ring."""

    ranks: int
    bytes_sent: dict[str, float] = field(default_factory=dict)

    def all_reduce(self, parts: Sequence[Tensor]) -> Tensor:
        """The sum, on every rank."""
        self._count("all-reduce", 2 * _size(parts[0]))
        return torch.stack(list(parts)).sum(0)

    def all_gather(self, shards: Sequence[Tensor]) -> Tensor:
        """The rows of all ranks, on every rank."""
        self._count("all-gather", _size(shards[0]) * self.ranks)
        return torch.cat(list(shards))

    def reduce_scatter(self, parts: Sequence[Tensor]) -> list[Tensor]:
        """The sum, its rows divided among the ranks."""
        self._count("reduce-scatter", _size(parts[0]))
        return list(torch.stack(list(parts)).sum(0).chunk(self.ranks))

    def _count(self, name: str, size: float) -> None:
        share = (self.ranks - 1) / self.ranks
        self.bytes_sent[name] = self.bytes_sent.get(name, 0) + size * share

    @property
    def total(self) -> float:
        """Bytes that each rank sent."""
        return sum(self.bytes_sent.values())


def toy(tokens: int = 16, width: int = 64, hidden: int = 256) -> tuple[Tensor, Tensor, Tensor]:
    """x (T, D), up (D, F) and down (F, D), the same every time."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(tokens, width, generator=generator)
    up = torch.randn(width, hidden, generator=generator) / width**0.5
    return x, up, torch.randn(hidden, width, generator=generator) / hidden**0.5


def plain(x: Tensor, up: Tensor, down: Tensor) -> Tensor:
    """What all cuts have to give: GeLU(x up) down, on one device."""
    return F.gelu(x @ up) @ down


def error(y: Tensor, exact: Tensor) -> float:
    """Largest difference."""
    return float((y - exact).abs().max())


def _size(tensor: Tensor) -> int:
    return tensor.numel() * tensor.element_size()


def column_then_row(x: Tensor, up: Tensor, down: Tensor, wire: Wire) -> Tensor:
    """Megatron's cut: `up` (D, F) by columns, `down` (F, D) by rows, x (T, D) whole everywhere."""
    ups, downs = up.chunk(wire.ranks, dim=1), down.chunk(wire.ranks, dim=0)
    hidden = [F.gelu(x @ u) for u in ups]
    parts = [h @ d for h, d in zip(hidden, downs, strict=True)]
    return wire.all_reduce(parts)


def row_without_sum(x: Tensor, up: Tensor, down: Tensor, wire: Wire) -> Tensor:
    """The wrong cut: `up` by rows, and GeLU of each rank's *part* of the sum."""
    xs, ups = x.chunk(wire.ranks, dim=1), up.chunk(wire.ranks, dim=0)
    parts = [F.gelu(xr @ ur) @ down for xr, ur in zip(xs, ups, strict=True)]
    return wire.all_reduce(parts)


def row_then_column(x: Tensor, up: Tensor, down: Tensor, wire: Wire) -> Tensor:
    """`up` by rows, made right: the hidden layer is summed before GeLU, (T, F) on the wire."""
    xs, ups = x.chunk(wire.ranks, dim=1), up.chunk(wire.ranks, dim=0)
    hidden = F.gelu(wire.all_reduce([xr @ ur for xr, ur in zip(xs, ups, strict=True)]))
    columns = [hidden @ d for d in down.chunk(wire.ranks, dim=1)]
    return wire.all_gather([c.T.contiguous() for c in columns]).T


def sequence_parallel(
    shards: Sequence[Tensor], up: Tensor, down: Tensor, wire: Wire
) -> list[Tensor]:
    """Korthikanti et al. 2022: between the products each rank has T / n tokens, norm included."""
    normed = [F.layer_norm(x, x.shape[-1:]) for x in shards]
    x = wire.all_gather(normed)
    ups, downs = up.chunk(wire.ranks, dim=1), down.chunk(wire.ranks, dim=0)
    parts = [F.gelu(x @ u) @ d for u, d in zip(ups, downs, strict=True)]
    return wire.reduce_scatter(parts)


def layer_bytes(batch: int, sequence: int, width: int, ranks: int, bytes_each: int = 2) -> float:
    """What one rank sends for one layer, forward and backward: four all-reduces of (B, T, D)."""
    return 4 * 2 * (ranks - 1) / ranks * batch * sequence * width * bytes_each
