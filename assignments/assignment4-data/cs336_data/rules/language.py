"""Keeps pages in wanted languages, where the model is sure enough (FineWeb: English from 0.65)."""

from __future__ import annotations

from collections.abc import Collection

from cs336_data.decision import Decision, below, kept
from cs336_data.langid import identify_language

RULE = "language"


def decide(text: str, languages: Collection[str] = ("en",), min_score: float = 0.65) -> Decision:
    """Judge a text by its language."""
    return judge(*identify_language(text), languages, min_score)


def judge(language: str, score: float, languages: Collection[str], min_score: float) -> Decision:
    """The same for a language that is known already."""
    if language not in languages:
        return Decision(False, RULE, f"language is {language} ({score:.2f})")
    if score < min_score:
        return below(RULE, f"score of {language}", score, min_score)
    return kept(RULE)
