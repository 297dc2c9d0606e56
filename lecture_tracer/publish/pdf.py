"""One handout as a PDF: a page of contents, then the printed page, with bookmarks of its headings.

Chromium prints the viewer's page for paper and makes a bookmark of each heading. Which page a
heading came to is known only then, so the contents are printed after it, by the same browser, and
put in front. What differs from run to run (dates, the port that it was printed from) is taken out:
the same sources and the same browser give the same bytes.
"""

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from lecture_tracer.publish.chromium import print_page
from lecture_tracer.publish.paper_site import PaperSite
from lecture_tracer.publish.printed_sources import KEY

CONTENTS_LEVELS = 2
"""Levels of headings that the contents list, below one that stands alone; bookmarks have all."""
LEAST_HEADINGS = 3
"""A document with fewer needs no contents."""
_TARGET = "https://page.invalid/"
"""Where links of the contents lead while they are printed; then they are made to lead inside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What is to be printed: a page of the viewer."""

    name: str
    """Of the lecture, and of the file without `.pdf`."""
    title: str
    query: str
    """Names the page within the site, such as `trace=lecture_01&print=1`."""
    headings: tuple[str, ...] = ()
    """Titles of its sections."""
    authors: tuple[str, ...] = ()
    hashes: Mapping[str, str] = field(default_factory=dict)
    """Of what it is made from (`printed_sources`)."""
    address: str = ""
    """Of the course on the web; without one, other documents are files beside this."""


_SHOWN = re.compile(rb"(/\w+) [\d.]+ Tf|<([0-9A-Fa-f]+)> ?Tj")
"""A choice of font, or letters as numbers of their drawings in it: 0 is the box for a lack."""


class Heading(NamedTuple):
    """A heading of the handout."""

    title: str
    level: int
    """0 for the outermost."""
    page: int
    """From 0."""


class Printed(NamedTuple):
    """A handout that has been printed."""

    content: bytes
    boxes: dict[int, int]
    """By page of the file: letters that came out as boxes (`letters_without_font`)."""


def printed(document: Document, site: PaperSite, scratch: Path) -> Printed:
    """The PDF. Works in `scratch`, a folder of its own. Raises PublishError."""
    import pikepdf

    page, contents = scratch / "page.pdf", scratch / "contents.pdf"
    print_page(f"{site.address}?{document.query}", page, scratch / "profile")
    with pikepdf.open(page) as pdf:
        headings = list(_headings(pdf, document.headings))
        if len(headings) >= LEAST_HEADINGS:
            text = contents_page(document.title, headings, site.styles())
            (site.folder / f"contents-{document.name}.html").write_text(text, encoding="utf-8")
            address = f"{site.address}contents-{document.name}.html"
            print_page(address, contents, scratch / "profile")
            with pikepdf.open(contents) as front:
                _put_in_front(front, pdf)
        _lead_elsewhere(pdf, document, site.address)
        _describe(pdf, document)
        boxes = letters_without_font(pdf)
        return Printed(_compact(pdf), boxes)


def _headings(pdf: Any, titles: Iterable[str]) -> Iterator[Heading]:
    """The headings; their bookmarks get the titles as the document writes them.

    Where a heading breaks into lines the browser leaves out the space, and one that it laid out
    twice, at the end of a page and on the next, it says twice.
    """
    plain = (re.sub("[`*]", "", title) for title in titles)
    written = {_squeezed(title): title for title in plain}
    numbers = {page.objgen: number for number, page in enumerate(pdf.pages)}

    def below(items: Any, level: int) -> Iterator[Heading]:
        for item in items:
            squeezed = _squeezed(str(item.title))
            half = squeezed[: len(squeezed) // 2]
            item.title = written.get(squeezed) or written.get(half) or str(item.title)
            target = item.destination
            if target is not None and target[0].objgen in numbers:
                yield Heading(item.title, level, numbers[target[0].objgen])
            yield from below(item.children, level + 1)

    with pdf.open_outline() as outline:
        yield from below(outline.root, 0)


def _squeezed(title: str) -> str:
    return "".join(title.split())


def contents_page(title: str, headings: list[Heading], styles: list[str]) -> str:
    """The contents as HTML: titles, dots, the numbers that stand at the foot of the pages."""
    levels = [heading.level for heading in headings]
    top = min(levels)
    most = CONTENTS_LEVELS + (levels.count(top) == 1)
    rows = "".join(
        f'<a data-level="{heading.level - top}" href="{_TARGET}{heading.page}">'
        f"<span>{html.escape(heading.title)}</span><i></i><b>{heading.page + 1}</b></a>"
        for heading in headings
        if heading.level - top < most
    )
    links = "".join(f'<link rel="stylesheet" href="{html.escape(style)}">' for style in styles)
    return (
        f'<!doctype html><html lang="en" data-theme="light"><meta charset="utf-8">{links}'
        f"<title>{html.escape(title)}</title><main class='handout handout-contents'>"
        f"<p>{html.escape(title)}</p><nav>{rows}</nav></main></html>"
    )


def _put_in_front(front: Any, pdf: Any) -> None:
    """Put the contents before the pages; their links lead to them."""
    from pikepdf import Array, Dictionary, Name

    pages = list(pdf.pages)
    for number, page in enumerate(front.pages):
        pdf.pages.insert(number, page)
    count = len(front.pages)
    for page in pdf.pages[:count]:
        # They are no part of the tree that tells readers aloud what the text is.
        _drop(page.obj, "/StructParents")
        for link in page.obj.get("/Annots", []):
            _drop(link, "/StructParent")
            address = _address(link)
            if address.startswith(_TARGET):
                del link["/A"]
                target = pages[int(address.removeprefix(_TARGET))].obj
                link["/Dest"] = Array([target, Name("/Fit")])
    # The numbers at the foot of the pages count the document's own; the contents are page i.
    roman, decimal = Dictionary(S=Name("/r")), Dictionary(S=Name("/D"))
    pdf.Root.PageLabels = Dictionary(Nums=Array([0, roman, count, decimal]))


def _drop(dictionary: Any, key: str) -> None:
    if key in dictionary:
        del dictionary[key]


def letters_without_font(pdf: Any) -> dict[int, int]:
    """By page from 1: how many letters are boxes, since no font of the machine has them."""
    found: dict[int, int] = {}
    for number, page in enumerate(pdf.pages, 1):
        fonts = page.resources.get("/Font", {})
        wide = {name.encode() for name in fonts if fonts[name].Subtype == "/Type0"}
        page.contents_coalesce()
        font, boxes = b"", 0
        for match in _SHOWN.finditer(page.Contents.read_bytes()):
            if match[1]:
                font = match[1]
            elif font in wide:
                boxes += sum(match[2][at : at + 4] == b"0000" for at in range(0, len(match[2]), 4))
        if boxes:
            found[number] = boxes
    return found


def _address(link: Any) -> str:
    action = link.get("/A")
    return str(action.get("/URI", "")) if action is not None else ""


def _lead_elsewhere(pdf: Any, document: Document, served: str) -> None:
    """Links to other pages of the viewer: to the course on the web, or to the file beside this."""
    from pikepdf import Array, Dictionary, Name

    for page in pdf.pages:
        for link in page.obj.get("/Annots", []):
            address = _address(link)
            if not address.startswith(served):
                continue
            rest = address.removeprefix(served)
            if document.address:
                link.A.URI = f"{document.address}/{rest}"
                continue
            words = parse_qs(urlsplit(rest).query)
            name = (words.get("trace") or words.get("assignment") or [document.name])[0]
            start = Array([0, Name("/Fit")])
            link.A = Dictionary(S=Name("/GoToR"), F=f"{name}.pdf", D=start)


def _describe(pdf: Any, document: Document) -> None:
    """Title, authors and sources; nothing that another run would say differently."""
    for key in list(pdf.docinfo.keys()):
        if key != "/Producer":
            del pdf.docinfo[key]
    pdf.docinfo["/Title"] = document.title
    pdf.docinfo["/Creator"] = "lecture-tracer"
    if document.authors:
        pdf.docinfo["/Author"] = ", ".join(document.authors)
    if document.hashes:
        pdf.docinfo[KEY] = json.dumps(dict(document.hashes), sort_keys=True)


def _compact(pdf: Any) -> bytes:
    """The bytes, with whatever can be compressed compressed."""
    import pikepdf

    pikepdf.settings.set_flate_compression_level(9)
    written = BytesIO()
    pdf.save(
        written,
        object_stream_mode=pikepdf.ObjectStreamMode.generate,
        recompress_flate=True,
        deterministic_id=True,
    )
    return written.getvalue()
