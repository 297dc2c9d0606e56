"""Two small linear models: sexual or obscene text, and text that attacks people.

    classify_toxic_speech("You are a worthless idiot")   # ("toxic", 0.9…)

Both were trained on sentences written by templates in this repository (`models/templates.py`),
since no labelled set can be had without a network. They know words and short phrases, and the usual
ways to hide them (f*ck, sh1t, i d i o t). They do not know irony, quotation, innuendo or other
languages than English; the README has the figures. For a real corpus, train them on Jigsaw's
comments: `python -m cs336_data.models.train_toxicity --jigsaw train.csv`.
"""

from __future__ import annotations

from cs336_data.models.linear import load_model


def classify_nsfw(text: str) -> tuple[str, float]:
    """("nsfw" or "non-nsfw", probability of that class)."""
    return _classify("nsfw", text)


def classify_toxic_speech(text: str) -> tuple[str, float]:
    """("toxic" or "non-toxic", probability of that class)."""
    return _classify("toxic", text)


def _classify(name: str, text: str) -> tuple[str, float]:
    probability = load_model(name).probability(text)
    return (name, probability) if probability >= 0.5 else (f"non-{name}", 1 - probability)
