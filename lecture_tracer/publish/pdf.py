"""A PDF handout of a whole lecture: bookmarks, a page of contents, then the printed page.

Chromium prints the single file and makes a bookmark of each heading. Which page a heading came to
is known only then, so the contents are printed after it, by the same browser, and put in front.
"""

import html
import tempfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from lecture_tracer.publish.chromium import print_page
from lecture_tracer.publish.single_file import single_file
from lecture_tracer.trace import store
from lecture_tracer.trace.schema import Trace

CONTENTS_LEVELS = 2
"""Headings below the lecture's own that the contents list; bookmarks have all."""
_TARGET = "https://page.invalid/"
"""Where links of the contents lead while they are printed; then they are made to lead inside."""


class Heading(NamedTuple):
    """A heading of the handout."""

    title: str
    level: int
    """0 for the outermost."""
    page: int
    """From 0."""


def write_pdf(trace: Trace, root: Path, output: Path) -> int:
    """Print the trace; gives the size in bytes. Raises PublishError with the browser's words."""
    from pypdf import PdfReader

    with tempfile.TemporaryDirectory(prefix="lecture_tracer.") as name:
        folder = Path(name)
        page = folder / "lecture.html"
        page.write_text(single_file(trace, root), encoding="utf-8")
        print_page(f"{page.as_uri()}?print=1", folder / "lecture.pdf", folder / "profile")
        lecture = PdfReader(folder / "lecture.pdf")
        headings = list(_headings(lecture, lecture.outline, 0))
        if len(headings) > 2:
            title = trace.title or trace.lecture
            page.write_text(contents_page(title, headings), encoding="utf-8")
            print_page(page.as_uri(), folder / "contents.pdf", folder / "profile")
            content = _joined(PdfReader(folder / "contents.pdf"), lecture)
        else:
            content = (folder / "lecture.pdf").read_bytes()
    store.write(output.absolute(), content)
    return len(content)


def _headings(lecture: Any, outline: Any, level: int) -> Iterator[Heading]:
    for item in outline:
        if isinstance(item, list):
            yield from _headings(lecture, item, level + 1)
        else:
            page = lecture.get_destination_page_number(item)
            if page is not None:
                yield Heading(str(item.title), level, page)


def contents_page(title: str, headings: list[Heading]) -> str:
    """The contents as HTML: titles, dots, the numbers that stand at the foot of the pages."""
    top = min(heading.level for heading in headings)
    rows = "".join(
        f'<a class="level{heading.level - top}" href="{_TARGET}{heading.page}">'
        f"<span>{html.escape(heading.title)}</span><i></i><b>{heading.page + 1}</b></a>"
        for heading in headings
        if heading.level - top < CONTENTS_LEVELS
    )
    return f"<!doctype html><meta charset=utf-8>{_STYLE}<p>{html.escape(title)}</p>{rows}"


_STYLE = """<style>
@page { size: A4; margin: 22mm 20mm; }
body { font: 10.5pt/1.5 system-ui, sans-serif; margin: 0; }
p { font-size: 16pt; font-weight: 600; margin: 0 0 8mm; }
a { display: flex; gap: 2mm; color: inherit; text-decoration: none; break-inside: avoid; }
a i { flex: 1; border-bottom: 0.4pt dotted #888; margin-bottom: 1.4mm; }
a b { font-weight: 400; font-variant-numeric: tabular-nums; }
.level0 { margin-top: 1.6mm; font-weight: 500; }
.level1 { padding-left: 6mm; color: #444; }
</style>"""


def _joined(contents: Any, lecture: Any) -> bytes:
    """The contents before the lecture, which keeps its bookmarks; links lead to its pages."""
    from pypdf import PdfWriter
    from pypdf.constants import PageLabelStyle

    writer = PdfWriter()
    writer.append(lecture, import_outline=True)
    front = len(contents.pages)
    for number, page in enumerate(contents.pages):
        writer.insert_page(page, number)
    for page in writer.pages[:front]:
        for reference in page.get("/Annots") or ():
            _lead_inside(writer, reference.get_object(), front)
    # The numbers at the foot of the pages count the lecture's own; the contents are page i.
    writer.set_page_label(0, front - 1, style=PageLabelStyle.LOWERCASE_ROMAN)
    writer.set_page_label(front, len(writer.pages) - 1, style=PageLabelStyle.DECIMAL)
    writer.metadata = lecture.metadata
    written = BytesIO()
    writer.write(written)
    return written.getvalue()


def _lead_inside(writer: Any, link: Any, front: int) -> None:
    from pypdf.generic import ArrayObject, NameObject

    address = str(link.get("/A", {}).get("/URI", ""))
    if address.startswith(_TARGET):
        page = writer.pages[front + int(address.removeprefix(_TARGET))]
        del link["/A"]
        target = ArrayObject([page.indirect_reference, NameObject("/Fit")])
        link[NameObject("/Dest")] = target
