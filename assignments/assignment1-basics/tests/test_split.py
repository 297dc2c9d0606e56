"""Splitting: GPT-2's pre-tokens, units, safe cuts, special tokens."""

from __future__ import annotations

import inspect
import re
import sys
from itertools import product

import pytest
import regex
import tiktoken_ext.openai_public  # type: ignore[import-untyped]
import tokenizers.pre_tokenizers as hugging_face
from cs336_basics.split import (
    GPT2_PATTERN,
    GPT4_PATTERN,
    NAMED_PATTERNS,
    SMOLLM2_PATTERN,
    WHITESPACE,
    check_special_tokens,
    last_safe_cut,
    split_pretokens,
    split_special_tokens,
    split_units,
    splitter,
)
from hypothesis import given
from hypothesis import strategies as st

# Characters that the pattern treats differently, so that short texts meet its corners.
TRICKY = st.text(st.sampled_from(" \n\r\t\x1c\x85\xa0\u3000aé日'sve12!?-٣\u0301😀"), max_size=24)


def test_pretokens_of_an_example() -> None:
    assert split_pretokens("I'll see 3 dogs...  now\n") == [
        "I", "'ll", " see", " 3", " dogs", "...", " ", " now", "\n",
    ]  # fmt: skip


def test_ascii_text_is_cut_as_gpt2s_pattern_cuts_it() -> None:
    """ASCII text has a pattern of its own: every character, then every way that few can meet."""
    characters = "".join(map(chr, range(128)))
    for separator in ("", "a", "1", "!", " "):
        text = separator.join(characters)
        assert split_pretokens(text) == regex.findall(GPT2_PATTERN, text)
    for few in product(" \n\x1c1!'sdmtlvrea", repeat=4):
        text = "".join(few)
        assert split_pretokens(text) == regex.findall(GPT2_PATTERN, text)


@given(st.text(st.characters(max_codepoint=127)) | TRICKY)
def test_pretokens_are_those_of_gpt2s_pattern(text: str) -> None:
    assert split_pretokens(text) == regex.findall(GPT2_PATTERN, text)


def test_units_of_an_example() -> None:
    assert split_units("See the\n\ndog's  tail. ") == ["See", " the", "\n\ndog's", "  tail.", " "]


@given(TRICKY | st.text())
def test_pretokens_of_units_are_the_pretokens(text: str) -> None:
    units = split_units(text)
    assert "".join(units) == text
    assert [p for unit in units for p in split_pretokens(unit)] == split_pretokens(text)


def test_white_space_is_that_of_the_regex_module() -> None:
    characters = "".join(map(chr, range(sys.maxunicode + 1)))
    assert sorted(regex.findall(r"\s", characters)) == regex.findall(f"[{WHITESPACE}]", characters)


@pytest.mark.parametrize("pattern", NAMED_PATTERNS.values(), ids=NAMED_PATTERNS.keys())
@given(TRICKY | st.text(), TRICKY | st.text(), st.data())
def test_a_safe_cut_holds_whatever_follows(
    pattern: str, text: str, more: str, data: st.DataObject
) -> None:
    limit = data.draw(st.integers(0, max(0, len(text) - 1)))
    cut = last_safe_cut(text, limit, pattern)
    assert 0 <= cut <= limit
    parts = split_pretokens(text[:cut], pattern) + split_pretokens(text[cut:] + more, pattern)
    assert parts == split_pretokens(text + more, pattern)


def test_a_safe_cut_is_found_without_white_space() -> None:
    assert last_safe_cut("one,two,three,four", 18) == len("one,two,three,")
    assert last_safe_cut("a" * 1000, 999) == 0
    assert last_safe_cut("one two three", 10, r"\w+|\W+") == 0  # nothing is known of this pattern


def test_digits_by_each_pattern() -> None:
    text = "In 1969,  12345\nsteps!\n\n"
    assert split_pretokens(text)[-7:] == [
        ",", " ", " 12345", "\n", "steps", "!", "\n\n",
    ]  # fmt: skip
    assert split_pretokens(text, GPT4_PATTERN) == [
        "In", " ", "196", "9", ",", " ", " ", "123", "45", "\n", "steps", "!\n\n",
    ]  # fmt: skip
    assert split_pretokens(text, SMOLLM2_PATTERN) == [
        "In", " ", *"1969", ",", "  ", *"12345", "\n", "steps", "!", "\n\n",
    ]  # fmt: skip


@given(TRICKY | st.text())
def test_gpt4s_pattern_cuts_as_tiktokens_does(text: str) -> None:
    source = inspect.getsource(tiktoken_ext.openai_public.cl100k_base)
    theirs = re.search(r'"pat_str": r"""(.*?)""",', source)
    assert theirs is not None
    # "$" means the end of the text there; Python's would also match before a last line end.
    expected = regex.findall(theirs[1].replace("$", r"\Z"), text)
    assert split_pretokens(text, GPT4_PATTERN) == expected


# Later characters are not letters yet in the Unicode tables of every release of that library.
@given(TRICKY | st.text(st.characters(max_codepoint=0x24F) | st.sampled_from("½²Ⅷ٣日 \u3000")))
def test_smollm2s_pattern_cuts_as_its_two_steps_do(text: str) -> None:
    steps = hugging_face.Sequence(
        [
            hugging_face.Digits(individual_digits=True),
            hugging_face.ByteLevel(add_prefix_space=False),
        ]
    )
    spans = [span for _, span in steps.pre_tokenize_str(text)]
    assert split_pretokens(text, SMOLLM2_PATTERN) == [text[start:end] for start, end in spans]


def test_a_pattern_of_ones_own_may_have_groups_and_must_leave_nothing_out() -> None:
    assert split_pretokens("a1b22", r"([a-z])|(\d)|x*") == ["a", "1", "b", "2", "2"]
    with pytest.raises(ValueError, match=r"matches nothing at '!c': it has to match every"):
        split_pretokens("ab!c", r"\w+")
    with pytest.raises(ValueError, match=r"the split pattern '\(' is no regular expression"):
        splitter("(")


def test_the_longest_special_token_wins() -> None:
    specials = ["<a>", "<a><a>"]
    assert split_special_tokens("x<a><a><a>y", specials) == ["x", "<a><a>", "", "<a>", "y"]
    assert split_special_tokens("x", []) == ["x"]


@pytest.mark.parametrize(
    ("tokens", "message"),
    [(["a", ""], "special token 1 is empty"), (["<e>", "<e>"], "'<e>' is given twice")],
)
def test_bad_special_tokens_are_named(tokens: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_special_tokens(tokens)
