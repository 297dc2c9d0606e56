"""Which language a text is in: fastText's lid.176.ftz, with a second opinion on short texts.

    identify_language("Wo ist die Bibliothek?")   # ("de", 0.99…)

lid.176 (Joulin et al. 2016) is fast, and reliable from about a hundred characters on; short foreign
texts it takes for English too often. There, py3langid (Lui & Baldwin 2012) is asked, too, and the
two distributions are multiplied. Long texts are judged by two windows from their middle: a page
begins and ends with menus.
"""

from __future__ import annotations

import math
import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

MODEL = Path(__file__).parent / "models" / "lid.176.ftz"
WINDOW = 450  # characters of each of two windows
SHORT = 200  # characters up to which the second model is asked
FLOOR = 1e-3  # least probability that one model can give: neither has a veto
UNKNOWN = ("unknown", 1e-6)
ENGLISH_PRIOR = 0.02  # odds against English in short texts: lid.176 says it too easily
_MERGED = {"nb": "no", "nn": "no", "wuu": "zh", "yue": "zh", "sh": "sr"}
_SPACE = re.compile(r"\s+")


def identify_language(text: str) -> tuple[str, float]:
    """(ISO 639 code, score in (0, 1]); ("unknown", 1e-6) for a text without letters."""
    sample = _SPACE.sub(" ", windows(text)).strip()
    if not any(map(str.isalpha, sample)):
        return UNKNOWN
    sample = sample.encode("utf-8", "replace").decode()  # lone surrogates
    if len(sample) > SHORT:
        (score, label), *_ = _fasttext(sample, 1) or [(UNKNOWN[1], UNKNOWN[0])]
        return _MERGED.get(label, label), min(1.0, max(score, UNKNOWN[1]))
    return combined(sample)


def windows(text: str) -> str:
    """The whole of a short text, else two windows around a third and two thirds of it."""
    if len(text) <= 3 * WINDOW:
        return text
    third = len(text) // 3
    half = WINDOW // 2
    first = text[third - half : third + half]
    return f"{first} {text[2 * third - half : 2 * third + half]}"


def combined(sample: str) -> tuple[str, float]:
    """Both models' opinion: the product of their probabilities, scaled to sum 1."""
    lower = sample.lower() if sample.isupper() else sample
    one: dict[str, float] = {}
    for score, label in _fasttext(lower, 20):
        label = _MERGED.get(label, label)
        one[label] = one.get(label, 0.0) + score
    two: dict[str, float] = {}
    for label, score in _second().rank(lower):
        label = _MERGED.get(str(label), str(label))
        two[label] = two.get(label, 0.0) + float(score)
    logs = {
        label: math.log(max(one.get(label, 0.0), FLOOR)) + math.log(max(two.get(label, 0.0), FLOOR))
        for label in one.keys() | two.keys()
    }
    if "en" in logs:
        logs["en"] += math.log(ENGLISH_PRIOR)
    best = max(sorted(logs), key=logs.__getitem__)
    weights = np.exp(np.array(list(logs.values())) - logs[best])
    return best, float(1 / weights.sum())


def _fasttext(line: str, k: int) -> list[tuple[float, str]]:
    return [(p, label[9:]) for p, label in _first().predict(line + "\n", k, 0.0, "strict")]


@cache
def _first() -> Any:
    try:
        import fasttext
    except ImportError as error:
        raise ModuleNotFoundError(
            "language identification: pip install fasttext-predict"
        ) from error
    if not MODEL.is_file():
        raise FileNotFoundError(f"no {MODEL}: it is part of the repository, `git checkout` it")
    return fasttext.load_model(str(MODEL)).f


@cache
def _second() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
