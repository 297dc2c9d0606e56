"""Comment text to directives: `# @inspect x y.shape @stepover` gives two.

Input: a file's text, or one comment. Output: `Directive` values in order. Comments are found with
`tokenize`, so a `#` inside a string is text and a directive inside a string is ignored. Knows
nothing of statements: `source` decides what a directive belongs to.
"""

import difflib
import io
import re
import tokenize
from dataclasses import dataclass

NAMES = ("inspect", "clear", "stepover", "stepinto", "hide", "animate")
TAKES_EXPRESSIONS = frozenset({"inspect", "clear"})

_START = re.compile(r"@([A-Za-z_]\w*)")
_CLOSERS = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True, slots=True)
class Directive:
    """One directive. `line` is the line of its comment, counted from 1."""

    name: str
    arguments: tuple[str, ...]
    line: int


def parse_comment(comment: str, line: int = 1) -> list[Directive]:
    """Directives of one comment, unknown names included.

    >>> parse_comment("# @inspect a, w.grad[0] `x + y` @stepover")[0].arguments
    ('a', 'w.grad[0]', 'x + y')
    """
    found: list[Directive] = []
    name: str | None = None
    words: list[str] = []
    for word, quoted in _words(comment):
        start = None if quoted else _START.fullmatch(word.rstrip(".:;"))
        in_prose = name is None and bool(words)
        if start is None or (in_prose and not _resembles(start[1])):
            words.append(word)
            continue
        if name is not None:
            found.append(_directive(name, words, line))
        name, words = start[1], []
    if name is not None:
        found.append(_directive(name, words, line))
    return found


def find_directives(text: str) -> list[Directive]:
    """Directives of all comments of a Python file that `ast` accepts."""
    if "@" not in text:
        return []
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return [
        directive
        for token in tokens
        if token.type == tokenize.COMMENT and "@" in token.string
        for directive in parse_comment(token.string, token.start[0])
    ]


def _resembles(name: str) -> bool:
    """Whether a word with `@` in the middle of a sentence can be meant as a directive."""
    return bool(difflib.get_close_matches(name.lower(), NAMES, n=1, cutoff=0.75))


def nearest_name(name: str) -> str | None:
    """The valid name that `name` was probably meant to be."""
    close = difflib.get_close_matches(name.lower(), NAMES, n=1, cutoff=0.5)
    return close[0] if close else None


def _directive(name: str, words: list[str], line: int) -> Directive:
    return Directive(name, tuple(words), line)


def _words(comment: str) -> list[tuple[str, bool]]:
    """Words split at spaces and commas outside brackets and quotes; backticks keep spaces."""
    words: list[tuple[str, bool]] = []
    current = ""
    closers: list[str] = []
    quote = ""
    position = 0
    while position < len(comment):
        char = comment[position]
        position += 1
        if quote:
            current += char
            quote = "" if char == quote else quote
        elif char == "`" and not current:
            end = comment.find("`", position)
            if end < 0:
                continue
            words.append((comment[position:end].strip(), True))
            position = end + 1
        elif (char.isspace() and not closers) or (char in ",#" and not closers):
            if current:
                words.append((current, False))
            current = ""
        else:
            current += char
            if char in "'\"" and closers:
                quote = char
            elif char in _CLOSERS:
                closers.append(_CLOSERS[char])
            elif closers and char == closers[-1]:
                closers.pop()
    if current:
        words.append((current, False))
    return [(word, quoted) for word, quoted in words if word]
