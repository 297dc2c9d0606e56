"""Lines that occur more than once in a corpus: counted by their hash, then left out everywhere.

CCNet (Wenzek et al. 2019, arXiv:1911.00359) does this to remove menus and notices. Two passes over
the files; memory is 16 bytes for a different line while counting: a dictionary of hashes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import xxhash
from cs336_basics.support.whole_file import whole_file


def count_lines(files: Iterable[Path]) -> Counter[int]:
    """How often each line occurs, by its hash of 64 bits."""
    counts: Counter[int] = Counter()
    for file in files:
        counts.update(line_hash(line) for line in _lines(file))
    return counts


def write_unique_lines(file: Path, target: Path, counts: Counter[int]) -> None:
    """Write the lines of `file` that occur once in the corpus, in their order."""
    with whole_file(target) as written:
        for line in _lines(file):
            if counts[line_hash(line)] == 1:
                written.write(line)


def line_hash(line: bytes) -> int:
    """64 bits of a line without its end, so that a last line without one counts as the same."""
    return xxhash.xxh3_64_intdigest(line.rstrip(b"\r\n"))


def _lines(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        yield from opened
