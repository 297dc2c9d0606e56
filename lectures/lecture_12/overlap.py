"""Contamination by overlap: which items share n words in a row with the training data."""

from collections.abc import Iterable, Sequence

from lectures.lecture_12.leaks import VOCABULARY, Exam, Leak, Problem, Tokens, training_windows

Words = Sequence[str]


def ngrams(words: Words, n: int) -> set[tuple[str, ...]]:
    """All runs of n words."""
    return {tuple(words[start : start + n]) for start in range(len(words) - n + 1)}


def flagged(items: Iterable[Words], documents: Iterable[Words], n: int) -> list[bool]:
    """Whether each item has an n-gram that occurs in the documents (Brown et al. 2020, C)."""
    seen: set[tuple[str, ...]] = set()
    for document in documents:
        seen |= ngrams(document, n)
    return [not seen.isdisjoint(ngrams(item, n)) for item in items]


def documents(windows: Tokens) -> list[list[str]]:
    """Token ids as lists of words."""
    return [[VOCABULARY[token] for token in window] for window in windows.tolist()]


def share_flagged(
    exam: Exam, sizes: Sequence[int], windows: int = 400
) -> dict[str, dict[int, float]]:
    """Share of items that an overlap of n words flags, where the exam leaked once, for each n."""
    cases: dict[str, tuple[Leak, list[Problem]]] = {
        "leaked as it is": ("in order", exam.items),
        "leaked, reworded": ("reworded", exam.items),
        "not leaked": ("in order", exam.fresh),
    }
    found: dict[str, dict[int, float]] = {}
    for name, (leak, items) in cases.items():
        mixed = documents(training_windows(exam, windows, leak, 1, seed=0))
        words = [item.words() for item in items]
        found[name] = {n: sum(flagged(words, mixed, n)) / len(items) for n in sizes}
    return found
