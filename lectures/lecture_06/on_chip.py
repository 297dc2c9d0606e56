"""What happens on the chip, as small models: residency, coalescing, banks of shared memory."""

from collections import Counter
from collections.abc import Iterable, Sequence

REGISTERS = 65_536  # of 32 bits, on one SM of an A100, H100 or B200
SHARED_BYTES = 228 * 1024  # on one SM of an H100
RESERVED_BYTES = 1024  # of shared memory, that the driver keeps for each block
WARPS = 64  # resident on one SM
BLOCKS = 32
LINE = 128  # bytes of a cache line
BANKS, BANK_BYTES = 32, 4


def blocks_per_sm(registers: int, threads: int, shared_bytes: int) -> dict[str, int]:
    """How many blocks each limit of one SM of an H100 lets in; the smallest decides.

    `registers` are those of one thread. They are given out to whole warps, 8 a thread at a time.
    """
    warps = -(-threads // 32)
    of_a_warp = 32 * (-(-registers // 8) * 8)
    limits = {
        "registers": REGISTERS // of_a_warp // warps,
        "warps": WARPS // warps,
        "blocks": BLOCKS,
    }
    if shared_bytes:
        limits["shared memory"] = SHARED_BYTES // (shared_bytes + RESERVED_BYTES)
    return limits


def lines_touched(addresses: Iterable[int]) -> int:
    """Lines of 128 bytes that one request of a warp needs; addresses in bytes."""
    return len({address // LINE for address in addresses})


def passes(words: Sequence[int]) -> int:
    """How often shared memory is asked for one request of a warp: the fullest bank decides.

    `words` are the 4-byte words that the 32 threads want. Threads that want the same word share it.
    """
    return max(Counter(word % BANKS for word in set(words)).values())


def plain(row: int, column: int) -> int:
    """Word of an element of a 32 × 32 tile of floats, stored row by row."""
    return 32 * row + column


def swizzled(row: int, column: int) -> int:
    """The same with the column XORed by the row: each row keeps its words, in another order."""
    return 32 * row + (column ^ row)
