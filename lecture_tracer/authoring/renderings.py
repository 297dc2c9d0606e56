"""The authoring functions: what a lecture calls to show something.

Each makes one rendering. While a lecture is recorded it goes to the running step; when the lecture
runs as a plain script it is printed. Nothing here raises for something that cannot be shown (an
image that is not there, an arXiv record while offline): a placeholder takes its place and the
author is warned.
"""

import inspect
import subprocess
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from lecture_tracer.authoring import assets, terminal
from lecture_tracer.authoring.pictures import to_png
from lecture_tracer.authoring.references import Reference, arxiv_id, arxiv_reference
from lecture_tracer.authoring.sink import active, running_lecture
from lecture_tracer.authoring.tables import table_parts
from lecture_tracer.errors import AssetError
from lecture_tracer.trace.schema import (
    CodeRendering,
    CommandRendering,
    GraphEdge,
    GraphNode,
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


def emit(rendering: Rendering) -> None:
    """To the recording, or printed."""
    sink = active()
    if sink is not None:
        sink.output(rendering)
    else:
        terminal.show(rendering)


def text(markdown: str, *, verbatim: bool = False) -> None:
    """Show Markdown with `$math$`; with `verbatim`, show the characters as they are."""
    markdown = str(markdown)
    emit(
        TextRendering(
            text=inspect.cleandoc(markdown) if not verbatim else markdown, verbatim=verbatim
        )
    )


def note(markdown: str) -> None:
    """Leave a speaker's note: in the presenter's window, not in the lecture."""
    emit(NoteRendering(text=inspect.cleandoc(markdown)))


def code(program: str, language: str = "python") -> None:
    """Show program text that is not run."""
    emit(CodeRendering(text=inspect.cleandoc(program), language=language))


def image(source: Any, *, width: int | None = None, alt: str = "") -> None:
    """Show a picture.

    `source` is a path in the checkout, an address, a PIL image, a numpy array (height, width) or
    (height, width, 1 to 4), or a matplotlib figure. `width` is in CSS pixels.
    """

    def make(root: Path) -> Rendering:
        if not isinstance(source, str | Path):
            png = to_png(source)
            if png is None:
                raise AssetError(f"a {type(source).__name__} is no picture")
            return ImageRendering(src=assets.keep(png, root, ".png"), width=width, alt=alt)
        src, origin = _located(source, root)
        return ImageRendering(src=src, width=width, alt=alt, origin=origin)

    _emit_asset(make, "image", source)


def video(source: str | Path, *, width: int | None = None) -> None:
    """Show a film from a path in the checkout or an address."""

    def make(root: Path) -> Rendering:
        src, origin = _located(source, root)
        return VideoRendering(src=src, width=width, origin=origin)

    _emit_asset(make, "video", source)


def plot(chart: Any) -> None:
    """Show a Vega-Lite specification (a dict with its data inside) or an Altair chart."""
    spec = chart if isinstance(chart, Mapping) else getattr(chart, "to_dict", lambda: None)()
    if not isinstance(spec, Mapping):
        raise TypeError(f"plot() takes a Vega-Lite dict or an Altair chart, not {type(chart)}")
    emit(PlotRendering(spec=dict(spec)))


def table(rows: Any, columns: Iterable[str] | None = None, *, caption: str = "") -> None:
    """Show a table: rows of values, dicts by column, a pandas or polars frame, a numpy array."""
    heads, body, length = table_parts(rows, columns)
    emit(TableRendering(columns=heads, rows=body, caption=caption, length=length))


def graph(
    nodes: Iterable[str | tuple[str, str] | Mapping[str, str]],
    edges: Iterable[tuple[str, ...] | Mapping[str, str]],
    *,
    directed: bool = True,
) -> None:
    """Show nodes (id, (id, label) or dict) and edges ((from, to[, label]) or dict)."""
    emit(
        GraphRendering(
            nodes=[_graph_node(node) for node in nodes],
            edges=[_graph_edge(edge) for edge in edges],
            directed=directed,
        )
    )


def link(target: Any, title: str = "") -> None:
    """Show a link.

    `target` is an address, an arXiv id, a `Reference`, or a Python object (function, class,
    method, module): then the file that defines it goes into the trace, and the viewer opens it
    beside the lecture at the lines of the object.
    """
    if isinstance(target, Reference):
        emit(
            LinkRendering(**asdict(target))
            if not title
            else LinkRendering(**{**asdict(target), "title": title})
        )
    elif not isinstance(target, str):
        _link_object(target, title)
    elif (number := arxiv_id(target)) is not None:
        _link_arxiv(number, title)
    else:
        emit(LinkRendering(url=target, title=title))


def system_text(command: str | list[str], *, timeout: float = SYSTEM_TIMEOUT_SECONDS) -> str:
    """Run a command and show what it printed (both streams, in order). Gives the text.

    A list runs the program without a shell; a string goes through the shell. A command that is
    not there or takes longer than `timeout` seconds is shown as failed.
    """
    shown = command if isinstance(command, str) else " ".join(command)
    try:
        done = subprocess.run(
            command,
            shell=isinstance(command, str),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            timeout=timeout,
            check=False,
        )
        output, code = done.stdout.decode("utf-8", "replace"), done.returncode
    except subprocess.TimeoutExpired:
        output, code = f"stopped after {timeout:g} s", 124
    except OSError as error:
        output, code = f"cannot run it: {error.strerror}", 127
    emit(CommandRendering(command=shown, text=output, exit_code=code))
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


def _emit_asset(make: Callable[[Path], Rendering], what: str, source: object) -> None:
    try:
        rendering = make(_root())
    except (AssetError, OSError) as error:
        reason = str(getattr(error, "strerror", None) or error)  # an OSError names its whole path
        name = str(source) if isinstance(source, str | Path) else type(source).__name__
        warn(f"{what} {name!r} is not shown: {reason} (asset)")
        rendering = MissingRendering(what=f"{what} {name}", reason=reason)
    emit(rendering)


def _located(source: str | Path, root: Path) -> tuple[str, str]:
    """(path relative to the checkout, address it came from)."""
    if isinstance(source, str) and assets.is_address(source):
        return assets.fetch(source, root), source
    return assets.local(str(source), root), ""


def _link_arxiv(number: str, title: str) -> None:
    try:
        reference = arxiv_reference(number, *running_lecture())
    except AssetError as error:
        warn(f"{error} (asset)")
        url = f"https://arxiv.org/abs/{number}"
        reference = Reference(title=f"arXiv:{number}", url=url, notes="not looked up: offline")
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


def _graph_node(node: str | tuple[str, str] | Mapping[str, str]) -> GraphNode:
    if isinstance(node, Mapping):
        return GraphNode(**{key: str(value) for key, value in node.items()})
    if isinstance(node, tuple):
        return GraphNode(id=str(node[0]), label=str(node[1]))
    return GraphNode(id=str(node))


def _graph_edge(edge: tuple[str, ...] | Mapping[str, str]) -> GraphEdge:
    if isinstance(edge, Mapping):
        return GraphEdge(**{key: str(value) for key, value in edge.items()})
    source, target, *rest = edge
    return GraphEdge(source=str(source), target=str(target), label=str(rest[0]) if rest else "")
