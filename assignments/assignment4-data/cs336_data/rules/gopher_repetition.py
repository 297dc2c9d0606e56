"""Gopher's repetition rules: Rae et al. 2021, arXiv:2112.11446, table A1. Fast version.

A page that says the same thing again and again is a list, a log, a menu or spam. Thirteen shares
are measured, in this order; the first above its limit is the reason:

    lines and paragraphs     share of repeats among them, by number and by characters
    2- to 4-grams            characters of the most frequent one, times how often it occurs
    5- to 10-grams           characters inside a repeat of an earlier one, each counted once

Characters are those of words. `plain_repetition` says the same in plain Python, with words as keys.
Here words are hashed once, and a 6-gram can only repeat where two 5-grams do, so that from n = 6 on
there is next to nothing left to sort.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from cs336_data.decision import Decision, above, kept
from cs336_data.text.hashing import Hashes, extend_ngrams, mix
from cs336_data.text.view import View

RULE = "gopher_repetition"
MAX_REPEATED = {"line": 0.30, "paragraph": 0.30}
MAX_REPEATED_CHARACTERS = {"line": 0.20, "paragraph": 0.20}
MAX_TOP = {2: 0.20, 3: 0.18, 4: 0.16}
MAX_DUPLICATE = {5: 0.15, 6: 0.14, 7: 0.13, 8: 0.12, 9: 0.11, 10: 0.10}


def decide(text: str | View, slack: float = 1.0) -> Decision:
    """Judge a text; the first share above its limit, `slack` times as wide, is the reason."""
    for what, value, limit in shares(View.of(text)):
        if value > limit * slack:
            return above(RULE, what, value, limit * slack)
    return kept(RULE)


def shares(view: View) -> Iterator[tuple[str, float, float]]:
    """(what is measured, share, limit), worked out one by one, in the order of the rules."""
    yield from unit_shares("line", view.lines)
    yield from unit_shares("paragraph", view.paragraphs)
    total = view.word_characters
    starts = np.concatenate(([0], np.cumsum(view.lengths)))  # characters before each word
    grams: Hashes = view.hashes
    for n, limit in MAX_TOP.items():
        if len(view.words) < n:
            return
        grams = extend_ngrams(grams, view.hashes, n)
        yield f"characters of the top {n}-gram", _top(mix(grams), starts, n) / total, limit
    yield from _duplicate_shares(view, grams, starts)


def unit_shares(name: str, units: Sequence[str]) -> Iterator[tuple[str, float, float]]:
    """Shares of repeats among lines or paragraphs, by number and by characters."""
    if not units:
        return
    different = set(units)
    characters = sum(map(len, units))
    repeated = 1 - len(different) / len(units)
    yield f"share of repeated {name}s", repeated, MAX_REPEATED[name]
    again = 1 - sum(map(len, different)) / characters
    yield f"characters of repeated {name}s", again, MAX_REPEATED_CHARACTERS[name]


def _top(grams: Hashes, starts: NDArray[np.int64], n: int) -> int:
    """Characters of all occurrences of the most frequent n-gram (the longest of those), or 0."""
    order = np.argsort(grams)
    ordered = grams[order]
    first = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    counts = np.diff(first, append=len(ordered))
    most = int(counts.max())
    if most == 1:
        return 0
    at = order[first[counts == most]]
    return most * int((starts[at + n] - starts[at]).max())


def _duplicate_shares(
    view: View, grams: Hashes, starts: NDArray[np.int64]
) -> Iterator[tuple[str, float, float]]:
    """Shares of characters inside repeats; `grams` are unmixed hashes of 4-grams."""
    candidates: NDArray[np.int64] | None = None  # where an n-gram may have an equal one
    for (_, n), limit in zip(pairwise([4, *MAX_DUPLICATE]), MAX_DUPLICATE.values(), strict=True):
        if len(view.words) < n:
            return
        grams = extend_ngrams(grams, view.hashes, n)
        if candidates is None:
            candidates = np.arange(len(grams))
        share = 0.0
        if len(candidates):
            share, candidates = _repeats(grams, candidates, starts, n)
        yield f"characters of duplicate {n}-grams", share, limit


def _repeats(
    grams: Hashes, candidates: NDArray[np.int64], starts: NDArray[np.int64], n: int
) -> tuple[float, NDArray[np.int64]]:
    """Share of characters inside repeats, and where an (n + 1)-gram may have an equal one."""
    values = mix(grams[candidates])
    order = np.argsort(values, kind="stable")  # stable: of equal ones the earliest comes first
    ordered = values[order]
    same = ordered[1:] == ordered[:-1]
    covered = np.zeros(len(starts), dtype=np.int32)
    repeats = candidates[order[1:][same]]
    np.add.at(covered, repeats, 1)
    np.add.at(covered, repeats + n, -1)
    inside = np.cumsum(covered[:-1]) > 0
    share = float(np.diff(starts)[inside].sum() / starts[-1])
    equal = np.zeros(len(grams) + 1, dtype=bool)
    equal[candidates[order[1:][same]]] = True
    equal[candidates[order[:-1][same]]] = True
    return share, np.flatnonzero(equal[:-2] & equal[1:-1])
