"""A file's text to what the recorder needs to know of it, without running anything.

Input: path and text of a Python file. Output: `LectureSource`: for every line the `Statement` it
belongs to, with its directives compiled; hidden lines; warnings. A statement is one simple
statement, or the header of a block up to the line before its first inner statement; `except` and
`case` lines are headers of their own. Statements that share a line count as one. A *check* is an
`assert` without a directive of its own, or a block of nothing else.
"""

import ast
import dis
from collections.abc import Container, Iterator, Set
from dataclasses import dataclass, field
from types import CodeType

from lecture_tracer.reading.directives import (
    NAMES,
    TAKES_EXPRESSIONS,
    Directive,
    find_directives,
    nearest_name,
)
from lecture_tracer.reading.turns import Loop
from lecture_tracer.trace.schema import SourceFile

UNLIMITED = 1_000_000
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True, slots=True)
class Expression:
    """An inspected expression: its text is its label. `code` is None for a plain name."""

    label: str
    code: CodeType | None
    scoped: bool = False
    """It has a scope of its own (a comprehension, a lambda) or assigns: it is evaluated with the
    names of the frame as globals, which such scopes see, in a copy."""

    def mentions(self, names: Set[str]) -> bool:
        """Whether one of `names` occurs in it."""
        if self.code is None:
            return self.label in names
        return not _names(self.code).isdisjoint(names)


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
    asks: bool = False
    """Something is to be read when the statement ends. Kept, since every line asks it."""
    hidden: bool = False
    animate: bool = False
    check: bool = False
    """It runs and is marked, but is a step only when it fails."""
    on_entry: list[Expression] = field(default_factory=list)
    """On a `def`: what to read when the function begins, since it speaks of its parameters."""
    shows_function: bool = False
    """On a `def`: show all local variables at every statement of the function."""
    parameters: frozenset[str] | None = None
    """On a `def`: names of the parameters."""
    body: tuple[int, int] | None = None
    """First and last line of the block that a `for`, `case` or `except` binds its names for. It may
    be left out, and then the names have no value."""
    is_with: bool = False
    """The header of a `with`, which may swallow what its block raises."""
    fading: str = ""
    """The name of `except … as name` around it, if it inspects it: deleted where the block ends."""
    loop: Loop | None = None
    """Set where the body of a loop stands on its header's line: each turn is a step."""


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
    def says_what_to_show(self) -> bool:
        """Whether any line asks for a value."""
        return any(s.asks or s.on_entry or s.shows_function for s in self.statements)

    @property
    def loops(self) -> list[Loop]:
        """Loops whose body stands on the header's line."""
        return [s.loop for s in self.statements if s.loop is not None and not s.stepover]

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

    def to_schema(self, failed: Container[int] = ()) -> SourceFile:
        """The file as the trace keeps it.

        `failed`: lines that raised what ended the lecture; their statements are shown, hidden or
        not.
        """
        return SourceFile(
            text=self.text,
            statements=[(s.first, s.last) for s in self.statements if s.last > s.first],
            hidden=_joined(self._hidden_lines(failed)),
            checks=[s.first for s in self.statements if s.check],
        )

    def _hidden_lines(self, failed: Container[int]) -> list[int]:
        hidden = [n for n, s in enumerate(self.by_line) if s is not None and s.hidden]
        shown = {id(self.by_line[n]) for n in hidden if n in failed}
        return [n for n in hidden if id(self.by_line[n]) not in shown]


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
        if isinstance(node, _DEFINITIONS):
            functions[first] = statement
        _describe(statement, node)
    source = LectureSource(path, text, statements, by_line, functions, [])
    directives = find_directives(text)
    for directive in directives:
        _apply(directive, source, blocks)
    walked = {id(by_line[d.line]) for d in directives if d.name in NAMES}
    _mark_checks(tree.body, by_line, walked)
    _find_fading(tree, by_line)
    return source


def _mark_checks(body: list[ast.stmt], by_line: list[Statement | None], walked: set[int]) -> None:
    """Set `check` on asserts, and on the headers of blocks that hold nothing else.

    `walked`: ids of the statements with a directive of their own.
    """
    checks: dict[int, Statement] = {}
    others: set[int] = set()
    """Statements that are something else, if only in part: `x = 1; assert x`."""

    def every(body: list[ast.stmt]) -> bool:
        found = [is_check(node) for node in body]  # every one is looked at
        return all(found)

    def is_check(node: ast.stmt) -> bool:
        parts = _inner_blocks(node)
        inner = [every(body) for _, body in parts]
        lines = [_first_line(node), *(_header_line(header) for header, _ in parts if header)]
        found = [statement for line in lines if (statement := by_line[line]) is not None]
        asserts = isinstance(node, ast.Assert) or bool(inner and all(inner))
        if isinstance(node, _DEFINITIONS) or any(s.hidden or id(s) in walked for s in found):
            asserts = False
        if asserts:
            checks.update((id(s), s) for s in found)
        else:
            others.update(map(id, found))
        return asserts

    every(body)
    for key, statement in checks.items():
        statement.check = key not in others


def _describe(statement: Statement, node: ast.AST) -> None:
    """What the recorder needs to know of a header beyond its lines."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        given = node.args
        every = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
        statement.parameters = frozenset(one.arg for one in every if one is not None)
    elif isinstance(node, ast.For | ast.AsyncFor | ast.match_case | ast.ExceptHandler):
        statement.body = node.body[0].lineno, node.body[-1].end_lineno or statement.last
    elif isinstance(node, ast.With | ast.AsyncWith):
        statement.is_with = True
        if node.body[0].lineno <= statement.last:  # the block may have been left half way
            statement.body = (1, 0)
    if isinstance(node, ast.For | ast.AsyncFor | ast.While):
        begin = node.body[0]
        if begin.lineno <= statement.last:
            place = begin.lineno, begin.col_offset
            statement.loop = Loop(statement.first, statement.last, place)


def _find_fading(tree: ast.Module, by_line: list[Statement | None]) -> None:
    """Mark the statements that inspect the exception of the handler around them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and node.name is not None:
            for line in range(node.lineno, (node.end_lineno or node.lineno) + 1):
                statement = by_line[line]
                if statement and any(e.mentions({node.name}) for e in statement.inspects):
                    statement.fading = node.name


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
        statement.asks = bool(statement.inspects or statement.clears or statement.inspects_all)
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
        if statement.parameters is None:
            statement.inspects_all = True
        else:
            statement.shows_function = True
    for text in directive.arguments:
        try:
            code = compile(text, "<inspect>", "eval")
        except (SyntaxError, ValueError):
            warnings.append(
                f"{place}: '@inspect {text}' is not an expression; "
                "put an expression with spaces in backticks (bad-expression)"
            )
            continue
        expression = Expression(text, None if text.isidentifier() else code, _is_scoped(code))
        if statement.parameters and expression.mentions(statement.parameters):
            statement.on_entry.append(expression)
        else:
            statement.inspects.append(expression)


def _names(code: CodeType) -> set[str]:
    """Every name that an expression looks up, in its inner scopes too."""
    inner = [_names(one) for one in code.co_consts if isinstance(one, CodeType)]
    return set(code.co_names).union(*inner)


def _is_scoped(code: CodeType) -> bool:
    stores = any(one.opname.startswith("STORE_") for one in dis.get_instructions(code))
    return stores or any(isinstance(one, CodeType) for one in code.co_consts)


def _joined(lines: list[int]) -> list[tuple[int, int]]:
    """Runs of consecutive numbers: [2, 3, 7] gives [(2, 3), (7, 7)]."""
    runs: list[tuple[int, int]] = []
    for line in lines:
        if runs and runs[-1][1] == line - 1:
            runs[-1] = (runs[-1][0], line)
        else:
            runs.append((line, line))
    return runs
