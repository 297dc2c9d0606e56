"""Files of one JSON value a line that survive a killed writer."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any


def read_records(path: Path) -> list[Any]:
    """The complete lines of a file, which may not exist or end in a line cut off."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").split("\n")
    return [json.loads(line) for line in lines[:-1] if line]


def append_record(path: Path, record: Any) -> None:
    """Add a line; what a killed writer left of its last one is removed first."""
    _drop_unfinished_line(path)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(record, allow_nan=False) + "\n")


def _drop_unfinished_line(path: Path) -> None:
    if path.exists() and not (text := path.read_bytes()).endswith(b"\n"):
        os.truncate(path, text.rfind(b"\n") + 1)
