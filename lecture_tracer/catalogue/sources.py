"""What the documents of a course are made from: `Course`, whose parts are read when asked for.

Nothing here runs a lecture. What a lecture says of itself comes from its trace, which holds its
text, or from its file where it is not recorded yet.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from lecture_tracer.course import Header, find_lectures, package_folders, parse_header
from lecture_tracer.course_file import CourseFile, read_course_file
from lecture_tracer.errors import LectureInvalid, TraceFormatError
from lecture_tracer.trace import store
from lecture_tracer.trace.schema import Index, Trace


@dataclass(frozen=True)
class Course:
    """The stored traces of a course, and the files beside them."""

    root: Path
    """Root of the course: task sheets, bibliographies and the code are below it."""
    folder: Path
    """Folder of the traces."""
    names: tuple[str, ...]
    """Lectures to tell of, in order, recorded or not."""

    @cached_property
    def file(self) -> CourseFile:
        """What `course.toml` says. Raises CourseInvalid."""
        return read_course_file(self.root)

    @cached_property
    def index(self) -> Index:
        """The list of the stored traces."""
        return store.read_index(self.folder)

    @cached_property
    def traces(self) -> dict[str, Trace]:
        """The recorded lectures, by name, in order; one that cannot be read is left out."""
        recorded = {entry.name for entry in self.index.traces}
        found = {}
        for name in self.names:
            if name not in recorded:
                continue
            try:
                found[name] = store.load(store.trace_path(self.folder, name))
            except TraceFormatError:
                continue
        return found

    @cached_property
    def headers(self) -> dict[str, Header]:
        """What each lecture says of itself; empty where that cannot be understood."""
        return {name: self._header(name) for name in self.names}

    @cached_property
    def assignments(self) -> dict[str, Path]:
        """Folders of the assignments, by name."""
        return {folder.name: folder for folder in package_folders(self.root)}

    def _header(self, name: str) -> Header:
        trace = self.traces.get(name)
        try:
            text = trace.files[trace.main].text if trace else self._text_of(name)
            return parse_header(text, f"{name}.py")
        except (LectureInvalid, OSError, UnicodeDecodeError):
            return Header()

    def _text_of(self, name: str) -> str:
        files = {path.stem: path for path in find_lectures(self.root)}
        return files[name].read_text(encoding="utf-8-sig") if name in files else ""


def lecture_names(root: Path, folder: Path) -> list[str]:
    """The lectures of the course, or what is recorded where their files are not. May raise
    CourseInvalid."""
    lectures = [path.stem for path in find_lectures(root)]
    return lectures or [entry.name for entry in store.read_index(folder).traces]


def read_course(root: Path, folder: Path, names: Iterable[str] | None = None) -> Course:
    """The course in `root` with the traces in `folder`; of its lectures only `names`, if given."""
    wanted = lecture_names(root, folder) if names is None else names
    return Course(root, folder, tuple(wanted))
