"""Memory traffic, counted: of PyTorch operations, of waves of blocks, of tiles of a product."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode


@dataclass(frozen=True)
class Operation:
    """One kernel, and the bytes that it reads and writes."""

    name: str
    read: int
    written: int


class _Ledger(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Writes down every operation that reaches a device; views move nothing."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.operations: list[Operation] = []

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Tensor:
        result: Tensor = func(*args, **(kwargs or {}))
        read = sum(_bytes(a) for a in args if isinstance(a, Tensor) and a.dim() > 0)
        self.operations.append(Operation(func.overloadpacket.__name__, read, _bytes(result)))
        return result


def _bytes(tensor: Tensor) -> int:
    return tensor.numel() * tensor.element_size()


def ledger(
    function: Callable[[Tensor], Tensor], shape: Sequence[int], dtype: torch.dtype
) -> list[Operation]:
    """What function(x) moves through memory, operation by operation.

    x is on PyTorch's "meta" device, which has shapes and no data: nothing is computed.
    """
    x = torch.empty(*shape, dtype=dtype, device="meta")
    with _Ledger() as kept:
        function(x)
    return [o for o in kept.operations if o.read + o.written]


def moved(operations: Sequence[Operation]) -> int:
    """Bytes read and written by all of them."""
    return sum(o.read + o.written for o in operations)


def waves(blocks: int, sms: int = 132) -> tuple[int, float]:
    """Waves that `blocks` equal blocks take, one a multiprocessor, and the share of busy slots."""
    count = math.ceil(blocks / sms)
    return count, blocks / (count * sms)


def tiles_loaded(programs: Sequence[tuple[int, int]], inner: int) -> int:
    """Distinct input tiles that these output tiles need, `inner` tiles deep."""
    return inner * (len({row for row, _ in programs}) + len({column for _, column in programs}))


def cache_misses(order: Sequence[tuple[int, int]], inner: int, capacity: int) -> int:
    """Loads from memory when a cache keeps the `capacity` tiles used most recently.

    The programs run one after another; each reads `inner` tiles of A and of B.
    """
    cache: dict[tuple[str, int, int], None] = {}
    misses = 0
    for row, column in order:
        for k in range(inner):
            for tile in (("A", row, k), ("B", k, column)):
                misses += tile not in cache
                cache.pop(tile, None)
                cache[tile] = None  # now the most recent
                if len(cache) > capacity:
                    del cache[next(iter(cache))]
    return misses
