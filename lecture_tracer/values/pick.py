"""Which elements of a large array to look at: its ends, its parts, a sample, one matrix.

Input: anything with `shape`, `reshape` and slicing (numpy array, torch tensor). Output: arrays of
the same kind that are views where possible: nothing here copies more than it returns.
"""

import math
from collections.abc import Iterator
from typing import Any

Array = Any


def first(array: Array, count: int) -> Array:
    """The first `count` elements in row-major order, 1-D."""
    return _end(array, count, lambda n: slice(0, n), slice(0, count))


def last(array: Array, count: int) -> Array:
    """The last `count` elements in row-major order, 1-D."""
    return _end(array, count, lambda n: slice(-n, None), slice(-count, None))


def _end(array: Array, count: int, rows: Any, elements: slice) -> Array:
    # Narrowing before reshape: reshape copies an array that is not contiguous.
    for dimension in range(len(array.shape) - 1):
        row = math.prod(array.shape[dimension + 1 :])
        if row == 0:
            break
        keep = rows(math.ceil(count / row))
        array = array[(slice(None),) * dimension + (keep,)]
        if array.shape[dimension] != 1:
            break
    return array.reshape(-1)[elements]


def parts(array: Array, size: int) -> Iterator[Array]:
    """The array in slices along its leading dimensions of at most about `size` elements each."""
    if math.prod(array.shape) <= size or not array.shape:
        yield array
        return
    row = math.prod(array.shape[1:])
    if row > size:
        for i in range(array.shape[0]):
            yield from parts(array[i], size)
        return
    rows = size // row
    for start in range(0, array.shape[0], rows):
        yield array[start : start + rows]


def sample(array: Array, count: int) -> Array:
    """About `count` elements on an even grid that reaches into every dimension."""
    shape, left = array.shape, float(count)
    grid = [slice(None)] * len(shape)
    # Short dimensions are kept whole first; the long ones share what is left of `count` evenly.
    for done, dimension in enumerate(sorted(range(len(shape)), key=lambda d: int(shape[d]))):
        wanted = left ** (1 / (len(shape) - done))
        # Odd: arrays have structure at powers of two, and a sample should see past it.
        step = int(shape[dimension] / max(wanted, 1)) | 1
        grid[dimension] = slice(step // 2, None, step)
        left /= math.ceil(shape[dimension] / step)
    return array[tuple(grid)]


def even_indices(length: int, count: int) -> list[int]:
    """`count` indices below `length`, or all, in the middle of equal parts."""
    count = min(length, count)
    return [(2 * i + 1) * length // (2 * count) for i in range(count)]


def first_matrix(array: Array) -> Array:
    """The first matrix of an array of two or more dimensions."""
    return array[(0,) * (len(array.shape) - 2)]
