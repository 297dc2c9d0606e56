"""Splitting text: at special tokens first, then into pre-tokens that no merge may cross.

The pre-token pattern is GPT-2's (Radford et al. 2019, section 2.2). The `regex` module needs about
0.1 s per megabyte for it, so the fast paths first cut the text into coarser *units* with one cheap
pass and keep what the pattern says about each distinct unit. In ASCII text the classes of the
pattern are short sets of characters, which `re` finds in half the time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import regex

GPT2_PATTERN = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
_PRETOKEN = regex.compile(GPT2_PATTERN)
# Its letters, numbers and white space among the first 128 characters: re.ASCII limits \s to them.
ASCII_PATTERN = r"'(?:[sdmt]|ll|ve|re)| ?[A-Za-z]+| ?[0-9]+| ?[^\sA-Za-z0-9]+|\s+(?!\S)|\s+"
_ASCII_PRETOKEN = re.compile(ASCII_PATTERN, re.ASCII)

# White space as the `regex` module defines it. Python's `re` adds U+001C to U+001F to its \s, which
# would put a unit boundary where GPT-2's pattern has none, so the set is spelled out.
WHITESPACE = "\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_UNIT = re.compile(f"[{WHITESPACE}]*[^{WHITESPACE}]+|[{WHITESPACE}]+")
_UNIT_START = re.compile(f"(?<=[^{WHITESPACE}])(?=[{WHITESPACE}])")


def split_pretokens(text: str) -> list[str]:
    """Cut ordinary text into GPT-2's pre-tokens; joined they give the text back."""
    if text.isascii():  # known without a look at the characters
        return _ASCII_PRETOKEN.findall(text)
    return _PRETOKEN.findall(text)  # type: ignore[no-any-return]


def split_units(text: str) -> list[str]:
    """Cut text into units of white space followed by other characters, about one a word.

    Wherever white space follows another character a pre-token ends, and the pattern never looks
    behind, so `split_pretokens(text)` is the concatenation of `split_pretokens(unit)` over units.
    """
    return _UNIT.findall(text)


def last_safe_cut(text: str, limit: int) -> int:
    """Return the last position at or below `limit` where `text` may be cut, or 0 if there is none.

    The pre-tokens on both sides of the cut are then those of the whole text, whatever follows it.
    """
    reach = 256
    while True:
        start = max(0, limit - reach)
        cuts = [match.start() for match in _UNIT_START.finditer(text, start, limit + 1)]
        if cuts:
            return cuts[-1]
        if start == 0:
            break
        reach *= 8
    # White space follows no word here: cut between other pre-tokens. A match that ends three
    # characters before the end of the text saw another class of character after it, and "'re" is
    # the longest thing that could still grow. White space at an end would be split differently.
    settled = min(limit, len(text) - 3)
    cut = 0
    for match in _PRETOKEN.finditer(text):
        if match.end() > settled:
            break
        if not match[0][-1].isspace():
            cut = match.end()
    return cut


def check_special_tokens(special_tokens: Iterable[str]) -> list[str]:
    """Return the special tokens as a list; raise ValueError on an empty or repeated one."""
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
