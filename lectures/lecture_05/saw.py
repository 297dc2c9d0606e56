"""What the measured saw-tooth and strides say, computed from the records."""

from collections.abc import Mapping, Sequence
from statistics import median

from lectures.lecture_05 import records

FLOATS = 2**27  # read by the kernel of the strides
FAMILIES = {
    "cutlass_75": "Turing, 2018",
    "cutlass_80": "Ampere, 2020",
    "nvjet_sm90": "Hopper, 2022",
}


def strided_ms(stride: int, least: int, tb_per_s: float, floor: float) -> float:
    """Milliseconds to fetch what a stride touches if `least` bytes are fetched at a time.

    Never less than `floor`, the time of the kernel itself.
    """
    fetched = FLOATS * min(4 * stride, least)
    return max(floor, 1e3 * fetched / (tb_per_s * 1e12))


def seconds(rates: Mapping[int, float], n: int) -> float:
    """Time of the n × n product, from its TFLOP/s."""
    return 2 * n**3 / (rates[n] * 1e12)


def bands(rates: Mapping[int, float], first: int, last: int) -> dict[str, float]:
    """Median TFLOP/s of the odd sizes, of the even ones, and of the multiples of 8."""
    sizes = [n for n in rates if first <= n <= last]
    kinds = {
        "odd": [n for n in sizes if n % 2],
        "even": [n for n in sizes if n % 2 == 0 and n % 8],
        "multiple of 8": [n for n in sizes if n % 8 == 0],
    }
    return {name: median(rates[n] for n in found) for name, found in kinds.items()}


def kind_of(n: int) -> str:
    """The band of a size."""
    return "odd" if n % 2 else "even, not by 8" if n % 8 else "multiple of 8"


def kernel_families() -> list[list[str | int]]:
    """Band, sizes, distinct kernels and architecture of what the library chose, from a profile."""
    content = records.load("chosen_kernels")
    names: list[str] = content["names"]
    chosen: dict[tuple[str, str], list[str]] = {}
    for n, kernel, *_ in content["rows"]:
        name = names[kernel]
        family = next(year for prefix, year in FAMILIES.items() if prefix in name)
        chosen.setdefault((kind_of(n), family), []).append(name)
    return [[band, len(found), len(set(found)), family] for (band, family), found in chosen.items()]


def median_ratio(new: Mapping[int, float], old: Mapping[int, float], odd: bool) -> float:
    """Median of new over old rates, over the odd or the even sizes that both have."""
    return median(new[n] / old[n] for n in new if n in old and n % 2 == odd)


def steps(rows: Sequence[Sequence[float]], sms: int = 132) -> dict[int, float]:
    """Growth of the time for a unit of depth where the tiles pass each multiple of `sms`.

    `rows`: n, tiles, seconds, and more. The work of a tile grows with n, hence time over n.
    """
    found = {}
    for border in range(sms, 6 * sms + 1, sms):
        before = max((r for r in rows if r[1] <= border), key=lambda r: r[1])
        after = min((r for r in rows if r[1] > border), key=lambda r: r[1])
        found[border] = (after[2] / after[0]) / (before[2] / before[0])
    return found
