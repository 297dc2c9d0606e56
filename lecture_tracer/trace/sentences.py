"""Markdown prose to blocks, and a block to sentences. Nothing is taken out of a sentence.

Input: the Markdown of one `text()`. Output: pieces of it as they were written, so that formulas,
code and emphasis in them can still be drawn.
"""

import re
from collections.abc import Iterator

_HIDDEN = re.compile(
    r"(?P<code>`+)(?!`).+?(?<!`)(?P=code)(?!`)"
    r"|\$\$.+?\$\$"
    r"|(?<![\\$])\$(?!\s)[^$]+?(?<![\s\\])\$",
    re.S,
)
"""Code and formulas: what stands in them is no prose."""
_FENCED = re.compile(r"^ {0,3}(`{3,}|~{3,}).*?(?:^ {0,3}\1[`~]*[ \t]*$|\Z)", re.M | re.S)
_HEADING = re.compile(r"\s{0,3}#{1,6}(?:\s|$)")
_ITEM = re.compile(r"\s{0,3}(?:[-*+]|\d+[.)])\s+")
_FIRST_ITEM = re.compile(r"\s{0,3}(?:[-*+]|1[.)])\s+")
"""What a list begins with inside a paragraph, where `2020) and` is no item."""
_NO_PROSE = re.compile(r"\s{0,3}(?:\||>|(?:[-*_]\s*){3,}$)")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|vs|cf|etc|al|resp|approx|ca|Fig|Figs|Eq|Eqs|Sec|Ch|No|Dr|Mr|Ms|St|p|pp)"
    r"|\b[A-Z])\.$"
)
_END = re.compile(r"""(?<=[.!?…])["'”’)\]*_$]*\s+(?=["'“‘(\[*_]*[A-Z0-9$`]|\**_)""")


def without_code(text: str) -> str:
    """The text with an `x` for each character inside code and formulas: positions stay.

    >>> without_code("so $a_b$ is `c_d`.")
    'so $xxx$ is `xxx`.'
    """
    return _HIDDEN.sub(_hide, text)


def _hide(match: re.Match[str]) -> str:
    text = match[0]
    sign = "$$" if text.startswith("$$") else text[0]
    inside = text[len(sign) : -len(sign)]
    # A displayed formula may end the sentence that it stands in.
    ends = sign == "$$" and re.search(r"[.!?][}\s]*$", inside)
    return f"{sign}{'x' * (len(inside) - 1)}{'.' if ends else 'x'}{sign}"


def blocks(markdown: str) -> Iterator[str]:
    """Paragraphs and list items as written, without the mark of an item.

    Headings, tables, quotations and fenced code are left out.
    """
    block: list[str] = []
    listing = skipping = False
    for line in [*_FENCED.sub("\n", markdown).splitlines(), ""]:
        ends = not line.strip() or bool(_HEADING.match(line))
        item = (_FIRST_ITEM if block and not listing else _ITEM).match(line)
        if (ends or item) and block:
            yield "\n".join(block)
            block = []
        if ends or not block:
            listing = bool(item)
            skipping = not ends and _NO_PROSE.match(line) is not None
        if not ends and not skipping:
            block.append((line[item.end() :] if item else line).strip())


def split(block: str) -> Iterator[str]:
    """The sentences of a block.

    >>> list(split("It is 3.5 GB, e.g. here. And $x. Y$?"))
    ['It is 3.5 GB, e.g. here.', 'And $x. Y$?']
    """
    plain = without_code(block)
    begin = 0
    for match in _END.finditer(plain):
        if not _ABBREVIATION.search(plain[begin : match.start()]):
            # What closes a quotation or an emphasis belongs to the sentence that it closes.
            end = match.end() - len(match[0].lstrip("\"'”’)]*_$"))
            yield block[begin:end].strip()
            begin = match.end()
    yield block[begin:].strip()
