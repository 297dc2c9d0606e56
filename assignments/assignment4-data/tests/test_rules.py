"""Each rule: an example, an edge, a reason."""

from __future__ import annotations

from pathlib import Path

import pytest
from cs336_data.decision import Decision
from cs336_data.rules import c4, fineweb, gopher_quality, gopher_repetition, plain_repetition, urls
from cs336_data.text.view import View
from hypothesis import given, settings
from hypothesis import strategies as st

from .adapters import run_gopher_quality_filter

PROSE = (
    "The river rises in the hills to the west of the town and turns north where the old mill "
    "stands. Boats have carried grain along it for more than three hundred years, and the people "
    "who live on its banks still meet there in summer. "
) * 2 + "Nobody knows who built the mill."


def test_gopher_quality_as_the_course_states_it() -> None:
    assert run_gopher_quality_filter(PROSE)
    assert not run_gopher_quality_filter("too short")
    assert not run_gopher_quality_filter("word " * 100_001)
    assert run_gopher_quality_filter("word " * 100_000)
    assert run_gopher_quality_filter("word " * 50)
    assert not run_gopher_quality_filter("word " * 49)
    assert not run_gopher_quality_filter("be " * 100)
    assert not run_gopher_quality_filter("extraordinarily " * 100)
    assert not run_gopher_quality_filter("123 " * 30 + "word " * 70)
    assert run_gopher_quality_filter("123 " * 20 + "word " * 80)
    lines = ["some words that stand here..."] * 4 + ["some words that stand here."] * 6
    assert not run_gopher_quality_filter("\n".join(lines * 2))
    assert run_gopher_quality_filter("\n".join((lines[:3] + lines[4:] + lines[4:5]) * 2))
    assert not run_gopher_quality_filter("")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("too short", "words 2 < 50"),
        ("be " * 100, "mean word length 2 < 3"),
        ("1234 " * 100, "share of words with a letter 0 < 0.8"),
        ("these words of text # " * 30, "symbols per word 0.2 > 0.1"),
        ("nothing common stands here " * 20, "different stop words 0 < 2"),
        (
            "\n".join(["- the closing words of lines here"] * 20),
            "share of lines with a bullet 1 > 0.9",
        ),
    ],
)
def test_gopher_quality_says_why(text: str, reason: str) -> None:
    assert gopher_quality.decide(text) == Decision(False, "gopher_quality", reason)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("\n".join(["Home", "About"] * 10), "share of repeated lines"),
        ("\n\n".join(["One paragraph.", "Two of them."] * 4), "share of repeated lines"),
        ("buy cheap pills " * 30, "characters of the top 2-gram"),
        (" ".join(f"{a} {b} the long way home from here we go again" for a in "abc" for b in "xyz"),
         "characters of duplicate 5-grams"),
    ],
)  # fmt: skip
def test_gopher_repetition_says_what_is_repeated(text: str, what: str) -> None:
    assert what in gopher_repetition.decide(text).reason or what in "".join(
        name for name, value, limit in gopher_repetition.shares(View(text)) if value > limit
    )


def test_prose_does_not_repeat_itself() -> None:
    once = PROSE[: len(PROSE) // 2]
    assert gopher_repetition.decide(once)
    assert gopher_repetition.decide("")
    assert gopher_repetition.decide("one")


@settings(deadline=None)
@given(st.lists(st.sampled_from(["a", "bb", "ccc", "\n", "\n\n", "d4"]), max_size=120))
def test_fast_repetition_equals_the_plain_one(parts: list[str]) -> None:
    view = View(" ".join(parts))
    fast, plain = list(gopher_repetition.shares(view)), list(plain_repetition.shares(view))
    assert [entry[0] for entry in plain] == [entry[0] for entry in fast]
    assert [entry[1] for entry in plain] == pytest.approx([entry[1] for entry in fast])
    assert plain_repetition.decide(view) == gopher_repetition.decide(view)


def test_c4_keeps_prose_lines_and_counts_the_others() -> None:
    text = (
        "Home | About\n"
        "The first sentence of the page stands here.\n"
        "A second one follows, with a number [12] in it.\n"
        "Please enable Javascript to see this page.\n"
        "We use cookies to make this page better.\n"
        "Short line.\n"
        "A third sentence makes the page long enough."
    )
    edited = c4.decide(text)
    assert edited.decision.keep
    assert edited.text.split("\n") == [
        "The first sentence of the page stands here.",
        "A second one follows, with a number  in it.",
        "A third sentence makes the page long enough.",
    ]
    assert edited.removed == {
        "no punctuation at the end": 1, "javascript": 1, "policy": 1, "few words": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Only one sentence stands here.", "sentences 1 < 3"),
        ("Lorem ipsum dolor sit amet. " * 5, "lorem ipsum"),
        ("This line of code has a brace {x}.\n" * 5, "a brace, as in code"),
        ("", "sentences 0 < 3"),
    ],
)
def test_c4_says_why(text: str, reason: str) -> None:
    assert c4.decide(text).decision.reason == reason


def test_c4_without_the_punctuation_rule() -> None:
    lines = "one line without an end mark\n" * 2 + "It has three. Sentences are. Here now."
    assert c4.decide(lines, c4.Limits(terminal_punctuation=False)).text.count("one line") == 2


def test_fineweb_rejects_lists_and_menus() -> None:
    assert fineweb.decide(PROSE)
    menu = "\n".join(["Home", "Products", "Contact"] * 5)
    assert "punctuation" in fineweb.decide(menu).reason
    repeated = "\n".join([PROSE[:60] + "."] * 5)
    assert "repeated lines" in fineweb.decide(repeated).reason
    short = "\n".join(["Yes.", "No.", "Perhaps it is.", PROSE])
    assert "under 30 characters" in fineweb.decide(short).reason
    assert fineweb.decide("").reason == "no lines"


def test_hosts_and_words_of_addresses(tmp_path: Path) -> None:
    hosts = tmp_path / "hosts.txt"
    hosts.write_text("# listed\nSpam.example  # and below\n", encoding="utf-8")
    listed = urls.UrlList.read([hosts]).decide
    assert listed("https://shop.spam.example:8080/a").reason == "host spam.example is listed"
    assert listed("https://notspam.example/")
    assert not listed("http://[bad")
    words = urls.UrlList(words=frozenset({"casino"})).decide
    assert not words("http://a.example/online-Casino-bonus")
    assert not words("http://a.example/online%2Dcasino")
    assert words("http://a.example/casinos")


@pytest.mark.parametrize(
    ("url", "form"),
    [
        ("HTTPS://WWW.A.example:443/b/?utm_source=x&b=2&a=1#top", "http://a.example/b?a=1&b=2"),
        ("http://a.example/%7Eme/%C3%A9", "http://a.example/~me/%C3%A9"),
        ("http://a.example:8080/", "http://a.example:8080"),
        ("ftp://a.example/x", "ftp://a.example/x"),
        ("http://[bad", "http://[bad"),
        ("not an address", "not an address"),
    ],
)
def test_one_form_for_one_address(url: str, form: str) -> None:
    assert urls.normalise_url(url) == form
    assert urls.normalise_url(form) == form
