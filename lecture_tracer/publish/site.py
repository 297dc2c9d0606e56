"""A complete static site: viewer, traces, and only the files that the traces use.

Works from any folder of any web host. Beside each trace lies a `.gz` of it, for hosts that serve
such files by themselves.
"""

import gzip
import html
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from xml.sax.saxutils import escape

from lecture_tracer.errors import PublishError
from lecture_tracer.publish.asset_files import asset_file
from lecture_tracer.trace import store
from lecture_tracer.trace.assets import asset_paths
from lecture_tracer.trace.codec import encode_index
from lecture_tracer.trace.schema import SCHEMA_VERSION, Index, IndexEntry
from lecture_tracer.viewer import viewer_folder

CARD = Path("docs/viewer.png")
_MARK = ".lecture-site"


def write_site(root: Path, traces: Path, names: Iterable[str], output: Path, url: str = "") -> int:
    """Make or replace the site in `output`; gives the number of its files.

    `url` is the address that the site will have: needed for the sitemap and the social card.
    Raises PublishError if `output` holds something that is no site of ours.
    """
    output = output.absolute()
    if output.exists() and any(output.iterdir()) and not (output / _MARK).exists():
        raise PublishError(f"{str(output)!r} is not empty and no site of ours; give another folder")
    viewer = viewer_folder(root)
    wanted = set(names)
    entries = [entry for entry in store.read_index(traces).traces if entry.name in wanted]
    try:
        return _write(root, traces, entries, viewer, output, url.rstrip("/"))
    except shutil.Error as error:  # one for all files of a folder, with a list of them
        file, _, reason = error.args[0][0]
        raise PublishError(f"cannot write {str(output)!r}: {reason} (first {file!r})") from error
    except OSError as error:
        raise PublishError(f"cannot write {str(output)!r}: {error.strerror}") from error


def _write(
    root: Path, traces: Path, entries: list[IndexEntry], viewer: Path, output: Path, url: str
) -> int:
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=output.parent, prefix=f".{output.name}.") as folder:
        site = Path(folder) / "site"
        shutil.copytree(viewer, site)
        for entry in entries:
            _add_trace(root, traces / entry.file, site)
        index = encode_index(Index(schema=SCHEMA_VERSION, traces=entries))
        (site / "var/traces").mkdir(parents=True, exist_ok=True)
        (site / "var/traces/index.json").write_bytes(index)
        _add_pages(root, site, entries, url)
        (site / _MARK).touch()
        (site / ".nojekyll").touch()
        if output.exists():
            shutil.rmtree(output)
        site.rename(output)
    return sum(1 for path in output.rglob("*") if path.is_file())


def _add_trace(root: Path, path: Path, site: Path) -> None:
    trace = store.load(path)
    target = site / "var/traces" / path.name
    target.parent.mkdir(parents=True, exist_ok=True)
    content = path.read_bytes()
    target.write_bytes(content)
    target.with_name(f"{path.name}.gz").write_bytes(gzip.compress(content, 9, mtime=0))
    for asset in asset_paths(trace):
        file = asset_file(root, asset)
        if file is not None:
            (site / asset).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, site / asset)


def _add_pages(root: Path, site: Path, entries: list[IndexEntry], url: str) -> None:
    page = (site / "index.html").read_text(encoding="utf-8")
    links = "".join(
        f'<li><a href="?trace={html.escape(e.name)}">{html.escape(e.title)}</a></li>'
        for e in entries
    )
    page = page.replace("</noscript>", f"<ul>{links}</ul></noscript>", 1)
    if url:
        picture = (root / CARD).is_file()
        if picture:
            shutil.copyfile(root / CARD, site / "card.png")
        page = page.replace("</head>", f"{_card(entries, url, picture)}</head>", 1)
        (site / "sitemap.xml").write_text(_sitemap(entries, url), encoding="utf-8")
        (site / "robots.txt").write_text(f"Sitemap: {url}/sitemap.xml\n", encoding="utf-8")
    (site / "index.html").write_text(page, encoding="utf-8")


def _card(entries: list[IndexEntry], url: str, picture: bool) -> str:
    words = ", ".join(entry.title for entry in entries[:5])
    properties = {
        "og:type": "website",
        "og:title": "Executable lectures",
        "og:description": words,
        "og:url": f"{url}/",
        "twitter:card": "summary_large_image" if picture else "summary",
    }
    if picture:
        properties["og:image"] = f"{url}/card.png"
    return "".join(
        f'<meta property="{name}" content="{html.escape(content)}" />'
        for name, content in properties.items()
    )


def _sitemap(entries: list[IndexEntry], url: str) -> str:
    pages = [f"{url}/", *(f"{url}/?trace={entry.name}" for entry in entries)]
    places = "".join(f"<url><loc>{escape(page)}</loc></url>" for page in pages)
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return f'{head}<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{places}</urlset>\n'
