"""The authoring functions: what a lecture calls to show something.

Each makes one rendering. While a lecture is recorded it goes to the running step; when the lecture
runs as a plain script it is printed. What is passed is made plain by `arguments`, which raises on
the lecture's own line for what has no meaning there. Nothing raises for something that is meant
well and cannot be had (an image that is not there, an arXiv record while offline): a placeholder
takes its place and the author is warned.
"""

import inspect
import re
import subprocess
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from lecture_tracer.authoring import assets, terminal
from lecture_tracer.authoring.arguments import boolean, json_object, number, pixels, string, strings
from lecture_tracer.authoring.graphs import graph_edge, graph_node
from lecture_tracer.authoring.pictures import to_png
from lecture_tracer.authoring.references import (
    Reference,
    arxiv_id,
    arxiv_reference,
    as_reference,
)
from lecture_tracer.authoring.sink import active, running_lecture
from lecture_tracer.authoring.tables import table_parts
from lecture_tracer.course import bibliography
from lecture_tracer.errors import AssetError
from lecture_tracer.trace.schema import (
    CodeRendering,
    CommandRendering,
    GraphRendering,
    ImageRendering,
    LinkRendering,
    MissingRendering,
    NoteRendering,
    PlotRendering,
    Rendering,
    SourceRendering,
    TableRendering,
    TextRendering,
    VideoRendering,
)

SYSTEM_TIMEOUT_SECONDS = 60.0
_CUT_FORMULA = re.compile(r"^[ \t]*\$\$(?![ \t]*$)(?:(?!\$\$).)*$", re.MULTILINE)
"""A displayed formula that begins behind its dollars: Markdown takes that line for a name."""


def emit(rendering: Rendering) -> None:
    """To the recording, or printed."""
    sink = active()
    if sink is not None:
        sink.output(rendering)
    else:
        terminal.show(rendering)


def text(markdown: object, *, verbatim: bool = False) -> None:
    """Show Markdown with `$math$`; with `verbatim`, show the characters as they are."""
    words, as_it_is = string(markdown, "text()"), boolean(verbatim, "text(verbatim=)")
    if not as_it_is and (cut := _CUT_FORMULA.search(words)):
        warn(f"formula {cut[0].strip()!r} goes on below; give each $$ a line of its own (formula)")
    emit(TextRendering(text=words if as_it_is else inspect.cleandoc(words), verbatim=as_it_is))


def note(markdown: object) -> None:
    """Leave a speaker's note: in the presenter's window, not in the lecture."""
    emit(NoteRendering(text=inspect.cleandoc(string(markdown, "note()"))))


def code(program: object, language: str | None = "python") -> None:
    """Show program text that is not run."""
    emit(
        CodeRendering(
            text=inspect.cleandoc(string(program, "code()")),
            language=string(language, "code(language=)"),
        )
    )


def image(source: Any, *, width: float | None = None, alt: str = "") -> None:
    """Show a picture.

    `source` is a path in the checkout, an address, a PIL image, a numpy array (height, width) or
    (height, width, 1 to 4), or a matplotlib figure. `width` is in CSS pixels.
    """
    wide, words = pixels(width, "image(width=)"), string(alt, "image(alt=)")

    def make(root: Path) -> Rendering:
        if not isinstance(source, str | Path):
            png = to_png(source)
            if png is None:
                raise AssetError(f"a {type(source).__name__} is no picture")
            return ImageRendering(src=assets.keep(png, root, ".png"), width=wide, alt=words)
        src, origin = _located(source, root)
        return ImageRendering(src=src, width=wide, alt=words, origin=origin)

    _emit_asset(make, "image", source)


def video(source: str | Path, *, width: float | None = None) -> None:
    """Show a film from a path in the checkout or an address."""
    wide = pixels(width, "video(width=)")

    def make(root: Path) -> Rendering:
        if not isinstance(source, str | Path):
            raise AssetError(f"a {type(source).__name__} is no film; give a path or an address")
        src, origin = _located(source, root)
        return VideoRendering(src=src, width=wide, origin=origin)

    _emit_asset(make, "video", source)


def plot(chart: Any) -> None:
    """Show a Vega-Lite specification (a dict with its data inside) or an Altair chart."""
    spec = chart if isinstance(chart, Mapping) else getattr(chart, "to_dict", lambda: None)()
    if not isinstance(spec, Mapping):
        raise TypeError(
            f"plot() takes a Vega-Lite dict or an Altair chart, not a {type(chart).__name__}"
        )
    emit(PlotRendering(spec=json_object(spec, "plot()")))


def table(rows: Any, columns: Iterable[str] | None = None, *, caption: str = "") -> None:
    """Show a table: rows of values, dicts by column, a pandas or polars frame, a numpy array."""
    words = string(caption, "table(caption=)")
    heads, body, length = table_parts(rows, columns, str(_root()))
    emit(TableRendering(columns=heads, rows=body, caption=words, length=length))


def graph(nodes: Iterable[object], edges: Iterable[object] = (), *, directed: bool = True) -> None:
    """Show nodes (id, (id, label) or dict) and edges ((from, to[, label]) or dict).

    A dict has the fields of `GraphNode` or `GraphEdge`. Raises TypeError, naming the node or edge,
    for what is neither.
    """
    emit(
        GraphRendering(
            nodes=[graph_node(node, f"node {i} of graph()") for i, node in enumerate(nodes)],
            edges=[graph_edge(edge, f"edge {i} of graph()") for i, edge in enumerate(edges)],
            directed=boolean(directed, "graph(directed=)"),
        )
    )


def link(target: Any, title: str | None = "") -> None:
    """Show a link.

    `target` is an address, an arXiv id, a `Reference`, or a Python object (function, class,
    method, module): then the file that defines it goes into the trace, and the viewer opens it
    beside the lecture at the lines of the object.
    """
    words = string(title, "link(title=)")
    reference = as_reference(target)
    if reference is not None:
        cited = asdict(reference)
        emit(LinkRendering(**{**cited, "title": words or cited["title"]}))
    elif not isinstance(target, str | Path):
        _link_object(target, words)
    elif (paper := arxiv_id(str(target))) is not None:
        _link_arxiv(paper, words)
    else:
        emit(LinkRendering(url=string(target, "link()"), title=words))


def system_text(command: str | Iterable[object], *, timeout: float = SYSTEM_TIMEOUT_SECONDS) -> str:
    """Run a command and show what it printed (both streams, in order). Gives the text.

    A list runs the program without a shell; a string goes through the shell. A command that is
    not there or takes longer than `timeout` seconds is shown as failed.
    """
    parts = strings(command, "system_text()")
    limit = number(timeout, "system_text(timeout=)")
    try:
        done = subprocess.run(
            command if isinstance(command, str) else parts,
            shell=isinstance(command, str),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            timeout=limit,
            check=False,
        )
        output, code = done.stdout.decode("utf-8", "replace"), done.returncode
    except subprocess.TimeoutExpired:
        output, code = f"stopped after {limit:g} s", 124
    except (OSError, ValueError) as error:  # ValueError: a null character, a lone surrogate
        output, code = f"cannot run it: {getattr(error, 'strerror', None) or error}", 127
    emit(CommandRendering(command=" ".join(parts), text=output, exit_code=code))
    return output


# --- inside -------------------------------------------------------------------------------------


def _root() -> Path:
    sink = active()
    return sink.root if sink is not None else Path.cwd()


def warn(message: str) -> None:
    """Tell the author, through the recording or as a Python warning."""
    sink = active()
    if sink is not None:
        sink.warn(message)
    else:
        terminal.warn(message)


def warn_of_paper(number: str, error: AssetError) -> None:
    """Tell the author that a citation is bare; a recording says all of them in one line."""
    sink, (_, lecture) = active(), running_lecture()
    reason = f"not in {bibliography(lecture)}: {error}"
    if sink is not None:
        sink.lacks(f"arXiv:{number}", reason)
    else:
        terminal.warn(f"arXiv:{number}: {reason} (asset)")


def _emit_asset(make: Callable[[Path], Rendering], what: str, source: object) -> None:
    try:
        rendering = make(_root())
    except (AssetError, OSError) as error:
        # An OSError names its whole path.
        reason = string(getattr(error, "strerror", None) or error, "the reason")
        name = string(source if isinstance(source, str | Path) else type(source).__name__, what)
        warn(f"{what} {name!r} is not shown: {reason} (asset)")
        rendering = MissingRendering(what=f"{what} {name}", reason=reason)
    emit(rendering)


def _located(source: str | Path, root: Path) -> tuple[str, str]:
    """(path relative to the checkout, address it came from)."""
    if isinstance(source, str) and assets.is_address(source):
        return assets.fetch(source, root), source
    return assets.local(str(source), root), ""


def _link_arxiv(paper: str, title: str) -> None:
    try:
        reference = arxiv_reference(paper, *running_lecture())
    except AssetError as error:
        warn_of_paper(paper, error)
        url = f"https://arxiv.org/abs/{paper}"
        reference = Reference(title=f"arXiv:{paper}", url=url, notes="not looked up: offline")
    link(reference, title)


def _link_object(target: Any, title: str) -> None:
    found = _definition(target)
    if found is None:
        name = getattr(target, "__name__", type(target).__name__)
        warn(f"link: no source for {name!r}; give a function, class, method or module (asset)")
        emit(MissingRendering(what=f"code {name}", reason="its source cannot be found"))
        return
    path, first, last, name = found
    sink = active()
    key = sink.embed(path) if sink is not None else str(path)
    emit(SourceRendering(path=key, first=first, last=last, name=name, title=title))


def _definition(target: Any) -> tuple[Path, int, int, str] | None:
    """File, first and last line and name of a Python object; None if it has no source."""
    if isinstance(target, partial):
        target = target.func
    # A Triton or torch.compile wrapper keeps the function that it stands for.
    for name in ("__wrapped__", "fn", "_torchdynamo_orig_callable"):
        inner = getattr(target, name, None)
        if callable(inner) and not isinstance(target, type):
            target = inner
    if isinstance(target, property):
        target = target.fget
    try:
        file = inspect.getsourcefile(target)
        lines, first = inspect.getsourcelines(target)
    except (TypeError, OSError):
        return None
    if file is None:
        return None
    if isinstance(target, ModuleType):
        return Path(file), 1, max(1, len(lines)), target.__name__
    name = getattr(target, "__qualname__", type(target).__name__).replace("<locals>.", "")
    return Path(file), first, first + len(lines) - 1, name
