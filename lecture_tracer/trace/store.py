"""Traces on disk: written atomically, listed in `index.json`, found by a checked name."""

import fcntl
import hashlib
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from lecture_tracer.errors import OutputError, TraceFormatError
from lecture_tracer.trace.codec import decode, decode_index, encode_index
from lecture_tracer.trace.outline import sections
from lecture_tracer.trace.salvage import encode_safely
from lecture_tracer.trace.schema import SCHEMA_VERSION, CourseInfo, Index, IndexEntry, Trace

INDEX_NAME = "index.json"
_NAME = re.compile(r"[A-Za-z_]\w*(?:\.\w+)*")


def write_atomic(path: Path, content: bytes) -> None:
    """Write a whole file or leave what was there: a reader never sees half of it.

    Raises OSError, which names the file that was to be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException as error:
        Path(temporary).unlink(missing_ok=True)
        if isinstance(error, OSError):
            error.filename = str(path)
        raise


def write(path: Path, content: bytes) -> None:
    """`write_atomic` for the files beside the traces. Raises OutputError with the reason."""
    try:
        write_atomic(path, content)
    except OSError as error:
        raise OutputError(f"cannot write {str(path)!r}: {error.strerror}") from error


def check_writable(folder: Path) -> None:
    """Make the folder and try it. Raises OutputError with the reason."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OutputError(
            f"cannot write traces to {str(folder)!r}: {error.strerror}; give another with -o DIR"
        ) from error


def trace_path(folder: Path, name: str) -> Path:
    """File of the trace called `name`. Raises TraceFormatError for anything but a module name."""
    if not _NAME.fullmatch(name):
        raise TraceFormatError(f"{name!r} is not the name of a trace")
    return folder / f"{name}.json"


def save(folder: Path, trace: Trace) -> tuple[Path, Trace]:
    """Write the trace, once it is known that it can be read; gives its file and what is in it.

    That is `trace` itself, unless a part could not be written: see `salvage`. Raises OutputError,
    and then the earlier trace is untouched.
    """
    path = trace_path(folder, trace.lecture)
    content, kept = encode_safely(trace)
    write(path, content)
    return path, kept


def load(path: Path) -> Trace:
    """Read a trace. Raises TraceFormatError that says what is wrong and where."""
    try:
        return decode(path.read_bytes())
    except OSError as error:
        raise TraceFormatError(f"cannot read {str(path)!r}: {error.strerror}") from error


def update_index(
    folder: Path, saved: Iterable[IndexEntry] = (), course: CourseInfo | None = None
) -> Index:
    """Bring `index.json` in line with the traces of the folder. Raises OutputError.

    `saved` are entries of traces that were written just now, so that a large one need not be read
    again. Without `course` the index keeps what it says of the course, and its order.
    """
    fresh = {entry.name: entry for entry in saved}
    with _locked(folder):
        before = read_index(folder)
        course = course or before.course
        known = {entry.name: entry for entry in before.traces}
        entries = []
        for path in sorted(folder.glob("*.json")):
            if path.name == INDEX_NAME or path.name.startswith("."):
                continue
            entry = fresh.get(path.stem)
            if entry is None and (entry := known.get(path.stem)) and _is_older(folder, path):
                entry = None
            if entry is None or entry.bytes != path.stat().st_size:
                entry = _entry(path)
            if entry is not None:
                entries.append(entry)
        places = {name: place for place, name in enumerate(course.lectures if course else ())}
        entries.sort(key=lambda entry: places.get(entry.name, len(places)))
        index = Index(schema=SCHEMA_VERSION, traces=entries, course=course)
        write(folder / INDEX_NAME, encode_index(index))
    return index


def source_hash(trace: Trace) -> str:
    """SHA-256 over paths and texts of the sources in the trace."""
    digest = hashlib.sha256()
    for path, file in sorted(trace.files.items()):
        digest.update(f"{path}\0{file.text}\0".encode())
    return digest.hexdigest()


def _is_older(folder: Path, path: Path) -> bool:
    """Whether the index was written before `path`."""
    return (folder / INDEX_NAME).stat().st_mtime_ns <= path.stat().st_mtime_ns


def _entry(path: Path) -> IndexEntry | None:
    try:
        return entry_of(load(path), path)
    except TraceFormatError:
        return None


def entry_of(trace: Trace, path: Path) -> IndexEntry:
    """What the index says of a trace that lies at `path`."""
    failure = trace.failure
    return IndexEntry(
        name=trace.lecture,
        file=path.name,
        title=trace.title or trace.lecture,
        sections=sections(trace),
        steps=len(trace.steps),
        bytes=path.stat().st_size,
        ended=trace.ended,
        error=f"{failure.type}: {failure.message}".splitlines()[0] if failure else "",
        source_hash=source_hash(trace),
    )


def read_index(folder: Path) -> Index:
    """The list of the folder's traces; empty if there is none or it cannot be read."""
    try:
        return decode_index((folder / INDEX_NAME).read_bytes())
    except (OSError, TraceFormatError):
        return Index(schema=SCHEMA_VERSION, traces=[])


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One writer of the index at a time, across processes."""
    with (folder / ".index.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
