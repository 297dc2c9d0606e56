"""The course's two functions for files of text: repeated lines, and nearly equal documents.

Both write files of the same names into a folder and leave what stays untouched. What they are made
of lies in `dedup/`; `pipeline/duplicates.py` does the same for millions of rows with bands on disk.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from cs336_basics.support.whole_file import whole_file

from cs336_data.dedup.clusters import Clusters, cluster
from cs336_data.dedup.exact_lines import count_lines, write_unique_lines
from cs336_data.dedup.minhash import MinHasher, band_keys, jaccard, shingle_hashes
from cs336_data.text.hashing import Hashes

Files = Sequence[str | os.PathLike[str]]


def exact_line_deduplication(input_files: Files, output_directory: str | os.PathLike[str]) -> None:
    """Leave out every line that occurs more than once in all files together, each copy of it.

    Files that end up empty are still written. Lines are compared byte by byte, without their end.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: two files have one name, or the output would replace an input.
    """
    files, targets = _names(input_files, output_directory)
    counts = count_lines(files)
    for file, target in zip(files, targets, strict=True):
        write_unique_lines(file, target, counts)


def minhash_deduplication(
    input_files: Files,
    num_hashes: int,
    num_bands: int,
    ngrams: int,
    jaccard_threshold: float,
    output_directory: str | os.PathLike[str],
) -> None:
    """Write one document, that is one file, of each cluster of nearly equal ones.

    Normalised words (`text.normalise`), their n-grams, MinHash, bands; candidates are joined if
    their true Jaccard similarity reaches the threshold. The first file of a cluster is the one
    kept.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: bands do not divide the hashes, the threshold is not in [0, 1], two files have
            one name, or the output would replace an input.
    """
    if not 0 <= jaccard_threshold <= 1:
        raise ValueError(f"jaccard_threshold must be in [0, 1], got {jaccard_threshold}")
    files, targets = _names(input_files, output_directory)
    clusters = near_duplicates(files, num_hashes, num_bands, ngrams, jaccard_threshold)
    for i, (file, target) in enumerate(zip(files, targets, strict=True)):
        if clusters.find(i) == i:
            with whole_file(target) as written:
                written.write(file.read_bytes())


def near_duplicates(
    files: Sequence[Path], num_hashes: int, num_bands: int, ngrams: int, threshold: float
) -> Clusters:
    """Clusters of files, with the pairs that made them."""
    hasher = MinHasher(num_hashes)
    signatures = np.empty((len(files), num_hashes), dtype=np.uint32)

    @lru_cache(maxsize=256)
    def shingles(i: int) -> Hashes:
        return shingle_hashes(files[i].read_text(encoding="utf-8", errors="replace"), ngrams)

    for i in range(len(files)):
        signatures[i] = hasher.signature(shingles(i))
    keys = band_keys(signatures, num_bands)
    return cluster(
        len(files),
        keys.T,
        lambda one, another: jaccard(shingles(one), shingles(another)),
        threshold,
    )


def _names(files: Files, folder: str | os.PathLike[str]) -> tuple[list[Path], list[Path]]:
    """Inputs and where each goes; the folder exists afterwards."""
    sources = [Path(file) for file in files]
    names = [source.name for source in sources]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise ValueError(f"two input files are called {twice!r}: one would replace the other")
    target = Path(folder)
    for source in sources:
        if not source.is_file():
            raise FileNotFoundError(f"no input file {source}")
        if source.resolve().parent == target.resolve():
            raise ValueError(f"{source} lies in the output folder and would be replaced")
    target.mkdir(parents=True, exist_ok=True)
    return sources, [target / name for name in names]
