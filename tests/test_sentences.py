"""Prose to blocks and sentences: nothing is lost, and code and formulas stay whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lecture_tracer.trace.sentences import blocks, split, without_code


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("# Title\nOne\ntwo.\n\nThree.", ["One\ntwo.", "Three."]),
        ("- a\n  more\n- b\n\n1. c\n2. d", ["a\nmore", "b", "c", "d"]),
        ("From\n2020) and\n- an item", ["From\n2020) and", "an item"]),
        ("| a | b |\n|---|---|\n| c | d |\n\n> said\n\nText", ["Text"]),
        ("$|A|\n| B|$ is no table", ["$|A|\n| B|$ is no table"]),
        ("```\n# no heading\n```\nText", ["Text"]),
        ("", []),
    ],
)
def test_blocks_are_paragraphs_and_items(markdown: str, expected: list[str]) -> None:
    assert list(blocks(markdown)) == expected


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("By Dr. Who et al. (2020). Yes.", ["By Dr. Who et al. (2020).", "Yes."]),
        ("**Bold. Whole.** After.", ["**Bold.", "Whole.**", "After."]),
        ("So $$x = 1.$$ Then `a. B` goes on.", ["So $$x = 1.$$", "Then `a. B` goes on."]),
        ("It ends $$\\text{so.}$$ Next.", ["It ends $$\\text{so.}$$", "Next."]),
        ("Plain. _bfloat16_ is a term.", ["Plain.", "_bfloat16_ is a term."]),
        ("3.5 GB, e.g. here", ["3.5 GB, e.g. here"]),
    ],
)
def test_a_block_is_split_where_a_sentence_ends(block: str, expected: list[str]) -> None:
    assert list(split(block)) == expected


@given(st.text(alphabet="ab. A$`_*\n!?)\"'", max_size=60))
def test_no_character_but_white_space_is_lost(block: str) -> None:
    assert "".join("".join(split(block)).split()) == "".join(block.split())


@given(st.text(alphabet="ab $`_{}.\n", max_size=60))
def test_what_is_hidden_keeps_its_length(text: str) -> None:
    assert len(without_code(text)) == len(text)
