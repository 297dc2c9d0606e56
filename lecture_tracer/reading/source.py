"""A file's text to what the recorder needs to know of it, without running anything.

Input: path and text of a Python file. Output: `LectureSource`: for every line the `Statement` it
belongs to, with its directives compiled; hidden lines; warnings. A statement is one simple
statement, or the header of a block up to the line before its first inner statement; `except` and
`case` lines are headers of their own. Statements that share a line count as one.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import CodeType

from lecture_tracer.reading.directives import (
    NAMES,
    TAKES_EXPRESSIONS,
    Directive,
    find_directives,
    nearest_name,
)
from lecture_tracer.trace.schema import SourceFile

UNLIMITED = 1_000_000


@dataclass(frozen=True, slots=True)
class Expression:
    """An inspected expression: its text is its label. `code` is None for a plain name."""

    label: str
    code: CodeType | None


@dataclass(slots=True, eq=False)
class Statement:
    """Lines `first` to `last` and what their comments ask for."""

    first: int
    last: int
    inspects: list[Expression] = field(default_factory=list)
    clears: list[str] = field(default_factory=list)
    inspects_all: bool = False
    stepover: bool = False
    stepinto: int = 0
    """Levels of calls into other files to record: 0 none, `UNLIMITED` all."""
    hidden: bool = False
    animate: bool = False

    @property
    def asks(self) -> bool:
        """Whether something is to be read when the statement ends."""
        return bool(self.inspects or self.clears or self.inspects_all)


@dataclass(frozen=True, slots=True, eq=False)
class LectureSource:
    """Everything about one file that can be known without running it."""

    path: str
    """Relative to the root of the checkout, with `/`."""
    text: str
    statements: list[Statement]
    by_line: list[Statement | None]
    """Index: line number; entry 0 is None."""
    functions: dict[int, Statement]
    """First line of a function (of its code object: first decorator) to its header."""
    warnings: list[str]

    @property
    def steps_into(self) -> bool:
        """Whether any line asks for code in other files."""
        return any(statement.stepinto for statement in self.statements)

    def statement_at(self, line: int) -> Statement:
        """The statement that `line` belongs to; a line of its own such as `else:` if none."""
        by_line = self.by_line
        if 0 < line < len(by_line):
            known = by_line[line]
            if known is None:
                known = by_line[line] = Statement(line, line)
            return known
        return Statement(line, line)

    def to_schema(self) -> SourceFile:
        """The file as the trace keeps it."""
        spans = [(s.first, s.last) for s in self.statements if s.last > s.first]
        return SourceFile(text=self.text, statements=spans, hidden=_joined(self._hidden_lines()))

    def _hidden_lines(self) -> list[int]:
        return [n for n, s in enumerate(self.by_line) if s is not None and s.hidden]


def read_source(path: str, text: str) -> LectureSource:
    """Analyse `text`. Raises SyntaxError (with line and text) as `ast.parse` does."""
    tree = ast.parse(text, filename=path)
    line_count = text.count("\n") + 1
    by_line: list[Statement | None] = [None] * (line_count + 2)
    blocks: dict[int, int] = {}
    functions: dict[int, Statement] = {}
    statements: list[Statement] = []
    for first, last, node in _spans(tree.body):
        statement = by_line[first]
        if statement is None:
            statement = Statement(first, last)
            statements.append(statement)
        statement.last = max(statement.last, last)
        for line in range(first, statement.last + 1):
            by_line[line] = statement
        if isinstance(node, ast.stmt) and hasattr(node, "body"):
            blocks[id(statement)] = node.end_lineno or last
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            functions[first] = statement
    source = LectureSource(path, text, statements, by_line, functions, [])
    for directive in find_directives(text):
        _apply(directive, source, blocks)
    return source


def _spans(body: list[ast.stmt]) -> Iterator[tuple[int, int, ast.AST]]:
    """(first line, last line, node) of every statement and block header, in order."""
    for node in body:
        first = _first_line(node)
        parts = _inner_blocks(node)
        if not parts:
            yield first, node.end_lineno or first, node
            continue
        inner_first = (
            _inner_start(parts[0][1]) if parts[0][0] is None else _header_line(parts[0][0])
        )
        yield first, max(node.lineno, inner_first - 1), node
        for header, inner in parts:
            if header is not None:
                line = _header_line(header)
                yield line, max(line, _inner_start(inner) - 1), header
            yield from _spans(inner)


def _inner_blocks(node: ast.stmt) -> list[tuple[ast.AST | None, list[ast.stmt]]]:
    """Blocks inside `node`, each with the node of its own header if that is a line of its own."""
    parts: list[tuple[ast.AST | None, list[ast.stmt]]] = []
    if isinstance(node, ast.Match):
        return [(case, case.body) for case in node.cases]
    for name in ("body", "handlers", "orelse", "finalbody"):
        inner = getattr(node, name, None)
        if not inner:
            continue
        if name == "handlers":
            parts += [(handler, handler.body) for handler in inner]
        else:
            parts.append((None, inner))
    return parts


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _header_line(header: ast.AST) -> int:
    if isinstance(header, ast.match_case):
        return header.pattern.lineno
    assert isinstance(header, ast.ExceptHandler)
    return header.lineno


def _inner_start(body: list[ast.stmt]) -> int:
    return _first_line(body[0])


def _apply(directive: Directive, source: LectureSource, blocks: dict[int, int]) -> None:
    """Put one directive on its statement, or say in `source.warnings` why not."""
    place = f"{source.path}:{directive.line}"
    if directive.name not in NAMES:
        close = nearest_name(directive.name)
        advice = f"did you mean '@{close}'?" if close else f"known: @{', @'.join(NAMES)}"
        source.warnings.append(
            f"{place}: unknown directive '@{directive.name}'; {advice} (unknown-directive)"
        )
        return
    statement = source.by_line[directive.line]
    if statement is None:
        source.warnings.append(
            f"{place}: '@{directive.name}' belongs to no statement; "
            "put it at the end of a statement's line (stray-directive)"
        )
        return
    if directive.name in TAKES_EXPRESSIONS:
        _apply_expressions(directive, statement, place, source.warnings)
    elif directive.name == "stepover":
        statement.stepover = True
    elif directive.name == "animate":
        statement.animate = True
    elif directive.name == "stepinto":
        limit = directive.arguments[0] if directive.arguments else ""
        statement.stepinto = max(1, int(limit)) if limit.isdecimal() else UNLIMITED
    else:
        last = blocks.get(id(statement), statement.last)
        for line in range(statement.first, last + 1):
            source.statement_at(line).hidden = True


def _apply_expressions(
    directive: Directive, statement: Statement, place: str, warnings: list[str]
) -> None:
    if directive.name == "clear":
        statement.clears += directive.arguments
        return
    if not directive.arguments:
        statement.inspects_all = True
    for text in directive.arguments:
        try:
            code = compile(text, "<inspect>", "eval")
        except (SyntaxError, ValueError):
            warnings.append(
                f"{place}: '@inspect {text}' is not an expression; "
                "put an expression with spaces in backticks (bad-expression)"
            )
            continue
        statement.inspects.append(Expression(text, None if text.isidentifier() else code))


def _joined(lines: list[int]) -> list[tuple[int, int]]:
    """Runs of consecutive numbers: [2, 3, 7] gives [(2, 3), (7, 7)]."""
    runs: list[tuple[int, int]] = []
    for line in lines:
        if runs and runs[-1][1] == line - 1:
            runs[-1] = (runs[-1][0], line)
        else:
            runs.append((line, line))
    return runs
