"""Whether any of our function bodies shows through in another text: runs of equal tokens.

A shingle is `WIDTH` successive tokens of Python, docstrings and comments left out, so that neither
line breaks nor remarks hide a copy. Only bodies count: signatures are the contract.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import Path

WIDTH = 14
Shingle = tuple[str, ...]
_SILENT = {
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT,
    tokenize.ENDMARKER,
}  # fmt: skip


def shared_code(
    ours: Iterable[Path], theirs: Iterable[Path], idioms: Iterable[Path] = ()
) -> list[str]:
    """Each file of `theirs` that holds a run of our bodies, with the run: `file: a = b ( …`.

    What also stands in the files of `idioms` is no solution: an argument parser, a started program.
    """
    solution = {shingle for path in ours for shingle in body_shingles(path.read_text("utf-8"))}
    for path in idioms:
        solution.difference_update(windows(tokens(path.read_text("utf-8"))))
    found = []
    for path in theirs:
        for shingle in windows(tokens(path.read_text("utf-8"))):
            if shingle in solution:
                found.append(f"{path}: {' '.join(shingle)}")
                break
    return found


def body_shingles(text: str) -> Iterator[Shingle]:
    """Shingles of the bodies of all functions of a module."""
    lines = text.splitlines(keepends=True)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[ast.get_docstring(node) is not None :]
            if body and body[0].lineno > node.lineno and ast.unparse(body[0]) != "...":
                first, last = body[0].lineno, body[-1].end_lineno
                yield from windows(tokens("".join(lines[first - 1 : last])))


def tokens(text: str) -> list[str]:
    """The tokens of a piece of Python, also indented; texts alone on their line are left out."""
    found: list[str] = []
    alone = True
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type in _SILENT:
                alone = True
            elif not (token.type == tokenize.STRING and alone):
                found.append(token.string)
                alone = False
    except (tokenize.TokenError, IndentationError):  # a piece may end where its block goes on
        pass
    return found


def windows(found: list[str]) -> Iterator[Shingle]:
    """Every `WIDTH` successive tokens."""
    for start in range(len(found) - WIDTH + 1):
        yield tuple(found[start : start + WIDTH])
