"""Is a text worth training on? Gopher's rules, and a classifier trained here.

The contract's names for the two classes are those of the course: "wiki" is prose written with care,
"cc" what a crawl is full of. How the classifier was trained and what it was measured to do stands
in `models/train_quality.py` and in the README.
"""

from __future__ import annotations

from cs336_data.models.linear import load_model
from cs336_data.rules import gopher_quality
from cs336_data.text.view import View


def gopher_quality_filter(text: str) -> bool:
    """Gopher's rules as the course states them; True = keep.

    50 to 100,000 words, mean word length 3 to 10, at most 30 % of lines ending in an ellipsis, at
    least 80 % of words with a letter. `rules.gopher_quality.decide` has the reason and more rules.
    """
    return gopher_quality.decide(text, gopher_quality.CONTRACT).keep


def classify_quality(text: str | View) -> tuple[str, float]:
    """("wiki" or "cc", probability of that class)."""
    probability = quality_score(text)
    return ("wiki", probability) if probability >= 0.5 else ("cc", 1 - probability)


def quality_score(text: str | View) -> float:
    """Calibrated probability that the text is prose written with care."""
    return load_model("quality").probability(text)
