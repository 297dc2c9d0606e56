"""Pictures in memory to PNG bytes: numpy arrays, PIL images, matplotlib figures.

The bytes depend on the picture alone: no date and no program version is written into them.
"""

import io
import struct
import sys
import zlib
from typing import Any

from lecture_tracer.errors import AssetError

_COLOR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}  # channels → PNG colour type: grey, grey+alpha, RGB, RGBA


def to_png(picture: Any) -> bytes | None:
    """PNG of a picture object, or None if it is none of the known kinds.

    Raises AssetError for one that PNG cannot hold: an empty one, CMYK, a strange shape.
    """
    if _is_a(picture, "matplotlib.figure", "FigureBase"):
        return figure_png(picture)
    if _is_a(picture, "matplotlib.axes", "Axes"):
        return figure_png(picture.figure)
    if _is_a(picture, "PIL.Image", "Image"):
        buffer = io.BytesIO()
        try:
            picture.save(buffer, format="PNG")
        except (OSError, ValueError, SystemError) as error:
            raise AssetError(
                f"PIL cannot write a {picture.mode} image of size {picture.size} as PNG: {error}"
            ) from error
        return buffer.getvalue()
    if _is_a(picture, "torch", "Tensor"):
        picture = picture.detach().cpu().numpy()
    if _is_a(picture, "numpy", "ndarray"):
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
    smallest to their largest value. Raises AssetError for other shapes.
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
        low, high = float(array.min()), float(array.max())
        scale = 255.0 / (high - low) if high > low else 0.0
        array = ((array - low) * scale).round().astype(numpy.uint8)
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


def _chunk(kind: bytes, data: bytes) -> bytes:
    check = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)


def _is_a(thing: object, module: str, name: str) -> bool:
    """isinstance without importing: an object of a library exists only if that is loaded."""
    kind = getattr(sys.modules.get(module), name, None)
    return isinstance(kind, type) and isinstance(thing, kind)
