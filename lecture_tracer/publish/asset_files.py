"""The files of a trace's pictures and films: found in the checkout, or as `data:` addresses."""

import base64
import mimetypes
from pathlib import Path


def asset_file(root: Path, path: str) -> Path | None:
    """The file of an asset; None if it is gone or leads out of the checkout."""
    file = (root / path).resolve()
    return file if file.is_relative_to(root.resolve()) and file.is_file() else None


def data_uri(file: Path) -> str:
    """The file's content as a `data:` address."""
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    if file.suffix == ".webp":
        kind = "image/webp"
    return f"data:{kind};base64,{base64.b64encode(file.read_bytes()).decode()}"
