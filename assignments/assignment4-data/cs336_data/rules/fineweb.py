"""FineWeb's three rules: Penedo et al. 2024, arXiv:2406.17557, section 3.6. Lists and menus go.

Few lines that end in punctuation, many characters in repeated lines, many short lines. The paper
found the limits by comparing histograms of a better and a worse data set.
"""

from __future__ import annotations

from cs336_data.decision import Decision, above, below, kept
from cs336_data.text.view import View

RULE = "fineweb"
MIN_PUNCTUATED = 0.12
MAX_REPEATED_CHARACTERS = 0.1
MAX_SHORT = 0.67
SHORT = 30  # characters
TERMINAL = (".", "!", "?", '"', "”", "'", "…", "。", "！", "？", "।", "؟")


def decide(text: str | View, slack: float = 1.0) -> Decision:
    """Judge a text by the shape of its lines; `slack` widens every limit so many times."""
    view = View.of(text)
    lines = view.lines
    if not lines:
        return Decision(False, RULE, "no lines")
    punctuated = sum(line.endswith(TERMINAL) for line in lines) / len(lines)
    if punctuated <= MIN_PUNCTUATED / slack:
        what = "share of lines with punctuation at the end"
        return below(RULE, what, punctuated, MIN_PUNCTUATED / slack)
    characters = sum(map(len, lines))
    repeated = 1 - sum(map(len, set(lines))) / characters
    if repeated >= MAX_REPEATED_CHARACTERS * slack:
        limit = MAX_REPEATED_CHARACTERS * slack
        return above(RULE, "characters of repeated lines", repeated, limit)
    short = sum(len(line) < SHORT for line in lines) / len(lines)
    if short >= MAX_SHORT * slack:
        return above(RULE, f"share of lines under {SHORT} characters", short, MAX_SHORT * slack)
    return kept(RULE)
