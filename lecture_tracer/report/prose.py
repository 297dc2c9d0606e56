"""Markdown to sentences, and how long they are.

Input: the Markdown of `text()` calls in the order of showing. Output: the words of each sentence.
Only running prose counts: headings, lists, tables, quotations, code and displayed formulas are
left out; a formula within a sentence is one word.
"""

import re
from collections.abc import Iterable, Iterator
from statistics import mean, median, quantiles

from lecture_tracer.report.figures import Prose
from lecture_tracer.trace.sentences import split

SHORT = 6
"""Words of a sentence that counts as short."""

_FENCED = re.compile(r"^ {0,3}(`{3,}|~{3,}).*?(?:^ {0,3}\1[`~]*[ \t]*$|\Z)", re.M | re.S)
_DISPLAYED = re.compile(r"\$\$.*?\$\$|\\\[.*?\\\]", re.S)
_COMMENT = re.compile(r"<!--.*?-->", re.S)
_FORMULA = re.compile(r"(?<![\\$])\$(?!\s)[^$\n]+(?:\n[^$\n]+)*?(?<![\s\\])\$")
_CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.S)
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_NOT_PROSE = re.compile(r"^\s{0,3}(?:#{1,6}(?:\s|$)|[-*+]\s|\d+[.)]\s|\||>|(?:[-*_]\s*){3,}$)")
_RUN_IN = re.compile(r"^(\*\*|__)(?:(?!\1).)+(?:[.:!?]\1|\1[.:!?]?$)\s*")
"""A heading in bold at the beginning of a paragraph, or in place of one."""
_WORD = re.compile(r"\w(?:[\w'’.,/+\-]*\w)?")


def sentences(markdown: str) -> Iterator[list[str]]:
    """The words of every sentence of running prose.

    >>> [len(words) for words in sentences("# Title\\nIt is 3.5 GB, e.g. here. And $x^2$?")]
    [6, 2]
    """
    for paragraph in _paragraphs(markdown):
        for sentence in split(paragraph):
            if words := _WORD.findall(sentence):
                yield words


def measure(texts: Iterable[str]) -> Prose:
    """The figures of all sentences together; zeros where there is none."""
    lengths = [len(words) for text in texts for words in sentences(text)]
    if not lengths:
        return Prose(words=0, sentences=0, mean=0, median=0, p90=0, short_share=0)
    deciles = quantiles(lengths, n=10, method="inclusive") if len(lengths) > 1 else lengths * 9
    return Prose(
        words=sum(lengths),
        sentences=len(lengths),
        mean=round(mean(lengths), 1),
        median=median(lengths),
        p90=round(deciles[8], 1),
        short_share=round(sum(n <= SHORT for n in lengths) / len(lengths), 3),
    )


def _paragraphs(markdown: str) -> Iterator[str]:
    """Blocks of running prose, each on one line, inline marks taken off."""
    for pattern in (_COMMENT, _FENCED, _DISPLAYED):
        markdown = pattern.sub("\n", markdown)
    for block in re.split(r"\n\s*\n", markdown):
        lines = block.splitlines()
        # A list item goes on over the lines below it; a heading does not.
        start = next((n for n, line in enumerate(lines) if _NOT_PROSE.match(line)), len(lines))
        while start < len(lines) and lines[start].lstrip().startswith("#"):
            yield _plain(lines[:start])
            lines = lines[start + 1 :]
            start = next((n for n, line in enumerate(lines) if _NOT_PROSE.match(line)), len(lines))
        yield _plain(lines[:start])


def _plain(lines: list[str]) -> str:
    text = " ".join(line.strip() for line in lines)
    text = _CODE.sub("code", _FORMULA.sub("formula", text))
    return _LINK.sub(r"\1", _RUN_IN.sub("", text))
