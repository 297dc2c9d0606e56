"""What the search looks through of the lectures: what they show, and their own code.

Input: traces. Output: `SearchText`. Speaker's notes are the speaker's, and answers would be given
away before the lecture comes to them, so neither is in here; nor is the source of what shows
something, which is found as what it shows.
"""

import ast
import re

from lecture_tracer.catalogue.passages import shown
from lecture_tracer.catalogue.sources import Course
from lecture_tracer.trace.schema import (
    BenchmarkRendering,
    CodeRendering,
    CommandRendering,
    ImageRendering,
    LinkRendering,
    Node,
    PlotRendering,
    QuestionRendering,
    Rendering,
    SourceRendering,
    TableRendering,
    TextRendering,
    Trace,
)

AUTHORING = frozenset(
    {
        "text",
        "image",
        "video",
        "link",
        "note",
        "plot",
        "table",
        "graph",
        "code",
        "system_text",
        "predict",
        "reveal",
        "ranks",
    }
)
"""Calls whose source says no more than what they show."""
_DIRECTIVE = re.compile(r"(?:^|\s+)#\s*(?:@[a-z_]+\b|noqa|type: ignore|fmt:).*$")


class LectureText(Node, frozen=True, kw_only=True):
    """One lecture."""

    name: str
    title: str
    shown: list[tuple[int, str, str]]
    """(step, kind, text), in order, each text once: `text` and `question` in Markdown, `figure`,
    `link`, and `code` that is shown and not run."""
    code: str
    """Its own file, indentation taken off, a blank line for each that is not to be found."""
    steps: list[tuple[int, int]]
    """(line, step): from that line on, up to the next, a line leads to that step."""


class SearchText(Node, frozen=True, kw_only=True):
    """`search.json`."""

    lectures: list[LectureText]


def search_text(course: Course) -> SearchText:
    """The text of every recorded lecture."""
    return SearchText(lectures=[lecture_text(trace) for trace in course.traces.values()])


def lecture_text(trace: Trace) -> LectureText:
    """What can be found of one lecture."""
    found: dict[tuple[str, str], int] = {}
    for one in shown(trace):
        kind, text = _said(one.output)
        if text.strip():
            found.setdefault((kind, text.strip()), one.step)
    return LectureText(
        name=trace.lecture,
        title=trace.title or trace.lecture,
        shown=[(step, kind, text) for (kind, text), step in found.items()],
        code=_code(trace),
        steps=_steps(trace),
    )


def _said(output: Rendering) -> tuple[str, str]:
    """(kind, text) of a rendering; empty for what says nothing, or not to everybody."""
    match output:
        case TextRendering(text=text, verbatim=verbatim):
            return ("code" if verbatim else "text"), text
        case QuestionRendering():
            return "question", "\n\n".join([output.text, *output.choices])
        case CodeRendering(text=text):
            return "code", text
        case CommandRendering():
            return "code", f"{output.command}\n{output.text}"
        case LinkRendering():
            return "link", ", ".join(filter(None, [output.title, *output.authors]))
        case SourceRendering():
            return "link", " ".join(filter(None, [output.title, output.name]))
        case ImageRendering(alt=text):
            return "figure", text
        case PlotRendering(spec=spec):
            return "figure", _title(spec.get("title"))
        case TableRendering():
            return "figure", ", ".join(filter(None, [output.caption, *output.columns]))
        case BenchmarkRendering(name=text):
            return "figure", text
    return "", ""


def _title(title: object) -> str:
    """The title of a plot: a text, lines, or an object with either."""
    if isinstance(title, dict):
        title = title.get("text")
    lines = title if isinstance(title, list) else [title]
    return " ".join(line for line in lines if isinstance(line, str))


def _code(trace: Trace) -> str:
    source = trace.files[trace.main]
    hidden = {line for first, last in source.hidden for line in range(first, last + 1)}
    hidden |= _showing(source.text)
    return "\n".join(
        "" if number in hidden else _DIRECTIVE.sub("", line).strip()
        for number, line in enumerate(source.text.splitlines(), 1)
    )


def _steps(trace: Trace) -> list[tuple[int, int]]:
    """Each line leads to the first step at it or, where none was run, at the next that was."""
    first: dict[int, int] = {}
    for number, step in enumerate(trace.steps):
        if trace.frames[step.frame].path == trace.main:
            first.setdefault(step.line, number)
    lines = sorted(first)
    starts = [1, *(line + 1 for line in lines)]
    return [(start, first[line]) for start, line in zip(starts, lines, strict=False)]


def _showing(text: str) -> set[int]:
    """Lines of the statements that are there for what they show, and of the docstring."""
    try:
        module = ast.parse(text)
    except SyntaxError:
        return set()
    names = _authoring_names(module)
    found = [node for node in ast.walk(module) if _shows(node, names)]
    if ast.get_docstring(module) is not None:
        found.append(module.body[0])
    return {line for node in found for line in _lines(node)}


def _shows(node: ast.AST, names: frozenset[str]) -> bool:
    """Whether a node is a call of one of `names`, or a statement of nothing but such calls."""
    if isinstance(node, ast.Expr | ast.Assign):
        node = node.value
    if isinstance(node, ast.Tuple):
        return bool(node.elts) and all(_shows(one, names) for one in node.elts)
    if not isinstance(node, ast.Call):
        return False
    called = node.func
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    return name in names


def _lines(node: ast.AST) -> range:
    first = getattr(node, "lineno", 0)
    return range(first, (getattr(node, "end_lineno", None) or first) + 1)


def _authoring_names(module: ast.Module) -> frozenset[str]:
    """What the lecture calls the functions that show something: `from … import note as n`."""
    imported = {
        alias.asname
        for node in ast.walk(module)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname and alias.name in AUTHORING
    }
    return AUTHORING | imported
