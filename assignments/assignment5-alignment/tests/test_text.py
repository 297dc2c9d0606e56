"""The instructions written for SmolLM2, and how answers to them are judged."""

from __future__ import annotations

import pytest
from cs336_alignment.text.choices import RULES, summarise, wilson_interval
from cs336_alignment.text.examples import (
    CLOSINGS,
    HELD_OUT_CLOSINGS,
    HELD_OUT_OPENINGS,
    OPENINGS,
    Split,
    contains_key,
    follows_format,
    is_brief,
    make_examples,
)
from cs336_alignment.text.questions import PROMPTS, all_questions
from cs336_alignment.text.topics import TOPICS

SPLITS: tuple[Split, ...] = ("train", "items", "topics")


def test_every_example_is_what_it_is_said_to_be() -> None:
    for split in SPLITS:
        for example in make_examples(split):
            assert follows_format(example.formatted), example
            assert is_brief(example.brief), example
            assert not is_brief(example.wordy), example
            assert example.brief in example.wordy
            for answer in (example.brief, example.wordy, example.formatted):
                assert contains_key(answer, example.key), example
            assert "{" not in example.question


def test_evaluation_is_disjoint_from_training() -> None:
    trained = make_examples("train")
    questions = {example.question for example in trained}
    for split in ("items", "topics"):
        assert not questions & {example.question for example in make_examples(split)}
    trained_topics = {example.topic for example in trained}
    assert trained_topics == {example.topic for example in make_examples("items")}
    assert not trained_topics & {example.topic for example in make_examples("topics")}
    assert not set(OPENINGS) & set(HELD_OUT_OPENINGS)
    assert not set(CLOSINGS) & set(HELD_OUT_CLOSINGS)


def test_an_item_is_trained_or_held_out() -> None:
    trained = {(example.topic, example.item) for example in make_examples("train")}
    held_out = {(example.topic, example.item) for example in make_examples("items")}
    assert not trained & held_out
    total = sum(len(topic.items) for topic in TOPICS if not topic.held_out)
    assert len(trained) + len(held_out) == total
    assert 0.15 < len(held_out) / total < 0.25


def test_the_seed_orders_the_examples() -> None:
    assert make_examples("train", 1) == make_examples("train", 1)
    assert make_examples("train", 1) != make_examples("train", 2)


@pytest.mark.parametrize(
    ("text", "follows"),
    [
        ("Answer: Paris\nBecause: it is.", True),
        ("  Answer: Paris\nBecause: it is.\n", True),
        ("Answer: Paris", False),
        ("Answer: \nBecause: it is.", False),
        ("Answer: Paris\n\nBecause: it is.", False),
        ("Because: it is.\nAnswer: Paris", False),
        ("Sure!\nAnswer: Paris\nBecause: it is.", False),
        ("Answer: Paris\nBecause: it is.\nAnything else?", False),
        ("answer: Paris\nbecause: it is.", False),
        ("", False),
    ],
)
def test_the_format_is_two_lines_and_nothing_else(text: str, follows: bool) -> None:
    assert follows_format(text) is follows


@pytest.mark.parametrize(
    ("text", "brief"),
    [
        ("The capital is Paris.", True),
        ("Paris", False),  # no sentence
        ("One two three four five six seven eight nine ten eleven twelve.", True),
        ("One two three four five six seven eight nine ten eleven twelve thirteen.", False),
        ("Paris.\nIt is nice.", False),
        ("", False),
        ("   ", False),
    ],
)
def test_brief_is_one_short_sentence(text: str, brief: bool) -> None:
    assert is_brief(text) is brief


def test_a_key_is_found_as_words() -> None:
    assert contains_key("It is paris.", "Paris")
    assert contains_key('"mice"', "mice")
    assert not contains_key("comparison", "Paris")
    assert not contains_key("It is 112.", "12")


def test_questions_and_prompts_are_whole_and_different() -> None:
    questions = all_questions()
    assert len(questions) == len({question.text for question in questions}) == 40
    assert len(set(PROMPTS)) == 20
    for question in questions:
        assert len(set(question.options)) == 4
        assert question == all_questions()[questions.index(question)]
    counts = [sum(question.right == place for question in questions) for place in range(4)]
    assert min(counts) >= 6  # one letter for all answers would score like chance


def test_the_summary_counts_each_rule() -> None:
    judged = [
        {"right": 0, "chosen": {"letter": 0, "text": 0, "normalised": 0}},
        {"right": 1, "chosen": {"letter": 0, "text": 1, "normalised": 1}},
    ]
    summary = summarise(judged)
    assert [summary["rules"][rule]["right"] for rule in RULES] == [1, 2, 2]
    assert summary["rules"]["letter"]["chosen"] == [2, 0, 0, 0]
    assert summary["all_rules_agree"] == 0.5
    assert summary["chance"] == 0.25


def test_the_interval_is_wilsons() -> None:
    """8 of 10: centre (0.8 + 0.192) / 1.384, from the formula worked by hand."""
    low, high = wilson_interval(8, 10)
    assert low == pytest.approx(0.4902, abs=1e-4)
    assert high == pytest.approx(0.9433, abs=1e-4)
    assert wilson_interval(0, 10)[0] == pytest.approx(0.0, abs=1e-12)
