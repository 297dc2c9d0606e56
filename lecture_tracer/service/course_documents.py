"""The documents of the course, made when they are asked for and kept until a source changes."""

import hashlib
import threading
from pathlib import Path

from lecture_tracer.catalogue.build import FOLDER, documents, state
from lecture_tracer.errors import CourseInvalid


class CourseDocuments:
    """What is served below `var/traces/course`. May be asked from several threads."""

    def __init__(self, root: Path, traces: Path) -> None:
        self._root = root
        self._traces = traces
        self._lock = threading.Lock()
        self._state: tuple[tuple[str, int, int], ...] | None = None
        self._made: dict[str, bytes] = {}

    def get(self, path: str) -> tuple[bytes, str] | None:
        """(content, ETag) of the document at a request's path; None where there is none."""
        folder, _, name = path.rpartition("/")
        if folder != f"var/traces/{FOLDER}" or not name.endswith(".json"):
            return None
        with self._lock:
            now = state(self._root, self._traces)
            if now != self._state:
                try:
                    self._made = documents(self._root, self._traces)
                except CourseInvalid:  # while course.toml is being written
                    return None
                self._state = now
            content = self._made.get(name.removesuffix(".json"))
        if content is None:
            return None
        return content, f'"{hashlib.sha256(content).hexdigest()[:32]}"'
