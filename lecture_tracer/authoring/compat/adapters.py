"""The functions of edtrace 0.1.20 under their own names and parameters, on top of ours.

Styles are dropped, but for the width of a picture: how things look is the viewer's.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lecture_tracer.authoring import assets, references, renderings
from lecture_tracer.authoring.references import Reference
from lecture_tracer.authoring.renderings import note, plot
from lecture_tracer.authoring.sink import active, running_lecture
from lecture_tracer.errors import AssetError

__all__ = [
    "Reference",
    "arxiv_reference",
    "cached",
    "canonicalize",
    "download_file",
    "ensure_directory_exists",
    "graph",
    "image",
    "is_arxiv_link",
    "is_url",
    "join",
    "link",
    "make_graph",
    "note",
    "plot",
    "relativize",
    "system_text",
    "text",
    "url_reference",
    "video",
]


def text(message: str, style: Mapping[str, Any] | None = None, verbatim: bool = False) -> None:
    """Markdown or verbatim text; a style for monospace shows it verbatim."""
    family = str((style or {}).get("fontFamily", ""))
    renderings.text(message, verbatim=verbatim or "mono" in family)


def image(url: str, style: Mapping[str, Any] | None = None, width: int | str | None = None) -> None:
    """A picture; `width` in pixels, as a number or with `px`."""
    renderings.image(url, width=_pixels(width, style))


def video(url: str, style: Mapping[str, Any] | None = None, width: int | str | None = None) -> None:
    """A film."""
    renderings.video(url, width=_pixels(width, style))


def link(arg: Any = None, style: Mapping[str, Any] | None = None, **fields: Any) -> None:
    """An address, a Reference, a function or class, or the fields of a reference."""
    if arg is None:
        renderings.link(_reference(**fields))
    elif isinstance(arg, str) and fields:
        renderings.link(_reference(url=arg, **fields))
    else:
        renderings.link(arg)


def graph(spec: Mapping[str, Any] | None, style: Mapping[str, Any] | None = None) -> None:
    """A graph made by `make_graph`; positions and styles are left to the viewer."""
    if spec is None:
        return
    nodes = [node["data"] for node in spec["nodes"]]
    edges = [edge["data"] for edge in spec["edges"]]
    renderings.graph(
        [{"id": node["id"], "label": str(node.get("label", node["id"]))} for node in nodes],
        [
            {"source": e["source"], "target": e["target"], "label": str(e.get("label", ""))}
            for e in edges
        ],
    )


def make_graph(
    nodes: list[dict[str, Any]], edges: list[dict[str, Any]], **options: Any
) -> dict[str, Any]:
    """Nodes (`id`, `label`…) and edges (`source`, `target`, `label`…) for `graph`."""
    return {
        "nodes": [{"data": {**node, "id": str(node["id"])}} for node in nodes],
        "edges": [
            {"data": {**edge, "source": str(edge["source"]), "target": str(edge["target"])}}
            for edge in edges
        ],
        **options,
    }


def system_text(command: list[str]) -> None:
    """Run a command and show what it prints."""
    renderings.system_text(command)


def url_reference(url: str, **fields: Any) -> Reference:
    """A Reference to an address, looked up if it is an arXiv paper."""
    return arxiv_reference(url, **fields) if is_arxiv_link(url) else _reference(url=url, **fields)


def arxiv_reference(url: str, **fields: Any) -> Reference:
    """The Reference of an arXiv address; bare when it cannot be had offline."""
    number = references.arxiv_id(url)
    if number is None:
        return _reference(url=url, **fields)
    try:
        found = references.arxiv_reference(number, *running_lecture())
    except AssetError as error:
        renderings.warn_of_paper(number, error)
        found = Reference(title=f"arXiv:{number}", url=url)
    return _reference(
        **{
            **{name: getattr(found, name) for name in Reference.__dataclass_fields__},
            **{name: given for name, given in fields.items() if given},
        }
    )


def is_arxiv_link(url: str) -> bool:
    """Whether the address is an arXiv paper's."""
    return references.arxiv_id(url) is not None


def is_url(url: str) -> bool:
    """Whether the text is a web address."""
    return assets.is_address(url)


def canonicalize(text: str) -> str:
    """White space made single."""
    return " ".join(text.split())


def join(*lines: str) -> str:
    """Lines to one text."""
    return "\n".join(lines)


def cached(url: str, prefix: str = "") -> str:
    """Path of a local copy of the address, fetched at the first use."""
    return str(_root() / assets.fetch_file(url, _root()))


def ensure_directory_exists(path: str) -> None:
    """Make the folder, unless it is there."""
    Path(path).mkdir(parents=True, exist_ok=True)


def download_file(url: str, filename: str) -> None:
    """Put a copy of the address at `filename`, unless it is there."""
    if not Path(filename).exists():
        Path(filename).parent.mkdir(parents=True, exist_ok=True)
        Path(filename).write_bytes(Path(cached(url)).read_bytes())


def relativize(path: str) -> str:
    """The path relative to the checkout."""
    full = Path(path).resolve()
    root = _root().resolve()
    return full.relative_to(root).as_posix() if full.is_relative_to(root) else path


def _reference(**fields: Any) -> Reference:
    known = Reference.__dataclass_fields__
    return Reference(**{name: given for name, given in fields.items() if name in known and given})


def _root() -> Path:
    sink = active()
    return sink.root if sink is not None else Path.cwd()


def _pixels(width: int | str | None, style: Mapping[str, Any] | None) -> int | None:
    wanted = width if width is not None else (style or {}).get("width")
    digits = str(wanted or "").removesuffix("px")
    return int(digits) if digits.isdecimal() else None
