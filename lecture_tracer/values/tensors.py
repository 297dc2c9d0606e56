"""torch tensors, on any device and of any layout.

Input: a `torch.Tensor`. Output: `Tensor`. Reads without a trace: no gradient graph, no random
numbers, no `__torch_function__` or dispatch mode of the lecture sees it, the tensor's version
stays. What is taken from a device is cut there first.
"""

import contextlib
import math
import sys
from typing import Any

from lecture_tracer.trace.schema import HeatMap, Object, Statistics, Tensor, Value
from lecture_tracer.values import pick
from lecture_tracer.values.budget import Writer
from lecture_tracer.values.elements import elements, numbers
from lecture_tracer.values.naming import plain_text, type_name
from lecture_tracer.values.objects import by_repr
from lecture_tracer.values.plain import SAFE_INT
from lecture_tracer.values.statistics import Moments, combine, describe, heat_map

_CACHED_PART = 1 << 15
"""Elements of a part on the CPU: it stays in cache while it is measured, so that memory is read
once. torch works on more than this with several threads, whose waiting for each other costs many
times the work when the machine is busy, and whose number would show in the last digits."""
_DEVICE_PART = 1 << 24
"""On a device parts only bound the memory used."""
_LARGEST_COPY = 1 << 24
"""Elements of a quantised tensor that may be turned into floats to look at them."""


def tensor(obj: Any, writer: Writer) -> Tensor | Object:
    """A torch tensor. What cannot be read (meta, fake, inside vmap) is named in `note`."""
    torch: Any = sys.modules["torch"]
    writer.left -= 300
    with torch.no_grad(), torch._C.DisableTorchFunction(), _no_modes(torch):
        if obj.is_nested:  # has no shape
            return by_repr(obj, writer)
        facts = _facts(obj)
        try:
            facts |= _storage(obj)
            dense, facts["note"] = _readable(obj, torch)
            if dense is not None:
                facts |= _contents(dense, list(dense.shape) == facts["shape"], writer, torch)
        except Exception as error:
            facts["note"] = f"no data: {type_name(type(error))}: {plain_text(str(error), 200)}"
    return Tensor(type=type_name(type(obj)), **facts)


def storage(obj: Any, writer: Writer) -> Object:
    """A storage by its size: its repr has a line for every byte."""
    name, text = type_name(type(obj)), f"{obj.nbytes():,} bytes on {obj.device}"
    writer.spend(name, text)
    return Object(type=name, text=text)


def _facts(obj: Any) -> dict[str, Any]:
    """What every tensor knows, with data or without."""
    facts = {
        "shape": [int(length) for length in obj.shape],
        "dtype": _plain(obj.dtype),
        "requires_grad": bool(obj.requires_grad),
    }
    layout = _layout(obj)
    # Defaults are left out of the file only where the field is not set at all.
    if layout != "strided":
        facts["layout"] = layout
    if obj.device.type != "cpu":
        facts["device"] = str(obj.device)
    return facts


def _storage(obj: Any) -> dict[str, Any]:
    """Size, and how the elements lie in memory."""
    if _layout(obj) != "strided" or obj.device.type == "meta":
        return {"bytes": _bytes(obj)}
    strides = None if obj.is_contiguous() else [int(step) for step in obj.stride()]
    view = bool(obj._is_view()) or _storage_bytes(obj) > _bytes(obj)
    return {"bytes": _bytes(obj), "strides": strides, "view": view}


def _layout(obj: Any) -> str:
    return "quantized" if obj.is_quantized else _plain(obj.layout)


def _plain(setting: Any) -> str:
    """A dtype or layout without the library's name."""
    return str(setting).removeprefix("torch.").removeprefix("_")


def tensor_storage_key(obj: Any) -> tuple[str, int] | None:
    """Device and address of the storage that a tensor looks into; None where it has none."""
    torch: Any = sys.modules["torch"]
    with torch._C.DisableTorchFunction():
        address = obj.untyped_storage().data_ptr()
        return (str(obj.device), address) if address else None


def _no_modes(torch: Any) -> contextlib.AbstractContextManager[Any]:
    """No dispatch mode (a FLOP counter, a logger of the lecture) while we look."""
    if not torch._C._len_torch_dispatch_stack():
        return contextlib.nullcontext()
    disabled: contextlib.AbstractContextManager[Any] = (
        torch.utils._python_dispatch._disable_current_modes()
    )
    return disabled


def _bytes(obj: Any) -> int:
    stored = _stored(obj) if "sparse" in _layout(obj) else [obj]
    size = sum(int(part.numel()) * int(part.element_size()) for part in stored)
    # An expanded tensor may have more elements than a number of the file can count.
    return min(size, SAFE_INT - 1)


def _storage_bytes(obj: Any) -> int:
    try:
        return int(obj.untyped_storage().nbytes())
    except Exception:  # wrappers have none
        return 0


def _stored(obj: Any) -> list[Any]:
    """The tensors that a sparse tensor is made of, values first."""
    layout = _layout(obj)
    if layout == "sparse_coo":
        return [obj._values(), obj._indices()]
    if layout in ("sparse_csr", "sparse_bsr"):
        return [obj.values(), obj.crow_indices(), obj.col_indices()]
    return [obj.values(), obj.ccol_indices(), obj.row_indices()]


def _readable(obj: Any, torch: Any) -> tuple[Any, str]:
    """A strided tensor with the elements to show, or None, and a note about it."""
    if obj.device.type == "meta":
        return None, "meta tensor: no data"
    if any(cls.__name__ == "FakeTensor" for cls in type(obj).__mro__):
        return None, "fake tensor: no data"
    if torch._C._functorch.is_batchedtensor(obj):
        return None, "inside vmap: no data of its own"
    if obj.device.type == "cuda" and torch.cuda.is_current_stream_capturing():
        return None, "not read while a CUDA graph is captured"
    if obj.is_quantized:
        if obj.numel() > _LARGEST_COPY:
            return None, f"quantized: not read above {_LARGEST_COPY:,} elements"
        return obj.dequantize(), "elements shown dequantized"
    if _layout(obj) == "mkldnn":
        return obj.to_dense(), ""
    if _layout(obj) != "strided":
        values = _stored(obj)[0].detach()
        return values, f"sparse: the {values.numel():,} stored values are shown"
    return (None, taken) if (taken := _given_away(obj)) else (obj.detach(), "")


def _given_away(obj: Any) -> str:
    """Whether a strided tensor reaches beyond its storage: then reading it would crash.

    Libraries that shard weights take the memory away and keep the tensor.
    """
    try:
        held = int(obj.untyped_storage().nbytes())
    except Exception:  # wrappers have none
        return ""
    return f"no data: its storage was resized to {held:,} bytes" if _reach(obj) > held else ""


def _reach(obj: Any) -> int:
    """Bytes of its storage up to the last element of a strided tensor."""
    if not obj.numel():
        return 0
    steps = zip(obj.shape, obj.stride(), strict=True)
    last = int(obj.storage_offset()) + sum((int(n) - 1) * int(step) for n, step in steps)
    return (last + 1) * int(obj.element_size())


def _contents(dense: Any, in_place: bool, writer: Writer, torch: Any) -> dict[str, Any]:
    """Elements, statistics and heat map of a strided tensor.

    `in_place`: its elements stand where the tensor's do; those that a sparse one stores do not.
    """
    budget, count = writer.budget, int(dense.numel())
    found: dict[str, Any] = {}
    if count <= budget.tensor_whole and in_place:
        found["numbers"] = numbers(*_plain_elements(dense.reshape(-1)), writer)
    elif count <= budget.tensor_whole:
        found["head"] = _listed(dense.reshape(-1), writer)
    else:
        edge = budget.tensor_elements
        found["head"] = _listed(pick.first(dense, edge), writer)
        found["tail"] = _listed(pick.last(dense, edge), writer)
    if count > 1 and not dense.is_complex():
        found["statistics"] = _statistics(dense, writer, torch)
        # Among many tensors in one container, elements and statistics matter more than pictures.
        if dense.dim() >= 2 and budget.heat_map and writer.left > budget.total // 2:
            found["heat_map"] = _heat_map(dense, writer, torch)
    return found


def _listed(flat: Any, writer: Writer) -> list[Value]:
    return elements(*_plain_elements(flat), writer)


def _plain_elements(flat: Any) -> tuple[list[Any], str]:
    """Python numbers, and the dtype that they had."""
    dtype = _plain(flat.dtype)
    if flat.dtype.is_floating_point:
        flat = flat.double() if flat.device.type != "mps" else flat.float()
    return flat.tolist(), dtype


def _statistics(dense: Any, writer: Writer, torch: Any) -> Statistics:
    sampled = None
    if dense.numel() > writer.budget.statistics_limit:
        dense = pick.sample(dense, writer.budget.statistics_sample)
        sampled = int(dense.numel())
    elif not dense.is_contiguous():
        # In the order of memory, so that a transposed matrix is read as fast as its original.
        order = sorted(range(dense.dim()), key=lambda d: -int(dense.stride(d)))
        dense = dense.permute(order)
    if dense.is_contiguous():
        dense = dense.view(-1)
    size = _CACHED_PART if dense.device.type == "cpu" else _DEVICE_PART
    return describe(combine(_measured(part, torch) for part in pick.parts(dense, size)), sampled)


def _wide(part: Any, torch: Any) -> Any:
    """The elements as float64, in which sums are exact enough; MPS has float32 at most."""
    return part.to(torch.float32 if part.device.type == "mps" else torch.float64)


def _measured(part: Any, torch: Any) -> Moments:
    wide = _wide(part, torch)
    count = int(wide.numel())
    low, high, mean, squares = _moments(wide, torch)
    nan = inf = 0
    if not math.isfinite(low) or not math.isfinite(high):
        missing = torch.isnan(wide)
        nan, inf = int(missing.sum()), int(torch.isinf(wide).sum())
        count -= nan
        if not count:
            return Moments(0, 0.0, 0.0, 0.0, 0.0, nan, inf)
        if nan:
            low, high, mean, squares = _moments(wide[~missing], torch)
    if part.dtype is torch.bool:
        return Moments(count, bool(low), bool(high), mean, squares)
    if not part.dtype.is_floating_point:
        return Moments(count, *_integer_extremes(part, low, high, torch), mean, squares)
    return Moments(count, low, high, mean, squares, nan, inf)


def _moments(wide: Any, torch: Any) -> list[float]:
    """min, max, mean, sum of squared distances to it: one transfer from the device."""
    low, high = torch.aminmax(wide)
    mean = wide.mean()
    found: list[float] = torch.stack((low, high, mean, (wide - mean).square_().sum())).tolist()
    return found


def _integer_extremes(part: Any, low: float, high: float, torch: Any) -> tuple[int, int]:
    if max(abs(low), abs(high)) < 2**53 or part.dtype is torch.uint64:
        return int(low), int(high)
    exact = torch.aminmax(part)
    return int(exact[0]), int(exact[1])


def _heat_map(dense: Any, writer: Writer, torch: Any) -> HeatMap | None:
    matrix = pick.first_matrix(dense) if dense.numel() else dense
    rows = pick.even_indices(int(matrix.shape[0]), writer.budget.heat_map)
    columns = pick.even_indices(int(matrix.shape[1]), writer.budget.heat_map)
    chosen = _wide(_select(_select(matrix, 0, rows, torch), 1, columns, torch), torch)
    low, high = (float(end) for end in torch.aminmax(chosen))
    finite = None
    if not math.isfinite(low) or not math.isfinite(high):
        finite = torch.isfinite(chosen)
        if not finite.any():
            return None
        low, high = (float(end) for end in torch.aminmax(chosen[finite]))
    # Halves: the difference of two large numbers may be too large for a float.
    span = high / 2 - low / 2
    scaled = ((chosen / 2 - low / 2) / span * 254).clamp_(0, 254) if span else chosen * 0
    if finite is not None:
        scaled = torch.where(finite, scaled, 255.0)
    levels = bytes(scaled.round_().to(torch.uint8).reshape(-1).tolist())
    writer.left -= 4 * len(levels) // 3
    return heat_map(len(rows), len(columns), levels, low, high)


def _select(matrix: Any, dimension: int, indices: list[int], torch: Any) -> Any:
    if len(indices) == matrix.shape[dimension]:
        return matrix
    return matrix.index_select(dimension, torch.tensor(indices, device=matrix.device))
