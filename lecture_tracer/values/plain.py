"""Numbers, strings and bytes.

Input: objects of builtin and standard-library types, or of subclasses. Output: plain JSON where it
says the same, else `Number`, `Text`, `Bytes`.
"""

import math
from typing import Any

from lecture_tracer.trace.schema import Bytes, Number, Text, Value
from lecture_tracer.values.budget import NODE_COST, Writer, json_size
from lecture_tracer.values.naming import clip, encodable, type_name

SAFE_INT = 2**53
"""JavaScript keeps integers exactly below this."""
_HUGE_INT_BITS = 3_000_000
"""Above it the decimal digits cost seconds to find."""
_INT_EDGE = 20
"""Digits shown at each end of a cut int."""


def is_plain_float(number: float) -> bool:
    """Whether JSON, Python and JavaScript all write `number` alike (`1.0`, `1e-05`, nan: no)."""
    return 1e-4 <= abs(number) < 1e16 and not number.is_integer()


def none(obj: None, writer: Writer) -> None:
    """None is plain."""
    writer.left -= 5


def boolean(obj: bool, writer: Writer) -> bool:
    """True and False are plain."""
    writer.left -= 6
    return obj


def integer(obj: int, writer: Writer) -> Value:
    """An int, or an instance of a subclass, of any size."""
    number = int.__int__(obj)
    if type(obj) is int and -SAFE_INT < number < SAFE_INT:
        writer.left -= 18
        return number
    return _number(type_name(type(obj)), _digits(number, writer.budget.characters), writer)


def floating(obj: float, writer: Writer) -> Value:
    """A float, or an instance of a subclass."""
    number = float.__float__(obj)
    if type(obj) is float and is_plain_float(number):
        writer.left -= 25
        return number
    return _number(type_name(type(obj)), float.__repr__(number), writer)


def other_number(obj: Any, writer: Writer) -> Number:
    """complex, Decimal, Fraction: as `str` shows it."""
    return _number(type_name(type(obj)), clip(str(obj), writer.budget.characters), writer)


def string(obj: str, writer: Writer) -> Value:
    """A str, or an instance of a subclass; a long one keeps its beginning and end."""
    whole = writer.from_root(str.__str__(obj))
    name, limit = type_name(type(obj)), writer.budget.characters
    if len(whole) <= limit:
        text = encodable(whole)
        if type(obj) is str:
            writer.left -= json_size(text) + 1
            return text
        writer.spend(text, name)
        return Text(type=name, text=text, length=len(whole))
    edge = limit // 5
    text, tail = encodable(whole[: limit - edge]), encodable(whole[len(whole) - edge :])
    writer.spend(text, tail, name)
    return Text(type=name, text=text, tail=tail, length=len(whole))


def byte_string(obj: bytes | bytearray | memoryview, writer: Writer) -> Bytes:
    """bytes, bytearray, memoryview: the first bytes as a literal."""
    # A byte takes up to four characters of the literal.
    count = writer.budget.characters // 4
    if isinstance(obj, memoryview):
        length = obj.nbytes
        first = obj.cast("B")[:count].tobytes() if obj.c_contiguous else obj.tobytes()[:count]
    else:
        length, first = len(obj), bytes(obj[:count])
    name, text = type_name(type(obj)), repr(first)
    writer.spend(text, name)
    return Bytes(type=name, text=text, length=length)


def _number(name: str, text: str, writer: Writer) -> Number:
    writer.left -= NODE_COST + len(text) + len(name)
    return Number(type=name, text=text)


def _digits(number: int, limit: int) -> str:
    """Decimal digits; of more than `limit`, the first, the last and how many there are."""
    if number.bit_length() < 3 * limit:
        return str(number)
    if number.bit_length() > _HUGE_INT_BITS:
        return f"{'-' if number < 0 else ''}0x… ({number.bit_length():,} bits)"
    size = abs(number)
    # log10 is off by less than one, so the first digits tell whether one more is needed.
    count = int(math.log10(size)) + 1
    first = size // 10 ** (count - _INT_EDGE)
    if first >= 10**_INT_EDGE:
        first, count = first // 10, count + 1
    elif first < 10 ** (_INT_EDGE - 1):
        count -= 1
        first = size // 10 ** (count - _INT_EDGE)
    last = size % 10**_INT_EDGE
    sign = "-" if number < 0 else ""
    return f"{sign}{first}…{last:0{_INT_EDGE}d} ({count:,} digits)"
