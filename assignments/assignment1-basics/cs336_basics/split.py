"""Splitting text: at special tokens first, then into pre-tokens that no merge may cross.

The pattern that cuts pre-tokens is data: a regular expression of the `regex` module, GPT-2's unless
another one is given (Radford et al. 2019, section 2.2). The module needs about 0.1 s per megabyte
for it, so for patterns of which more is known the fast paths first cut the text into coarser
*units* with one cheap pass and keep what the pattern says about each distinct unit. In ASCII text
the classes of GPT-2's pattern are short sets of characters, which `re` finds in half the time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import regex

GPT2_PATTERN = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
# Its letters, numbers and white space among the first 128 characters: re.ASCII limits \s to them.
ASCII_PATTERN = r"'(?:[sdmt]|ll|ve|re)| ?[A-Za-z]+| ?[0-9]+| ?[^\sA-Za-z0-9]+|\s+(?!\S)|\s+"
# GPT-4's (tiktoken's cl100k_base): at most three digits, line ends stay with what they follow.
GPT4_PATTERN = (
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s++\Z|\s*[\r\n]|\s+(?!\S)|\s"
)
# SmolLM2's: every digit is cut out first, GPT-2's pattern cuts what lies between. In one pattern:
# the space before a number stays outside, and white space before a digit ends like white space at
# the end of a text.
SMOLLM2_PATTERN = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+|\s+(?![^\s\p{N}])|\s+"
NAMED_PATTERNS = {"gpt2": GPT2_PATTERN, "gpt4": GPT4_PATTERN, "smollm2": SMOLLM2_PATTERN}

# White space as the `regex` module defines it. Python's `re` adds U+001C to U+001F to its \s, which
# would put a unit boundary where GPT-2's pattern has none, so the set is spelled out.
WHITESPACE = "\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_UNIT = re.compile(f"[{WHITESPACE}]*[^{WHITESPACE}]+|[{WHITESPACE}]+")
_AFTER_ANY = re.compile(f"(?<=[^{WHITESPACE}])(?=[{WHITESPACE}])")
_AFTER_WORD = regex.compile(rf"(?<=[\p{{L}}\p{{N}}])(?=[{WHITESPACE}])")


@dataclass(frozen=True)
class Splitter:
    """A compiled split pattern and what is known of it; `splitter` makes one.

    What may be known is where a pre-token always ends: after any character that white space
    follows, or after a letter or digit that white space follows. Neither look-behind nor more than
    the white space after a token may decide. Text can be cut there, and, where nothing is known, at
    special tokens only.
    """

    pattern: str
    compiled: regex.Pattern[str]
    ascii: re.Pattern[str] | None = None
    ends_before_white_space: bool = False
    words_end_before_white_space: bool = False

    def pretokens(self, text: str) -> list[str]:
        """Cut ordinary text into pre-tokens; joined they give the text back.

        Raises:
            ValueError: the pattern leaves a part of the text out.
        """
        if self.ascii is not None and text.isascii():  # known without a look at the characters
            return self.ascii.findall(text)
        if self.words_end_before_white_space:
            return self.compiled.findall(text)  # type: ignore[no-any-return]
        found = [match[0] for match in self.compiled.finditer(text) if match[0]]
        if sum(map(len, found)) != len(text):
            self._raise_about_gap(text)
        return found

    def _raise_about_gap(self, text: str) -> None:
        end = 0
        for match in self.compiled.finditer(text):
            if match.start() > end:
                break
            end = match.end()
        raise ValueError(
            f"the split pattern {self.pattern!r} matches nothing at {text[end : end + 20]!r}: "
            "it has to match every character of every text"
        )

    def last_safe_cut(self, text: str, limit: int) -> int:
        """Return the last position at or below `limit` where `text` may be cut, or 0.

        The pre-tokens on both sides of the cut are then those of the whole text, whatever follows.
        """
        if not self.words_end_before_white_space:
            return 0
        ends = _AFTER_ANY if self.ends_before_white_space else _AFTER_WORD
        reach = 256
        while True:
            start = max(0, limit - reach)
            cuts = [match.start() for match in ends.finditer(text, start, limit + 1)]
            if cuts:
                return int(cuts[-1])
            if start == 0:
                return self._cut_without_white_space(text, limit)
            reach *= 8

    def _cut_without_white_space(self, text: str, limit: int) -> int:
        """Cut between other pre-tokens.

        A match that ends three characters before the end of the text saw another class of character
        after it, and "'re" or three digits are the longest things that could still grow. White
        space at an end would be split differently.
        """
        settled = min(limit, len(text) - 3)
        cut = 0
        for match in self.compiled.finditer(text):
            if match.end() > settled:
                break
            if not match[0][-1].isspace():
                cut = match.end()
        return cut


@cache
def splitter(pattern: str = GPT2_PATTERN) -> Splitter:
    """Compile a split pattern; ValueError when it is not a regular expression."""
    try:
        compiled = regex.compile(pattern)
    except regex.error as error:
        raise ValueError(
            f"the split pattern {pattern!r} is no regular expression: {error}"
        ) from error
    if pattern == GPT2_PATTERN:
        return Splitter(pattern, compiled, re.compile(ASCII_PATTERN, re.ASCII), True, True)
    return Splitter(
        pattern, compiled, None, pattern == SMOLLM2_PATTERN, pattern in NAMED_PATTERNS.values()
    )


def split_pretokens(text: str, pattern: str = GPT2_PATTERN) -> list[str]:
    """Cut ordinary text into the pre-tokens of a split pattern; joined they give the text back."""
    return splitter(pattern).pretokens(text)


def split_units(text: str) -> list[str]:
    """Cut text into units of white space followed by other characters, about one a word.

    For patterns whose pre-tokens end wherever white space follows another character: these never
    look behind, so the pre-tokens of `text` are those of its units, one unit after another.
    """
    return _UNIT.findall(text)


def last_safe_cut(text: str, limit: int, pattern: str = GPT2_PATTERN) -> int:
    """`Splitter.last_safe_cut` of a split pattern."""
    return splitter(pattern).last_safe_cut(text, limit)


def check_special_tokens(special_tokens: Iterable[str]) -> list[str]:
    """Return the special tokens as a list; raise ValueError on an empty or repeated one."""
    if isinstance(special_tokens, str):  # its characters would be taken for tokens
        raise TypeError(f"special_tokens is the string {special_tokens!r}: give a list of strings")
    tokens = list(special_tokens)
    for position, token in enumerate(tokens):
        if not isinstance(token, str):
            raise TypeError(f"special token {token!r} is a {type(token).__name__}, not a str")
        if not token:
            raise ValueError(f"special token {position} is empty: remove it or give it a text")
        if token in tokens[:position]:
            raise ValueError(f"special token {token!r} is given twice: name each one once")
    return tokens


def special_token_pattern(special_tokens: Sequence[str]) -> re.Pattern[str] | None:
    """Compile a pattern with one group that matches the longest special token, None without any."""
    if not special_tokens:
        return None
    longest_first = sorted(special_tokens, key=len, reverse=True)
    return re.compile("(" + "|".join(map(re.escape, longest_first)) + ")")


def split_special_tokens(text: str, special_tokens: Sequence[str]) -> list[str]:
    """Cut `text` at special tokens: ordinary text at even places (maybe empty), tokens at odd."""
    pattern = special_token_pattern(special_tokens)
    return [text] if pattern is None else pattern.split(text)
