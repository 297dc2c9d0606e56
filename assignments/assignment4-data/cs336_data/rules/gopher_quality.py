"""Gopher's quality rules: Rae et al. 2021, arXiv:2112.11446, appendix A.1.1.

    decide("too short")   # Decision(keep=False, rule='gopher_quality', reason='words 2 < 50')

The paper's list has two more than the course's contract: at most one symbol (# or an ellipsis) for
ten words, and two stop words of eight. Both are on by default here and off in
`cs336_data.quality.gopher_quality_filter`, which keeps the contract.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cs336_data.decision import Decision, above, below, kept
from cs336_data.text.view import View

RULE = "gopher_quality"
STOP_WORDS = frozenset({"the", "be", "to", "of", "and", "that", "have", "with"})
BULLETS = ("•", "‣", "▪", "●", "-", "*")


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of the rules; None switches one off."""

    min_words: int = 50
    max_words: int = 100_000
    min_mean_length: float = 3.0
    max_mean_length: float = 10.0
    max_symbols_per_word: float | None = 0.1
    max_bullet_lines: float | None = 0.9
    max_ellipsis_lines: float = 0.3
    min_words_with_letter: float = 0.8
    min_stop_words: int | None = 2


CONTRACT = Limits(max_symbols_per_word=None, max_bullet_lines=None, min_stop_words=None)
WIDE = Limits(  # what code and tables on a page of prose may do to it; see `pipeline.chain`
    max_mean_length=15.0,
    max_symbols_per_word=0.4,
    max_bullet_lines=None,
    max_ellipsis_lines=0.6,
    min_words_with_letter=0.6,
    min_stop_words=1,
)


def decide(text: str | View, limits: Limits = Limits()) -> Decision:
    """Judge a text; the first rule that it breaks is the reason."""
    view = View.of(text)
    count = len(view.words)
    if count < limits.min_words:
        return below(RULE, "words", count, limits.min_words)
    if count > limits.max_words:
        return above(RULE, "words", count, limits.max_words)
    broken = _of_words(view, limits)
    if broken is None:
        broken = _of_lines(view, limits)
    return kept(RULE) if broken is None else broken


def _of_words(view: View, limits: Limits) -> Decision | None:
    count = len(view.words)
    mean = view.word_characters / count
    if mean < limits.min_mean_length:
        return below(RULE, "mean word length", mean, limits.min_mean_length)
    if mean > limits.max_mean_length:
        return above(RULE, "mean word length", mean, limits.max_mean_length)
    with_letter = int((view.hashes & np.uint64(1)).sum()) / count
    if with_letter < limits.min_words_with_letter:
        return below(
            RULE, "share of words with a letter", with_letter, limits.min_words_with_letter
        )
    if limits.max_symbols_per_word is not None:
        text = view.text
        symbols = max(text.count("#"), text.count("...") + text.count("…")) / count
        if symbols > limits.max_symbols_per_word:
            return above(RULE, "symbols per word", symbols, limits.max_symbols_per_word)
    if limits.min_stop_words is not None:
        found = len(STOP_WORDS.intersection(view.words))
        if found < limits.min_stop_words:
            return below(RULE, "different stop words", found, limits.min_stop_words)
    return None


def _of_lines(view: View, limits: Limits) -> Decision | None:
    lines = view.lines
    ellipses = sum(line.endswith(("...", "…")) for line in lines) / len(lines)
    if ellipses > limits.max_ellipsis_lines:
        return above(RULE, "share of lines that end in ...", ellipses, limits.max_ellipsis_lines)
    if limits.max_bullet_lines is not None:
        bullets = sum(line.startswith(BULLETS) for line in lines) / len(lines)
        if bullets > limits.max_bullet_lines:
            return above(RULE, "share of lines with a bullet", bullets, limits.max_bullet_lines)
    return None
