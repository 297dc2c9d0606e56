"""Pictures in memory to PNG bytes: numpy arrays, PIL images, matplotlib figures.

The bytes depend on the picture alone: no date and no program version is written into them.
"""

import io
import struct
import sys
import zlib
from typing import Any

from lecture_tracer.authoring.arguments import is_a
from lecture_tracer.errors import AssetError

_COLOR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}  # channels → PNG colour type: grey, grey+alpha, RGB, RGBA


def to_png(picture: Any) -> bytes | None:
    """PNG of a picture object, or None if it is none of the known kinds.

    Raises AssetError for one that PNG cannot hold: an empty one, CMYK, a strange shape.
    """
    if is_a(picture, "matplotlib.figure", "FigureBase"):
        return figure_png(picture)
    if is_a(picture, "matplotlib.axes", "Axes"):
        return figure_png(picture.figure)
    if is_a(picture, "PIL.Image", "Image"):
        buffer = io.BytesIO()
        try:
            picture.save(buffer, format="PNG")
        except (OSError, ValueError, SystemError) as error:
            raise AssetError(
                f"PIL cannot write a {picture.mode} image of size {picture.size} as PNG: {error}"
            ) from error
        return buffer.getvalue()
    if is_a(picture, "torch", "Tensor"):
        picture = _tensor_array(picture)
    if is_a(picture, "numpy", "ndarray"):
        return array_png(picture)
    return None


def figure_png(figure: Any) -> bytes:
    """PNG of a matplotlib figure at 144 dots an inch."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=144, bbox_inches="tight", metadata={"Software": None})
    return buffer.getvalue()


def array_png(array: Any) -> bytes:
    """PNG of an array (height, width) or (height, width, 1 to 4 channels).

    uint8 is taken as it is, bool as black and white, other numbers are stretched from their
    smallest to their largest finite value; nan and -inf are as the smallest, inf as the largest.
    Raises AssetError for other shapes and for what are no real numbers.
    """
    numpy = sys.modules["numpy"]
    if array.ndim == 2:
        array = array[:, :, None]
    if array.ndim != 3 or array.shape[2] not in _COLOR_TYPES or 0 in array.shape:
        raise AssetError(
            f"an array of shape {array.shape} is no picture; "
            "give (height, width) or (height, width, 1 to 4)"
        )
    if array.dtype == bool:
        array = array.astype(numpy.uint8) * 255
    elif array.dtype != numpy.uint8:
        array = _stretched(array)
    height, width, channels = array.shape
    rows = array.reshape(height, width * channels)
    raw = b"".join(b"\0" + row.tobytes() for row in rows)
    header = struct.pack(">IIBBBBB", width, height, 8, _COLOR_TYPES[channels], 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(raw, 9))
        + _chunk(b"IEND", b"")
    )


def _stretched(array: Any) -> Any:
    """The array as uint8, its finite numbers from 0 to 255."""
    numpy = sys.modules["numpy"]
    if array.dtype.kind not in "iuf":
        raise AssetError(f"an array of {array.dtype} is no picture; give real numbers")
    if array.dtype == numpy.float16:
        array = array.astype(numpy.float32)
    finite = array[numpy.isfinite(array)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    if finite.size < array.size:
        array = numpy.nan_to_num(array, nan=low, posinf=high, neginf=low)
    if high - low > float(numpy.finfo(array.dtype).max if array.dtype.kind == "f" else high - low):
        array, low, high = array / 4, low / 4, high / 4  # their distance would be no float
    scale = 255.0 / (high - low) if high > low else 0.0
    return ((array - low) * scale).round().astype(numpy.uint8)


def _tensor_array(tensor: Any) -> Any:
    """A torch tensor as numpy has it. Raises AssetError for one without numbers to read."""
    try:
        dense = tensor.detach().cpu()
        if dense.dtype == sys.modules["torch"].bfloat16:
            dense = dense.float()
        return dense.numpy()
    except (RuntimeError, TypeError, NotImplementedError) as error:
        raise AssetError(f"the tensor cannot be read: {str(error).splitlines()[0]}") from error


def _chunk(kind: bytes, data: bytes) -> bytes:
    check = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)
