"""Numbers, strings and bytes: plain JSON where it says the same, tagged where it would not."""

import math
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lecture_tracer.trace.schema import Bytes, Number, Text
from lecture_tracer.values import Budget, serialize


@pytest.mark.parametrize("obj", [None, True, 0, -7, 2**53 - 1, 0.5, -1e-4, 123.25, "", "naïve 🦊"])
def test_what_json_says_alike_stays_plain(obj: object) -> None:
    value = serialize(obj)
    assert value == obj
    assert type(value) is type(obj)


@pytest.mark.parametrize(
    ("obj", "type_", "text"),
    [
        (1.0, "float", "1.0"),
        (-0.0, "float", "-0.0"),
        (1e-5, "float", "1e-05"),
        (1e16, "float", "1e+16"),
        (math.nan, "float", "nan"),
        (-math.inf, "float", "-inf"),
        (2**53, "int", "9007199254740992"),
        (1 + 2j, "complex", "(1+2j)"),
        (Decimal("1.10"), "decimal.Decimal", "1.10"),
        (Fraction(1, 3), "fractions.Fraction", "1/3"),
    ],
)
def test_a_number_json_would_change_keeps_its_text(obj: object, type_: str, text: str) -> None:
    assert serialize(obj) == Number(type=type_, text=text)


def test_a_huge_int_shows_its_ends_and_its_number_of_digits() -> None:
    assert serialize(-(10**5000) - 7) == Number(
        type="int", text="-10000000000000000000…00000000000000000007 (5,001 digits)"
    )


@given(st.integers(1001, 6000), st.integers(-1, 1))
def test_digits_are_counted_right_beside_powers_of_ten(digits: int, offset: int) -> None:
    expected = digits + 1 if offset >= 0 else digits
    value = serialize(10**digits + offset)
    assert isinstance(value, Number)
    assert value.text.endswith(f"({expected:,} digits)") or len(value.text) == expected


def test_an_int_of_millions_of_digits_is_not_written_out() -> None:
    assert serialize(1 << 4_000_000) == Number(type="int", text="0x… (4,000,001 bits)")


def test_a_long_string_keeps_its_beginning_and_end() -> None:
    text = serialize("a" * 50 + "z" * 50, Budget(characters=10))
    assert text == Text(text="a" * 8, tail="zz", length=100)


def test_a_lone_surrogate_is_escaped_since_utf8_cannot_say_it() -> None:
    assert serialize("a\ud800") == "a\\ud800"


def test_subclasses_keep_their_type() -> None:
    class Name(str):
        pass

    class Count(int):
        def __repr__(self) -> str:
            raise ValueError("no repr")

    name, count = serialize(Name("x")), serialize(Count(3))
    assert isinstance(name, Text)
    assert (name.text, name.type.rpartition(".")[2]) == ("x", "Name")
    assert isinstance(count, Number)
    assert count.text == "3"


@pytest.mark.parametrize("make", [bytes, bytearray, memoryview])
def test_bytes_are_shown_as_a_literal(make: type) -> None:
    obj = make(bytes(range(256)))
    value = serialize(obj, Budget(characters=16))
    assert value == Bytes(type=make.__name__, text=r"b'\x00\x01\x02\x03'", length=256)


def test_a_strided_or_released_memoryview_does_no_harm() -> None:
    view = memoryview(b"abcdef")
    assert serialize(view[::2]) == Bytes(type="memoryview", text="b'ace'", length=3)
    view.release()
    assert serialize(view).type == "ValueError"  # type: ignore[union-attr]
