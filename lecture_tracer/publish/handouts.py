"""Prints handouts, some side by side, each written as soon as it is printed.

Whatever ends the work in its middle, the next call goes on where it stopped: a handout whose
sources are those that it was printed from is left as it is.
"""

import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from urllib.parse import quote

from lecture_tracer.catalogue.assignments import HANDOUT
from lecture_tracer.course_file import read_course_file
from lecture_tracer.publish.paper_site import PaperSite, paper_site
from lecture_tracer.publish.pdf import Document, Printed, printed
from lecture_tracer.publish.printed_sources import source_hashes
from lecture_tracer.trace import freshness, outline, store
from lecture_tracer.trace.assets import asset_paths


def handout_path(folder: Path, name: str) -> Path:
    """Where the handout of a lecture lies in the folder of all handouts."""
    return folder / f"{name}.pdf"


def lecture_document(root: Path, traces: Path, name: str, *, notes: bool = False) -> Document:
    """The handout of a recorded lecture. Raises OutputError and TraceFormatError."""
    trace = store.load(store.trace_path(traces, name))
    course = read_course_file(root)
    pictures = [root / path for path in asset_paths(trace)]
    return Document(
        name=name,
        title=trace.title or name,
        query=f"trace={quote(name)}&print=1{'&notes=1' if notes else ''}",
        headings=tuple(section.title for section in outline.sections(trace)),
        authors=course.authors,
        hashes=source_hashes(root, [*freshness.current_sources(traces, name, root), *pictures]),
        address=course.address,
    )


def task_sheets(root: Path) -> dict[str, Path]:
    """File of the task sheet of each assignment that has one, by the assignment's name."""
    return {path.parent.name: path for path in sorted(root.glob(f"assignments/*/{HANDOUT}"))}


def sheet_document(root: Path, name: str) -> Document:
    """The task sheet of an assignment; it links to the lectures whose traces are there."""
    path = task_sheets(root)[name]
    titles = [title for _, title in outline.headings(path.read_text(encoding="utf-8"))]
    course = read_course_file(root)
    return Document(
        name=name,
        title=titles[0] if titles else name,
        query=f"page=handout&assignment={quote(name)}&print=1",
        headings=tuple(titles),
        authors=course.authors,
        hashes=source_hashes(root, [path]),
        address=course.address,
    )


def print_documents(
    root: Path,
    traces: Path,
    documents: Iterable[tuple[Document, Path]],
    at_once: int,
    done: Callable[[Document, Path, Printed], None],
) -> None:
    """Print each document to its file; `done` is told of each as it comes.

    Raises PublishError for the first that cannot be printed; those that were stay.
    """
    wanted = list(documents)
    recorded = [entry.name for entry in store.read_index(traces).traces]
    with paper_site(root, traces, recorded) as site, ThreadPoolExecutor(at_once) as pool:
        printing = {
            pool.submit(_print_one, document, output, site): (document, output)
            for document, output in wanted
        }
        try:
            for future in as_completed(printing):
                done(*printing[future], future.result())
        finally:
            pool.shutdown(cancel_futures=True)


def _print_one(document: Document, output: Path, site: PaperSite) -> Printed:
    with tempfile.TemporaryDirectory(prefix="lecture_tracer.") as scratch:
        handout = printed(document, site, Path(scratch))
    store.write(output.absolute(), handout.content)
    return handout
