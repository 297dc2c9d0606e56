"""Is a text spam? A linear classifier trained on mail that people marked.

Rules on the shape of a page let spam pass that is written in whole sentences; its words give it
away. Which mail it learnt from and what it was measured to do stands in `models/train_spam.py` and
in the README.
"""

from __future__ import annotations

from cs336_data.models.linear import load_model
from cs336_data.text.view import View


def classify_spam(text: str | View) -> tuple[str, float]:
    """("spam" or "ham", probability of that class)."""
    probability = spam_score(text)
    return ("spam", probability) if probability >= 0.5 else ("ham", 1 - probability)


def spam_score(text: str | View) -> float:
    """Calibrated probability that the text is spam."""
    return load_model("spam").probability(text)
