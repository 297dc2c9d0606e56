"""Addresses of a warp: sectors of device memory and banks of shared memory that they touch."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence

SECTOR, LINE = 32, 128  # bytes that memory delivers at least; bytes of a cache line
BANKS = 32
WARP = range(32)


def addresses(stride: int, offset: int = 0) -> list[int]:
    """Byte addresses of one warp that reads floats `stride` apart, `offset` floats from a line."""
    return [4 * (offset + stride * lane) for lane in WARP]


def touched(where: Iterable[int], size: int) -> int:
    """Pieces of `size` bytes (SECTOR or LINE) that hold these addresses."""
    return len({address // size for address in where})


def waste(stride: int) -> float:
    """Bytes delivered for each byte wanted."""
    return touched(addresses(stride), SECTOR) * SECTOR / (4 * len(WARP))


def rounds(words: Sequence[int]) -> int:
    """Rounds that shared memory takes for one read of a warp: the fullest bank decides.

    Lanes that want the same word share it.
    """
    return max(Counter(word % BANKS for word in set(words)).values())


def rounds_by_stride(stride: int) -> int:
    """The same for words `stride` apart, in closed form: gcd(stride, 32)."""
    return math.gcd(stride, BANKS)
