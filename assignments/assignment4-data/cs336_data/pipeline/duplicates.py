"""Stage two: which rows are near duplicates of others, here or in earlier runs.

Signatures lie on the disk, four bytes a number; one band at a time is hashed and sorted, so memory
is some 24 bytes a row (`bench/bench_million.py`: a million rows). Candidates are compared by the
true Jaccard similarity of their texts, read by frame. Rows of earlier runs come first and always
stay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cs336_data.dedup.clusters import Clusters, cluster
from cs336_data.dedup.minhash import band_key, jaccard, shingle_hashes
from cs336_data.pipeline.config import Duplicates
from cs336_data.pipeline.filtering import ROWS, SIGNATURES
from cs336_data.pipeline.journal import Entry
from cs336_data.pipeline.rows import FramedRows
from cs336_data.text.hashing import Hashes

CACHED_SHINGLES = 512


@dataclass(frozen=True)
class Rows:
    """Rows of one run with their signatures."""

    texts: FramedRows
    signatures: NDArray[np.uint32]  # (rows, num_hashes), on the disk


@dataclass(frozen=True)
class Duplicate:
    """Why a row goes: the row that stays instead (negative: of an earlier run)."""

    of: int
    cluster_size: int


@dataclass(frozen=True)
class Found:
    """Rows that go, and what the search took."""

    gone: dict[int, Duplicate]
    clusters: int
    largest: int
    candidates: int
    edges: int


def open_rows(folder: Path, entries: Sequence[Entry], num_hashes: int) -> Rows:
    """Rows of a filtered folder, by the journal's entries of that stage."""
    frames = [(int(o), int(s), int(n)) for o, s, n in (entry["frame"] for entry in entries) if n]
    path = folder / SIGNATURES
    texts = FramedRows(folder / ROWS, frames)
    shape = (len(texts), num_hashes)
    if not len(texts) or not num_hashes:  # an empty file cannot be mapped
        return Rows(texts, np.empty(shape, dtype=np.uint32))
    return Rows(texts, np.memmap(path, dtype="<u4", mode="r", shape=shape))


def find_duplicates(earlier: Sequence[Rows], own: Sequence[Rows], config: Duplicates) -> Found:
    """Duplicates among our own rows, against those of earlier runs, too.

    With `keep` "first" the earliest row of a cluster stays, with "longest" our longest one, unless
    an earlier run has one.
    """
    runs = [*earlier, *own]
    starts = [0, *np.cumsum([len(run.texts) for run in runs]).tolist()]
    before, total = starts[len(earlier)], starts[-1]

    def text(number: int) -> str:
        run = next(i for i in range(len(runs)) if number < starts[i + 1])
        return str(runs[run].texts[number - starts[run]]["text"])

    @lru_cache(maxsize=CACHED_SHINGLES)
    def shingles(number: int) -> Hashes:
        return shingle_hashes(text(number), config.ngrams)

    def verify(one: int, another: int) -> float:
        return jaccard(shingles(one), shingles(another))

    clusters = cluster(total, _bands(runs, config), verify, config.threshold)
    return _choose(clusters, before, config, text)


def _bands(runs: Sequence[Rows], config: Duplicates) -> Iterator[NDArray[np.uint64]]:
    rows = config.num_hashes // config.num_bands
    for band in range(config.num_bands):
        columns = slice(band * rows, (band + 1) * rows)
        yield np.concatenate([band_key(np.asarray(run.signatures[:, columns])) for run in runs])


def _choose(
    clusters: Clusters, before: int, config: Duplicates, text: Callable[[int], str]
) -> Found:
    gone: dict[int, Duplicate] = {}
    groups = clusters.groups()
    for members in groups.values():
        ours = [number for number in members if number >= before]
        stays = members[0]
        if config.keep == "longest" and stays >= before:
            stays = max(ours, key=lambda number: (len(text(number)), -number))
        for number in ours:
            if number != stays:
                gone[number - before] = Duplicate(stays - before, len(members))
    largest = max(map(len, groups.values()), default=0)
    return Found(gone, len(groups), largest, clusters.candidates, len(clusters.edges))
