"""Floating-point formats: their bits, their spacing, and what they do to a long sum."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

_INTEGERS = {1: torch.uint8, 2: torch.int16, 4: torch.int32}


@dataclass(frozen=True)
class Format:
    """One sign bit, `exponent` bits for the range, `mantissa` bits for the resolution."""

    name: str
    dtype: torch.dtype
    exponent: int
    mantissa: int

    @property
    def bits(self) -> int:
        """Width in bits."""
        return 1 + self.exponent + self.mantissa

    @property
    def bias(self) -> int:
        """What is subtracted from the exponent field (IEEE 754, and OCP for the 8-bit ones)."""
        return int(2 ** (self.exponent - 1)) - 1


FLOAT32 = Format("float32", torch.float32, 8, 23)
FLOAT16 = Format("float16", torch.float16, 5, 10)
BFLOAT16 = Format("bfloat16", torch.bfloat16, 8, 7)
E4M3 = Format("fp8 E4M3", torch.float8_e4m3fn, 4, 3)
E5M2 = Format("fp8 E5M2", torch.float8_e5m2, 5, 2)
FORMATS = (FLOAT32, FLOAT16, BFLOAT16, E4M3, E5M2)


def stored(number: float, format: Format) -> float:
    """The number that `format` keeps in place of `number`."""
    return float(torch.tensor(number, dtype=torch.float32).to(format.dtype).float())


def bit_fields(number: float, format: Format) -> tuple[str, str, str]:
    """Sign, exponent and mantissa of what is stored, as binary digits."""
    tensor = torch.tensor(number, dtype=torch.float32).to(format.dtype)
    raw = int(tensor.view(_INTEGERS[tensor.element_size()]).item()) % 2**format.bits
    digits = f"{raw:0{format.bits}b}"
    return digits[0], digits[1 : 1 + format.exponent], digits[1 + format.exponent :]


def from_fields(sign: str, exponent: str, mantissa: str, format: Format) -> float:
    """The finite number that the fields stand for; the inverse of `bit_fields`."""
    fraction = int(mantissa, 2) / 2**format.mantissa
    field = int(exponent, 2)
    if field == 0:  # subnormal: no hidden one
        magnitude = fraction * 2.0 ** (1 - format.bias)
    else:
        magnitude = (1 + fraction) * 2.0 ** (field - format.bias)
    return float(-magnitude if sign == "1" else magnitude)


def limits(format: Format) -> dict[str, float | int | str]:
    """One row of the table of ranges, from `torch.finfo`."""
    info = torch.finfo(format.dtype)
    shown = {
        "largest": f"{info.max:.4g}",
        "smallest normal": f"{info.smallest_normal:.2g}",
        "smallest": f"{info.smallest_normal * info.eps:.2g}",
        "step at 1": f"{info.eps:.2g}",
    }
    unbroken = {
        name: number.replace("-", "\N{NON-BREAKING HYPHEN}") for name, number in shown.items()
    }
    return {"format": format.name, "bytes": info.bits // 8, **unbroken}


def spacing(format: Format, exponents: range) -> list[tuple[float, float]]:
    """(value, distance to the next larger number) at the powers of two within the range."""
    info = torch.finfo(format.dtype)
    values = [2.0**power for power in exponents if 2.0**power <= info.max]
    return [(value, max(value, info.smallest_normal) * info.eps) for value in values]


def sums_by_format(
    term: float, count: int, formats: Sequence[Format] = (FLOAT32, FLOAT16, BFLOAT16)
) -> tuple[dict[str, list[tuple[int, float]]], dict[str, float]]:
    """Running sums of `count` equal terms, and the last of each, by the format's name."""
    sums = {f.name: running_sums(term, count, f, count // 40) for f in formats}
    return sums, {name: points[-1][1] for name, points in sums.items()}


def running_sums(term: float, count: int, format: Format, every: int) -> list[tuple[int, float]]:
    """Add `term` to itself `count` times within one format: (terms, sum) each `every` terms."""
    total = torch.zeros((), dtype=format.dtype)
    step = torch.tensor(term).to(format.dtype)
    points = [(0, 0.0)]
    for number in range(1, count + 1):
        total += step
        if number % every == 0:
            points.append((number, round(float(total), 3)))
    return points
