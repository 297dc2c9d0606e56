"""Files of texts, and hashes, for the problems of copies."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from judge.checks import Draw, Wrong
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]


def write(folder: Path, texts: dict[str, str]) -> list[Path]:
    """A file for each text."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_bytes(text.encode())
    return [folder / name for name in texts]


def read(folder: Path) -> dict[str, str]:
    """All files of a folder."""
    if not folder.is_dir():
        raise Wrong(f"{folder.name} is not there after the call: create the output folder.")
    return {file.name: file.read_bytes().decode() for file in sorted(folder.iterdir())}


def numbers(draw: Draw, count: int) -> Hashes:
    """Different 64-bit hashes."""
    found = {draw.random.getrandbits(64) for _ in range(count)}
    return np.array(sorted(found, key=lambda value: value % 9973), dtype=np.uint64)
