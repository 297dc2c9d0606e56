"""Famous passages with the same content in other words, a long text, and windows to read it by.

The famous ones are in the public domain, or a licence that half of all repositories carry; their
rewordings and the long text were written here.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

DATA = Path(__file__).parent / "data"


class Passage(NamedTuple):
    """A text and whether it is the famous one or its rewording."""

    name: str
    kind: str
    text: str


PASSAGES = [Passage(**row) for row in json.loads((DATA / "passages.json").read_text("utf-8"))]
LONG_TEXT = (DATA / "long_text.txt").read_text("utf-8")


def windows(length: int, width: int, stride: int) -> Iterator[tuple[int, int, int]]:
    """(start, end, new): read tokens start to end, and score the last `new` of them.

    Each token is scored once. With stride = width the windows do not overlap, and a token in front
    has next to no context; a smaller stride gives each at least width - stride tokens of it.
    """
    if not 0 < stride <= width:
        raise ValueError(f"stride {stride} is not between 1 and the width {width}")
    scored = 0
    while scored < length:
        end = min(length, width if scored == 0 else scored + stride)
        yield max(0, end - width), end, end - scored
        scored = end
