"""Gopher's repetition rules in plain Python: what `gopher_repetition` computes, said directly.

Read this one first. It is about a third as fast; a test holds the two together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from cs336_data.decision import Decision, above, kept
from cs336_data.rules.gopher_repetition import MAX_DUPLICATE, MAX_TOP, RULE, unit_shares
from cs336_data.text.view import View


def decide(text: str | View) -> Decision:
    """Judge a text; the first share above its limit is the reason."""
    for what, value, limit in shares(View.of(text)):
        if value > limit:
            return above(RULE, what, value, limit)
    return kept(RULE)


def shares(view: View) -> Iterator[tuple[str, float, float]]:
    """(what is measured, share, limit) in the order of the rules."""
    yield from unit_shares("line", view.lines)
    yield from unit_shares("paragraph", view.paragraphs)
    words = view.words
    for n, limit in MAX_TOP.items():
        if len(words) >= n:
            share = top_ngram_characters(words, n) / view.word_characters
            yield f"characters of the top {n}-gram", share, limit
    for n, limit in MAX_DUPLICATE.items():
        if len(words) >= n:
            share = duplicate_characters(words, n) / view.word_characters
            yield f"characters of duplicate {n}-grams", share, limit


def top_ngram_characters(words: list[str], n: int) -> int:
    """Characters of all occurrences of the most frequent n-gram (the longest of those), or 0."""
    counts = Counter(zip(*(words[i:] for i in range(n)), strict=False))
    most = max(counts.values())
    if most == 1:
        return 0
    return most * max(sum(map(len, gram)) for gram, count in counts.items() if count == most)


def duplicate_characters(words: list[str], n: int) -> int:
    """Characters of words inside an n-gram that occurred before, each counted once."""
    seen: set[tuple[str, ...]] = set()
    total = counted = 0  # words before `counted` are counted already
    for i in range(len(words) - n + 1):
        gram = tuple(words[i : i + n])
        if gram in seen:
            total += sum(map(len, words[max(i, counted) : i + n]))
            counted = i + n
        seen.add(gram)
    return total
