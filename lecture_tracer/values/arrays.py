"""numpy arrays and scalars.

Input: `numpy.ndarray`, of any dtype, masked or not, or `numpy.generic`. Output: `Tensor`, `Number`,
or what the Python object inside gives. Changes no error state and copies only what it shows.
"""

import sys
from typing import Any

from lecture_tracer.trace.schema import HeatMap, Number, Object, Statistics, Tensor, Value
from lecture_tracer.values import pick
from lecture_tracer.values.budget import Writer
from lecture_tracer.values.elements import elements, numbers
from lecture_tracer.values.naming import clip, type_name
from lecture_tracer.values.statistics import Moments, combine, describe, heat_map

_PART = 1 << 16
"""Elements of a part: it stays in cache while it is measured, so that memory is read once."""
_NUMERIC = "biuf"
_WITH_NUMBERS = "biufcmM"
"""Kinds of dtype whose elements are numbers or dates."""


def scalar(obj: Any, writer: Writer) -> Value:
    """A numpy scalar: a number, or the text of a date, or the fields of a record."""
    name, kind = type_name(type(obj)), obj.dtype.kind
    if kind == "V":
        return writer.value(obj.item())
    text = clip(str(obj), writer.budget.characters)
    writer.spend(name, text)
    if kind in "biufc":
        return Number(type=name, text=text)
    return Object(type=name, text=text)


def array(obj: Any, writer: Writer) -> Tensor:
    """A numpy array. Statistics and heat map for real numbers, elements for every dtype."""
    np: Any = sys.modules["numpy"]
    masked = sys.modules.get("numpy.ma")
    is_masked = masked is not None and isinstance(obj, masked.MaskedArray)
    # The base class: a subclass may change what slicing means, or watch it.
    base = obj.view(masked.MaskedArray) if masked is not None and is_masked else np.asarray(obj)
    writer.left -= 300
    with np.errstate(all="ignore"):
        return Tensor(
            type=type_name(type(obj)),
            shape=[int(length) for length in base.shape],
            dtype=clip(str(base.dtype), 200),
            bytes=int(base.nbytes),
            strides=_strides(base),
            view=_is_view(obj),
            **_contents(base, writer, masked),
            statistics=_statistics(base, writer, np),
            heat_map=_heat_map(base, writer, np),
            note=_mask_note(base, np) if is_masked else "",
        )


def array_storage_key(obj: Any) -> tuple[str, int] | None:
    """Address of the memory that an array looks into, as `tensor_storage_key` would give it."""
    np: Any = sys.modules["numpy"]
    while isinstance(obj.base, np.ndarray):
        obj = obj.base
    address = int(obj.__array_interface__["data"][0])
    return ("cpu", address) if obj.size and address else None


def _strides(base: Any) -> list[int] | None:
    """Strides in elements; None when contiguous, or when they are no multiples of an element."""
    if base.flags.c_contiguous or not base.itemsize:
        return None
    if any(step % base.itemsize for step in base.strides):
        return None
    return [int(step) // int(base.itemsize) for step in base.strides]


def _is_view(obj: Any) -> bool:
    return obj.base is not None and not bool(obj.flags.owndata)


def _contents(base: Any, writer: Writer, masked: Any) -> dict[str, Any]:
    """Elements: all of a few, else those at both ends."""
    if base.size > writer.budget.tensor_whole:
        edge = writer.budget.tensor_elements
        return {
            "head": _listed(pick.first(base, edge), writer, masked),
            "tail": _listed(pick.last(base, edge), writer, masked),
        }
    flat = base.reshape(-1)
    kind = flat.dtype.kind
    if kind not in _WITH_NUMBERS or not flat.size:
        return {"head": _listed(flat, writer, masked)}
    is_masked = masked is not None and isinstance(flat, masked.MaskedArray)
    plain = flat.data if is_masked else flat
    long = kind in "fc" and plain.dtype.itemsize > (8 if kind == "f" else 16)
    items = [str(item).strip("()") for item in plain] if long or kind in "mM" else plain.tolist()
    if is_masked:
        holes = masked.getmaskarray(flat).tolist()
        items = ["--" if gap else item for item, gap in zip(items, holes, strict=True)]
    return {"numbers": numbers(items, str(flat.dtype), writer)}


def _listed(flat: Any, writer: Writer, masked: Any) -> list[Value]:
    dtype = str(flat.dtype) if flat.dtype.kind in _NUMERIC else ""
    if flat.dtype.kind in "Mm":
        # `tolist` would make bare integers of nanoseconds.
        return [scalar(item, writer) for item in flat]
    if flat.dtype.kind == "f" and flat.dtype.itemsize > 8:
        return [scalar(item, writer) for item in flat]
    hole = Object(type="numpy.ma.masked", text="--")
    if masked is not None and isinstance(flat, masked.MaskedArray):
        holes = masked.getmaskarray(flat).tolist()
        written = elements(flat.data.tolist(), dtype, writer)
        return [hole if gap is True else value for value, gap in zip(written, holes, strict=True)]
    return elements(flat.tolist(), dtype, writer)


def _mask_note(base: Any, np: Any) -> str:
    hidden = int(np.ma.count_masked(base))
    return f"{hidden:,} of {int(base.size):,} elements are masked"


def _statistics(base: Any, writer: Writer, np: Any) -> Statistics | None:
    if base.size < 2 or base.dtype.kind not in _NUMERIC:
        return None
    sampled = None
    if base.size > writer.budget.statistics_limit:
        base = pick.sample(base, writer.budget.statistics_sample)
        sampled = int(base.size)
    elif not base.flags.c_contiguous:
        # In the order of memory, so that a transposed matrix is read as fast as its original.
        base = base.transpose(sorted(range(base.ndim), key=lambda d: -abs(base.strides[d])))
    if base.flags.c_contiguous:
        base = base.reshape(-1)
    return describe(combine(_measured(part, np) for part in pick.parts(base, _PART)), sampled)


def _measured(part: Any, np: Any) -> Moments:
    if hasattr(part, "compressed"):
        part = part.compressed()
    count, nan, inf = int(part.size), 0, 0
    if not count:
        return Moments(0, 0.0, 0.0, 0.0, 0.0)
    low, high = part.min(), part.max()
    wide = part.astype(np.float64)
    if not np.isfinite(low) or not np.isfinite(high):
        missing = np.isnan(part)
        nan, inf = int(missing.sum()), int(np.isinf(part).sum())
        wide, count = wide[~missing], count - nan
        if not count:
            return Moments(0, 0.0, 0.0, 0.0, 0.0, nan)
        low, high = wide.min(), wide.max()
    mean = wide.mean()
    wide -= mean
    squares = float(np.square(wide, out=wide).sum())
    if part.dtype.kind == "f":
        return Moments(count, float(low), float(high), float(mean), squares, nan, inf)
    return Moments(count, low.item(), high.item(), float(mean), squares)


def _heat_map(base: Any, writer: Writer, np: Any) -> HeatMap | None:
    limit = writer.budget.heat_map
    if base.ndim < 2 or base.size < 2 or base.dtype.kind not in _NUMERIC or not limit:
        return None
    # Among many arrays in one container, elements and statistics matter more than pictures.
    if writer.left <= writer.budget.total // 2:
        return None
    matrix = pick.first_matrix(base)
    rows = pick.even_indices(int(matrix.shape[0]), limit)
    columns = pick.even_indices(int(matrix.shape[1]), limit)
    chosen = matrix[np.ix_(rows, columns)].astype(np.float64)
    if hasattr(chosen, "filled"):
        chosen = chosen.filled(np.nan)
    finite = np.isfinite(chosen)
    if not finite.any():
        return None
    low, high = float(chosen[finite].min()), float(chosen[finite].max())
    # Halves: the difference of two large numbers may be too large for a float.
    span = high / 2 - low / 2
    scaled = ((chosen / 2 - low / 2) / span * 254).clip(0, 254) if span else np.zeros_like(chosen)
    levels = np.where(finite, scaled.round(), 255).astype(np.uint8).tobytes()
    writer.left -= 4 * len(levels) // 3
    return heat_map(len(rows), len(columns), levels, low, high)
