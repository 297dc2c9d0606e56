"""The pages that handouts are printed from: a static site in a scratch folder, on loopback alone.

A browser asks it for one document after the other, and it is gone when the last is printed.
"""

import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from lecture_tracer.course_file import CourseFile
from lecture_tracer.publish.site import write_site


@dataclass(frozen=True, slots=True)
class PaperSite:
    """Where it lies and where it is served."""

    folder: Path
    address: str
    """`http://127.0.0.1:PORT/`."""

    def styles(self) -> list[str]:
        """Its style sheets, relative to the address."""
        found = self.folder.glob("assets/*.css")
        return sorted(path.relative_to(self.folder).as_posix() for path in found)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing: who printed what is no news."""


@contextmanager
def paper_site(root: Path, traces: Path, names: Iterable[str]) -> Iterator[PaperSite]:
    """Serve the lectures `names` inside the block. Raises PublishError and ViewerNotBuilt."""
    with tempfile.TemporaryDirectory(prefix="lecture_tracer.") as name:
        folder = Path(name) / "site"
        write_site(root, traces, names, folder, CourseFile())
        handler = partial(_Quiet, directory=str(folder))
        with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            serving = threading.Thread(target=server.serve_forever, daemon=True)
            serving.start()
            try:
                yield PaperSite(folder, f"http://127.0.0.1:{server.server_port}/")
            finally:
                server.shutdown()
                serving.join()
