"""What a document's fenced blocks are, told by their language.

    ```sh               commands: run one after the other, as a reader would
    ```python NAME.py   a file that the reader saves; later commands find it
    ```python           an excerpt: valid Python
    ```toml, json       valid as such
    ```text             nothing to run: a listing, a drawing

A comment in the document right before a block of commands takes it out, and says why:

    <!-- not run: needs a cluster -->
    <!-- slow: records a lecture twice -->      run with the slow tests
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

LANGUAGES = frozenset({"sh", "python", "toml", "json", "text", "markdown"})
_MARK = re.compile(r"<!-- (not run|slow): (.+?) -->", re.DOTALL)
_PROGRAMS = ("bash", "lecture-tracer", "make", "npm", "pytest", "python", "torchrun")
_INLINE = re.compile(rf"(?:cd \S+ && )?(?:\./\w+\.sh|(?:{'|'.join(_PROGRAMS)})3?) .*")


@dataclass(frozen=True)
class Block:
    """A fenced block."""

    line: int
    """Of the document, from 1."""
    language: str
    name: str
    """File that the reader saves it as, if any."""
    text: str
    mark: str
    """`not run`, `slow` or nothing."""
    reason: str
    section: str
    """The heading of level 2 that it stands under."""

    @property
    def commands(self) -> list[str]:
        """The lines of a block of commands, continued ones joined, without what is no command."""
        lines = self.text.replace("\\\n", " ").splitlines()
        return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def blocks(document: Path) -> list[Block]:
    """All fenced blocks, in order."""
    found = []
    mark: re.Match[str] | None = None
    section = ""
    tokens = MarkdownIt("commonmark").parse(document.read_text(encoding="utf-8"))
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        if token.type == "heading_open" and token.tag == "h2" and following:
            section = following.content
        if token.type == "fence":
            language, _, name = token.info.strip().partition(" ")
            line = token.map[0] + 1 if token.map else 0
            said = (mark[1], mark[2]) if mark else ("", "")
            found.append(Block(line, language, name.strip(), token.content, *said, section))
        mark = _MARK.search(token.content) if token.type == "html_block" else None
    return found


def inline_commands(document: Path) -> Iterator[str]:
    """Commands that stand in a sentence or a table, between backticks."""
    for token in (
        MarkdownIt("commonmark").enable("table").parse(document.read_text(encoding="utf-8"))
    ):
        for child in token.children or ():
            if child.type == "code_inline" and _INLINE.fullmatch(child.content):
                yield child.content
