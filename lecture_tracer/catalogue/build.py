"""Every document of a course, by name: `documents(root, traces)`.

    documents(root, root / "var/traces")  ->  {"course": b'{"title":…', "handouts": b"…", …}

A document is what one page of the viewer needs, so that none waits for more. Each is made by one
function from the `Course`; a further document is one more entry of `BUILDERS`.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import msgspec

from lecture_tracer.catalogue.bibliography import bibliography
from lecture_tracer.catalogue.course_document import course_document
from lecture_tracer.catalogue.figures import figures
from lecture_tracer.catalogue.glossary import glossary
from lecture_tracer.catalogue.handouts import handouts
from lecture_tracer.catalogue.implementations import implementations_document
from lecture_tracer.catalogue.search_text import search_text
from lecture_tracer.catalogue.source_texts import package_files, source_texts
from lecture_tracer.catalogue.sources import Course, read_course
from lecture_tracer.course import package_folders
from lecture_tracer.trace import store

FOLDER = "course"
"""Where the documents lie, in the folder of the traces that they were made from."""
BUILDERS: dict[str, Callable[[Course], msgspec.Struct]] = {
    "course": course_document,
    "figures": figures,
    "handouts": handouts,
    "implementations": implementations_document,
    "glossary": glossary,
    "bibliography": bibliography,
    "search": search_text,
    "sources": source_texts,
}
INPUTS = ("course.toml", "assignments/*/handout.md", "lectures/*/bibliography.json")
"""Globs, relative to the root, of the files besides the traces that documents are made from."""


def documents(root: Path, traces: Path, names: Iterable[str] | None = None) -> dict[str, bytes]:
    """JSON of every document, by name; of the lectures only `names`, if given.

    Raises CourseInvalid.
    """
    course = read_course(root, traces, names)
    return {name: msgspec.json.encode(make(course)) for name, make in BUILDERS.items()}


def state(root: Path, traces: Path) -> tuple[tuple[str, int, int], ...]:
    """(file, time of its last change in ns, size) of what documents are made from, to tell whether
    they would be others now."""
    files = [traces / store.INDEX_NAME, *(path for glob in INPUTS for path in root.glob(glob))]
    files += [path for folder in package_folders(root) for path in package_files(folder)]
    found = []
    for path in sorted(files):
        with suppress(OSError):
            stat = path.stat()
            found.append((str(path), stat.st_mtime_ns, stat.st_size))
    return tuple(found)


def write_documents(root: Path, traces: Path) -> None:
    """Write them beside the traces, those that changed. Raises CourseInvalid or OutputError."""
    for name, content in documents(root, traces).items():
        path = traces / FOLDER / f"{name}.json"
        if not path.is_file() or path.read_bytes() != content:
            store.write(path, content)
