"""What can be read off the program text in a trace: its length, and what its links open."""

import ast
from collections.abc import Iterator

from lecture_tracer.report.figures import Lines, Wrapper
from lecture_tracer.report.walk import place_of
from lecture_tracer.trace.schema import SourceRendering, Trace

PROSE_CALLS = frozenset({"text", "note", "predict", "reveal"})
WHOLE_CLASS_LINES = 40
"""A longer class is not read line by line."""
WHOLE_MODULE_LINES = 60


def lines(trace: Trace) -> Lines:
    """Lines of the lecture's file, and how many of them are no prose."""
    text = trace.files[trace.main].text
    every = text.splitlines()
    prose: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in PROSE_CALLS:
            prose.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    outside = [n for n, line in enumerate(every, 1) if line.strip() and n not in prose]
    return Lines(total=len(every), outside_prose=len(outside))


def wrappers(trace: Trace) -> list[Wrapper]:
    """Links that do not open the lines that do the work, each once."""
    found: dict[tuple[str, str], Wrapper] = {}
    for number, step in enumerate(trace.steps):
        for output in step.outputs or ():
            if isinstance(output, SourceRendering) and (why := _why(output, trace)):
                wrapper = Wrapper(place=place_of(trace, number), name=output.name, why=why)
                found.setdefault((output.path, output.name), wrapper)
    return list(found.values())


def stepped_into(trace: Trace) -> dict[str, list[str]]:
    """Functions of other files of which a step was recorded, by file, sorted."""
    walked = {step.frame for step in trace.steps}
    found: dict[str, set[str]] = {}
    for number in walked:
        frame = trace.frames[number]
        if frame.path != trace.main:
            found.setdefault(frame.path, set()).add(frame.function)
    return {path: sorted(names) for path, names in sorted(found.items())}


def _why(link: SourceRendering, trace: Trace) -> str:
    """Why the link opens no work; empty if it does, or if that cannot be told."""
    file = trace.files.get(link.path)
    if file is None or file.language != "python":
        return ""
    length = link.last - link.first + 1
    node = next((n for n in _definitions(file.text) if _spans(n, link.first, link.last)), None)
    if isinstance(node, ast.ClassDef):
        return f"a whole class of {length} lines" if length > WHOLE_CLASS_LINES else ""
    if node is not None:
        return _wraps(node)
    whole = link.first == 1 and link.last >= file.text.count("\n")
    return f"a whole module of {length} lines" if whole and length > WHOLE_MODULE_LINES else ""


def _definitions(text: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node


def _spans(
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, first: int, last: int
) -> bool:
    begin = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    return (begin, node.end_lineno) == (first, last)


def _wraps(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """Whether a function only hands its own arguments on to another."""
    body = node.body
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:]
    if not body or all(isinstance(part, ast.Pass) for part in body):
        return "a function without a body"
    if len(body) > 1:
        return ""
    only = body[0]
    if isinstance(only, ast.Raise):
        return "a function that only raises"
    call = only.value if isinstance(only, ast.Return | ast.Expr) else None
    if isinstance(call, ast.Await):
        call = call.value
    if not isinstance(call, ast.Call):
        return ""
    passed = [*call.args, *(keyword.value for keyword in call.keywords)]
    hands_on = all(isinstance(_unstarred(value), ast.Name | ast.Constant) for value in passed)
    return f"it only calls {ast.unparse(call.func)}" if hands_on else ""


def _unstarred(value: ast.expr) -> ast.expr:
    return value.value if isinstance(value, ast.Starred) else value
