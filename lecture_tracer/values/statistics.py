"""Statistics of an array from those of its parts, and how they are written.

Input: one `Moments` per part. Output: `Statistics`. No array library: `arrays` and `tensors`
measure the parts.
"""

import math
from binascii import b2a_base64
from collections.abc import Iterable
from dataclasses import dataclass

from lecture_tracer.trace.schema import HeatMap, Statistics

_NOISE = 1e-12
"""A mean this small beside the largest element is rounding; it would differ between machines."""


@dataclass(frozen=True, slots=True)
class Moments:
    """Of `count` numbers (nan left out): extremes, mean, sum of squared distances to the mean."""

    count: int
    low: int | float | bool
    high: int | float | bool
    mean: float
    squares: float
    nan: int = 0
    inf: int = 0


def combine(parts: Iterable[Moments]) -> Moments:
    """The moments of all parts together (Chan, Golub and LeVeque 1979, pairwise update)."""
    count = nan = inf = 0
    low: int | float | bool = math.inf
    high: int | float | bool = -math.inf
    mean = squares = 0.0
    for part in parts:
        nan, inf = nan + part.nan, inf + part.inf
        if not part.count:
            continue
        low, high = min(part.low, low), max(part.high, high)
        total = count + part.count
        # The first part is taken as it is: the update would make inf - inf of an infinite mean.
        delta = part.mean - mean if count else part.mean
        squares += part.squares + (delta * delta * count * part.count / total if count else 0.0)
        mean = mean + delta * part.count / total if count else part.mean
        count = total
    return Moments(count, low, high, mean, squares, nan, inf)


def describe(moments: Moments, sampled: int | None) -> Statistics:
    """The statistics as they are written: six significant digits, integers whole."""
    if not moments.count:
        return Statistics(
            min="nan", max="nan", mean="nan", std="nan", nan=moments.nan, sampled=sampled
        )
    largest = max(abs(moments.low), abs(moments.high))
    mean = 0.0 if abs(moments.mean) < _NOISE * largest else moments.mean
    deviation = math.sqrt(moments.squares / moments.count)
    return Statistics(
        min=number(moments.low),
        max=number(moments.high),
        mean=number(mean),
        std=number(0.0 if deviation < _NOISE * largest else deviation),
        nan=moments.nan,
        inf=moments.inf,
        sampled=sampled,
    )


def number(value: int | float | bool) -> str:
    """Ints and bools whole, floats with six significant digits."""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def heat_map(rows: int, columns: int, levels: bytes, low: float, high: float) -> HeatMap:
    """A heat map of `rows * columns` levels; `low` and `high` rounded to six digits."""
    return HeatMap(
        rows=rows,
        columns=columns,
        data=b2a_base64(levels, newline=False).decode(),
        low=float(f"{low:.6g}"),
        high=float(f"{high:.6g}"),
    )
