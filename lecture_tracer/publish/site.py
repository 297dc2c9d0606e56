"""A complete static site: viewer, traces, and only the files that the traces use.

Works from any folder of any web host. Beside each trace and each document of the course lies a
`.gz` of it, for hosts that serve such files by themselves.
"""

import gzip
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from msgspec import structs

from lecture_tracer.catalogue.build import FOLDER, documents
from lecture_tracer.course_file import CourseFile
from lecture_tracer.errors import PublishError
from lecture_tracer.publish.asset_files import asset_file
from lecture_tracer.publish.pages import write_pages
from lecture_tracer.trace import store
from lecture_tracer.trace.assets import asset_paths
from lecture_tracer.trace.codec import encode_index
from lecture_tracer.trace.schema import Index
from lecture_tracer.viewer import viewer_folder

MARK = ".lecture-site"
"""A file that only a site of ours has; it holds the site's address."""


def write_site(
    root: Path, traces: Path, names: Iterable[str], output: Path, course: CourseFile
) -> int:
    """Make or replace the site in `output`; gives the number of its files.

    With the course's address it has a sitemap, a feed and social cards, too. Raises PublishError
    if `output` holds something that is no site of ours.
    """
    output = output.absolute()
    if output.exists() and any(output.iterdir()) and not (output / MARK).exists():
        raise PublishError(f"{str(output)!r} is not empty and no site of ours; give another folder")
    viewer = viewer_folder()
    wanted = set(names)
    index = store.read_index(traces)
    index = structs.replace(index, traces=[e for e in index.traces if e.name in wanted])
    try:
        return _write(root, traces, index, viewer, output, course)
    except shutil.Error as error:  # one for all files of a folder, with a list of them
        file, _, reason = error.args[0][0]
        raise PublishError(f"cannot write {str(output)!r}: {reason} (first {file!r})") from error
    except OSError as error:
        raise PublishError(f"cannot write {str(output)!r}: {error.strerror}") from error


def _write(
    root: Path, traces: Path, index: Index, viewer: Path, output: Path, course: CourseFile
) -> int:
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=output.parent, prefix=f".{output.name}.") as folder:
        site = Path(folder) / "site"
        shutil.copytree(viewer, site)
        for entry in index.traces:
            _add_trace(root, traces / entry.file, site)
        (site / "var/traces").mkdir(parents=True, exist_ok=True)
        (site / "var/traces/index.json").write_bytes(encode_index(index))
        for name, content in documents(root, traces, [e.name for e in index.traces]).items():
            _write_twice(site / f"var/traces/{FOLDER}/{name}.json", content)
        write_pages(root, site, index.traces, course)
        (site / MARK).write_text(course.address, encoding="utf-8")
        (site / ".nojekyll").touch()
        if output.exists():
            shutil.rmtree(output)
        site.rename(output)
    return sum(1 for path in output.rglob("*") if path.is_file())


def _write_twice(path: Path, content: bytes) -> None:
    """As it is, and as a `.gz` beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(content, 9, mtime=0))


def _add_trace(root: Path, path: Path, site: Path) -> None:
    trace = store.load(path)
    _write_twice(site / "var/traces" / path.name, path.read_bytes())
    for asset in asset_paths(trace):
        file = asset_file(root, asset)
        if file is not None:
            (site / asset).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, site / asset)
