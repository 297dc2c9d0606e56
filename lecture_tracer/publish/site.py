"""A complete static site: viewer, traces, and only the files that the traces use.

Works from any folder of any web host. Beside each trace and each document of the course lies a
`.gz` of it, for hosts that serve such files by themselves.
"""

import gzip
import html
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from xml.sax.saxutils import escape

from msgspec import structs

from lecture_tracer.catalogue.build import FOLDER, documents
from lecture_tracer.course_file import CourseFile
from lecture_tracer.errors import PublishError
from lecture_tracer.publish.asset_files import asset_file
from lecture_tracer.trace import store
from lecture_tracer.trace.assets import asset_paths
from lecture_tracer.trace.codec import encode_index
from lecture_tracer.trace.schema import Index, IndexEntry
from lecture_tracer.viewer import viewer_folder

TITLE = "Executable lectures"
"""Of a course that has no other, and of the built page."""
_MARK = ".lecture-site"


def write_site(
    root: Path, traces: Path, names: Iterable[str], output: Path, course: CourseFile
) -> int:
    """Make or replace the site in `output`; gives the number of its files.

    With the course's address it has a sitemap and a social card, too. Raises PublishError if
    `output` holds something that is no site of ours.
    """
    output = output.absolute()
    if output.exists() and any(output.iterdir()) and not (output / _MARK).exists():
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
        _add_pages(root, site, index.traces, course)
        (site / _MARK).touch()
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


def _add_pages(root: Path, site: Path, entries: list[IndexEntry], course: CourseFile) -> None:
    page = (site / "index.html").read_text(encoding="utf-8")
    links = "".join(
        f'<li><a href="?trace={html.escape(e.name)}">{html.escape(e.title)}</a></li>'
        for e in entries
    )
    page = page.replace("</noscript>", f"<ul>{links}</ul></noscript>", 1)
    title = f"<title>{html.escape(course.title or TITLE)}</title>"
    page = page.replace(f"<title>{TITLE}</title>", title, 1)
    properties = {
        "description": course.description,
        "author": ", ".join(course.authors),
        "license": course.licence,
    }
    if course.address:
        card = _add_card(root, site, course)
        properties |= _card(entries, course, card)
        sitemap = _sitemap(entries, course.address)
        (site / "sitemap.xml").write_text(sitemap, encoding="utf-8")
        robots = f"Sitemap: {course.address}/sitemap.xml\n"
        (site / "robots.txt").write_text(robots, encoding="utf-8")
    page = page.replace("</head>", f"{_meta(properties)}</head>", 1)
    (site / "index.html").write_text(page, encoding="utf-8")


def _add_card(root: Path, site: Path, course: CourseFile) -> str:
    """Copy the picture that goes with links; gives its name in the site, or nothing."""
    if not course.card:
        return ""
    file = asset_file(root, course.card)
    if file is None:
        raise PublishError(f"course.toml: card: there is no file {course.card!r}")
    name = f"card{file.suffix}"
    shutil.copyfile(file, site / name)
    return name


def _card(entries: list[IndexEntry], course: CourseFile, picture: str) -> dict[str, str]:
    return {
        "og:type": "website",
        "og:title": course.title or TITLE,
        "og:description": course.description or ", ".join(entry.title for entry in entries[:5]),
        "og:url": f"{course.address}/",
        "og:image": f"{course.address}/{picture}" if picture else "",
        "twitter:card": "summary_large_image" if picture else "summary",
    }


def _meta(properties: dict[str, str]) -> str:
    """What is not said is left out. `og:` is a property, everything else a name."""
    return "".join(
        f'<meta {"property" if name.startswith("og:") else "name"}="{name}"'
        f' content="{html.escape(content)}" />'
        for name, content in properties.items()
        if content
    )


def _sitemap(entries: list[IndexEntry], url: str) -> str:
    pages = [f"{url}/", *(f"{url}/?trace={entry.name}" for entry in entries)]
    places = "".join(f"<url><loc>{escape(page)}</loc></url>" for page in pages)
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return f'{head}<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{places}</urlset>\n'
