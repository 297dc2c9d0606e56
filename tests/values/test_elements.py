"""Elements carry the digits of their dtype, no more and no fewer."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lecture_tracer.values.elements import shortest


@pytest.mark.parametrize(
    ("number", "dtype", "shown"),
    [
        (0.10000000149011612, "float32", 0.1),
        (0.0999755859375, "float16", 0.1),
        (0.10009765625, "bfloat16", 0.1),
        (3.140625, "bfloat16", 3.14),
        (0.1, "float64", 0.1),
        (1 / 3, "float64", 1 / 3),
        (0.009765625, "float8_e4m3fn", 0.009766),
        (65504.0, "float16", 65504.0),
        (3.4028234663852886e38, "float32", 3.4028234663852886e38),
        (5e-324, "float32", 5e-324),
        (float("inf"), "float32", float("inf")),
    ],
)
def test_shortest(number: float, dtype: str, shown: float) -> None:
    assert shortest(number, dtype) == shown


@given(st.floats(width=32, allow_nan=False))
def test_a_float32_survives(number: float) -> None:
    shown = shortest(number, "float32")
    assert struct.unpack("f", struct.pack("f", shown))[0] == number
    assert len(repr(shown)) <= len(repr(number))


@given(st.floats(width=16, allow_nan=False))
def test_a_float16_survives(number: float) -> None:
    assert struct.unpack("e", struct.pack("e", shortest(number, "float16")))[0] == number
