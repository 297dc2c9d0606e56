"""Language, quality and toxicity on a fresh clone: what the committed weights answer."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from cs336_data import langid
from cs336_data.models import linear
from cs336_data.models.templates import examples
from cs336_data.models.train_toxicity import evaluate
from cs336_data.rules import language

from .adapters import run_classify_nsfw, run_classify_toxic_speech, run_identify_language

SENTENCES = {
    "en": "The library is open from nine to five on weekdays, and closed on Sundays.",
    "de": "Die Bibliothek ist werktags von neun bis siebzehn Uhr geöffnet.",
    "fr": "La bibliothèque est ouverte du lundi au vendredi, de neuf heures à dix-sept heures.",
    "zh": "图书馆工作日上午九点到下午五点开放，星期天不开放。",
    "ja": "図書館は平日の九時から五時まで開いています。",
    "ru": "Библиотека открыта по будням с девяти до семнадцати часов.",
    "es": "La biblioteca está abierta de lunes a viernes, de nueve a cinco.",
}


@pytest.mark.parametrize("code", SENTENCES)
def test_languages(code: str) -> None:
    answer, score = run_identify_language(SENTENCES[code])
    assert answer == code
    assert 0.5 < score <= 1


@pytest.mark.parametrize("text", ["", "   ", "12345", "!!! ??? ...", "\ud800"])
def test_no_letters_no_language(text: str) -> None:
    assert run_identify_language(text) == langid.UNKNOWN
    assert not language.decide(text)


def test_a_page_is_judged_by_its_middle() -> None:
    page = "\n".join(["Home News Contact"] * 40 + [SENTENCES["de"]] * 80 + ["Terms of use"] * 40)
    assert run_identify_language(page)[0] == "de"


def test_the_language_rule_says_why() -> None:
    assert language.decide(SENTENCES["en"]).keep
    assert language.decide(SENTENCES["de"]).reason.startswith("language is de")
    assert "0.4 < 0.65" in language.judge("en", 0.4, ("en",), 0.65).reason


def test_the_committed_language_model_is_the_published_one() -> None:
    notice = langid.MODEL.with_name("NOTICE.md").read_text(encoding="utf-8")
    assert hashlib.sha256(langid.MODEL.read_bytes()).hexdigest() in notice


@pytest.mark.parametrize(
    "text", ["You are a worthless idiot.", "SHUT UP YOU STUPID MORON!!!", "i will kill you, bitch"]
)
def test_attacks_are_toxic(text: str) -> None:
    label, score = run_classify_toxic_speech(text)
    assert (label, score >= 0.5) == ("toxic", True)


@pytest.mark.parametrize("text", ["SUCK MY C*CK, YOU F*CKING DORKS", "watch free porn videos"])
def test_obscene_text_is_nsfw(text: str) -> None:
    assert run_classify_nsfw(text)[0] == "nsfw"


@pytest.mark.parametrize(
    "text",
    ["", "Thank you for the article, I learned a lot.", "kill -9 the process", SENTENCES["en"],
     "Breast cancer screening", "I disagree with you. The references are fine."],
)  # fmt: skip
def test_look_alikes_are_neither(text: str) -> None:
    assert run_classify_toxic_speech(text)[0] == "non-toxic"
    assert run_classify_nsfw(text)[0] == "non-nsfw"


def test_measured_figures_are_those_in_the_files() -> None:
    """Frames of the test part are not among those of training; the figures stand in the README."""
    for task in ("toxic", "nsfw"):
        model = linear.load_model(task)
        assert evaluate(model, task) == model.about["measured"]


def test_train_and_test_share_no_sentence_frame() -> None:
    train = {e.text.lower() for e in examples("toxic", "train", 500, 1)}
    assert not train & {e.text.lower() for e in examples("toxic", "test", 500, 1)}


def test_a_linear_model_learns_saves_and_loads(tmp_path: Path) -> None:
    texts = [f"good prose number {i}" for i in range(30)] + [f"buy pills {i}" for i in range(30)]
    labels = [1] * 30 + [0] * 30
    model = linear.train(texts, labels, "words", buckets=1 << 10, epochs=20)
    model = linear.calibrated(model, texts, labels)
    assert model.probability("good prose") > 0.8
    assert model.probability("buy pills") < 0.2
    model.save(tmp_path / "m.npz")
    again = linear.load(tmp_path / "m.npz")
    assert again.probability("good") == model.probability("good")
    with pytest.raises(ValueError, match="both classes"):
        linear.train(texts, [1] * 60, "words")
    with pytest.raises(FileNotFoundError, match="train_quality"):
        linear.load(tmp_path / "quality.npz")


def test_features_are_places_in_the_table() -> None:
    places = linear.features("Some words, some words", "characters", 64)
    assert places.min() >= 0
    assert places.max() < 64
    assert np.array_equal(places, linear.features("some  WORDS, some words", "characters", 64))
