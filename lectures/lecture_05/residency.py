"""How many blocks and warps one multiprocessor of an H100 holds, and how many bytes that moves."""

REGISTERS = 65_536  # 32-bit, on one SM
THREADS = 2048
WARPS = THREADS // 32
BLOCKS = 32
SHARED = 228 * 1024  # bytes, on one SM
RESERVED = 1024  # bytes that the driver takes from them for each block
LARGEST_BLOCK = 227 * 1024  # of shared memory
SMS = 132


def limits(registers: int, threads: int, shared: int) -> dict[str, int]:
    """Blocks that each resource of one SM admits.

    `registers` of a thread, given to whole warps in steps of 8 a thread; `shared` bytes of a block,
    in steps of 128.
    """
    warps = -(-threads // 32)
    # A quarter of the SM's registers serves a quarter of its warps.
    quarter = REGISTERS // 4 // (32 * 8 * -(-registers // 8))
    rounded = 128 * -(-shared // 128) + RESERVED
    return {
        "registers": 4 * quarter // warps,
        "warps": WARPS // warps,
        "blocks": BLOCKS,
        "shared memory": SHARED // rounded if shared <= LARGEST_BLOCK else 0,
    }


def blocks_per_sm(registers: int, threads: int, shared: int) -> int:
    """The smallest of `limits`."""
    return min(limits(registers, threads, shared).values())


def occupancy(registers: int, threads: int, shared: int = 0) -> float:
    """Share of the 64 warps of an SM that are resident."""
    return blocks_per_sm(registers, threads, shared) * -(-threads // 32) / WARPS


def bytes_in_flight(bandwidth: float, latency: float) -> float:
    """Little's law: bytes that have to be under way to keep memory busy.

    `bandwidth` in bytes a second, `latency` in seconds.
    """
    return bandwidth * latency
