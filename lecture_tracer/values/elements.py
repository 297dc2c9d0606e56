"""The elements of an array that are written, with the digits that their dtype carries.

Input: Python numbers from an array's `tolist`. Output: Values.
"""

import struct
from collections.abc import Callable
from typing import Any

from lecture_tracer.trace.schema import Number, Value
from lecture_tracer.values.budget import NODE_COST, Writer
from lecture_tracer.values.plain import SAFE_INT, is_plain_float


def _as_float32(number: float) -> float:
    found: float = struct.unpack("f", struct.pack("f", number))[0]
    return found


def _as_float16(number: float) -> float:
    found: float = struct.unpack("e", struct.pack("e", number))[0]
    return found


def _as_bfloat16(number: float) -> float:
    """The nearest number with eight significant bits, ties to even."""
    bits = struct.unpack("I", struct.pack("f", number))[0]
    bits += 0x7FFF + (bits >> 16 & 1)
    return _as_float32(struct.unpack("f", struct.pack("I", bits & 0xFFFF0000))[0])


_DIGITS: dict[str, tuple[int, int, Callable[[float], float] | None]] = {
    "float32": (6, 9, _as_float32),
    "complex64": (6, 9, _as_float32),
    "float16": (3, 5, _as_float16),
    "bfloat16": (2, 4, _as_bfloat16),
}
"""Digits that always survive the dtype, digits that always identify a number of it, and rounding
to it. Other short floats (`float8_*`) have at most four significant bits: three digits, unrounded.
"""


def shortest(number: float, dtype: str) -> float:
    """The number with the fewest digits that is still `number` in `dtype`.

    A float32 that prints as 0.1 is 0.10000000149011612 as a Python float.
    """
    if dtype.startswith("float8"):
        return float(f"{number:.4g}")
    least, most, rounded = _DIGITS.get(dtype, (0, 0, None))
    if rounded is None or number.is_integer() or number - number != 0:
        return number
    for digits in range(least, most):
        candidate = float(f"{number:.{digits}g}")
        try:
            if rounded(candidate) == number:
                return candidate
        except OverflowError:  # rounded up past the largest number of the dtype
            continue
    return float(f"{number:.{most}g}")


def elements(numbers: list[Any], dtype: str, writer: Writer) -> list[Value]:
    """Array elements as values: shorter floats, everything else as outside of arrays."""
    written: list[Value] = []
    for item in numbers:
        if type(item) is float:
            short = shortest(item, dtype)
            if is_plain_float(short):
                writer.left -= 25
                written.append(short)
            else:
                writer.left -= NODE_COST + 25
                written.append(Number(type="float", text=repr(short)))
        elif type(item) is complex:
            short_complex = complex(shortest(item.real, dtype), shortest(item.imag, dtype))
            written.append(writer.value(short_complex))
        else:
            written.append(writer.value(item))
    return written


def numbers(items: list[Any], dtype: str, writer: Writer) -> list[bool | int | float | str]:
    """Array elements as JSON numbers, or as text where JSON or JavaScript cannot say them."""
    written = [_number(item, dtype) for item in items]
    writer.left -= sum(len(str(number)) + 2 for number in written)
    return written


def _number(item: Any, dtype: str) -> bool | int | float | str:
    if type(item) is float:
        short = shortest(item, dtype)
        return short if short - short == 0 else repr(short)
    if type(item) is complex:
        return str(complex(shortest(item.real, dtype), shortest(item.imag, dtype))).strip("()")
    if type(item) is int:
        return item if -SAFE_INT < item < SAFE_INT else str(item)
    return item if type(item) is bool else str(item)
