"""The pages of a site around the viewer: what hosts, feed readers and previews of links look for.

Every site has a page for addresses that lead nowhere (`404.html`). With the course's address it has
a sitemap, a feed, a card for links to it, and for each lecture a small page with a card of its own
(`lectures/NAME.html`), since programs that preview links run no scripts: it leads on to the viewer.
"""

import html
import shutil
from collections.abc import Mapping
from pathlib import Path
from xml.sax.saxutils import escape

from lecture_tracer.course import Header, find_lectures, read_header
from lecture_tracer.course_file import CourseFile
from lecture_tracer.errors import LectureInvalid, PublishError
from lecture_tracer.publish.asset_files import asset_file
from lecture_tracer.publish.feed import feed
from lecture_tracer.trace.schema import IndexEntry

TITLE = "Executable lectures"
"""Of a course that has no other, and of the built page."""
LECTURE_PAGES = "lectures"
"""Folder of the lectures' own pages in the site."""
_STYLE = (
    "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:18vh auto;padding:0 1rem;"
    "color-scheme:light dark}"
)


def write_pages(root: Path, site: Path, entries: list[IndexEntry], course: CourseFile) -> None:
    """Write them into the site, whose `index.html` is the built page until now."""
    title = course.title or TITLE
    page = (site / "index.html").read_text(encoding="utf-8")
    page = page.replace("</noscript>", f"{_list(entries)}</noscript>", 1)
    page = page.replace(f"<title>{TITLE}</title>", f"<title>{html.escape(title)}</title>", 1)
    properties = {
        "description": course.description,
        "author": ", ".join(course.authors),
        "license": course.licence,
    }
    extra = ""
    if course.address:
        properties |= _with_address(root, site, entries, course)
        extra = (
            '<link rel="alternate" type="application/atom+xml" href="feed.xml"'
            f' title="{html.escape(title)}" />'
        )
    page = page.replace("</head>", f"{_meta(properties)}{extra}</head>", 1)
    (site / "index.html").write_text(page, encoding="utf-8")
    (site / "404.html").write_text(_not_found(title, course.address), encoding="utf-8")


def _with_address(
    root: Path, site: Path, entries: list[IndexEntry], course: CourseFile
) -> dict[str, str]:
    """Everything that needs the site's address; gives the properties of the start page's card."""
    address, card = course.address, _copy_card(root, site, course)
    headers = _headers(root)
    (site / LECTURE_PAGES).mkdir(exist_ok=True)
    for entry in entries:
        summary = headers.get(entry.name, Header()).summary
        text = _lecture_page(entry, summary, course, card)
        (site / LECTURE_PAGES / f"{entry.name}.html").write_text(text, encoding="utf-8")
    (site / "sitemap.xml").write_text(_sitemap(entries, address), encoding="utf-8")
    (site / "robots.txt").write_text(f"Sitemap: {address}/sitemap.xml\n", encoding="utf-8")
    summaries = {name: header.summary for name, header in headers.items()}
    (site / "feed.xml").write_text(feed(root, entries, course, summaries), encoding="utf-8")
    described = course.description or ", ".join(entry.title for entry in entries[:5])
    return _card("website", course.title or TITLE, described, f"{address}/", card)


def _headers(root: Path) -> Mapping[str, Header]:
    """The headers of the course's lectures; one that cannot be read says nothing."""
    found = {}
    for path in find_lectures(root):
        try:
            found[path.stem] = read_header(path)
        except (OSError, UnicodeDecodeError, LectureInvalid):
            continue
    return found


def _list(entries: list[IndexEntry]) -> str:
    links = "".join(
        f'<li><a href="?trace={html.escape(e.name)}">{html.escape(e.title)}</a></li>'
        for e in entries
    )
    return f"<ul>{links}</ul>"


def _copy_card(root: Path, site: Path, course: CourseFile) -> str:
    """Copy the picture that goes with links; gives its address, or nothing."""
    if not course.card:
        return ""
    file = asset_file(root, course.card)
    if file is None:
        raise PublishError(f"course.toml: card: there is no file {course.card!r}")
    name = f"card{file.suffix}"
    shutil.copyfile(file, site / name)
    return f"{course.address}/{name}"


def _card(kind: str, title: str, description: str, address: str, picture: str) -> dict[str, str]:
    return {
        "og:type": kind,
        "og:title": title,
        "og:description": description,
        "og:url": address,
        "og:image": picture,
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


def _page(title: str, head: str, body: str) -> str:
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8" />'
        '<meta name="viewport" content="width=device-width, initial-scale=1" />'
        f"<title>{html.escape(title)}</title>{head}<style>{_STYLE}</style></head>"
        f"<body>{body}</body></html>\n"
    )


def _lecture_page(entry: IndexEntry, summary: str, course: CourseFile, card: str) -> str:
    target = html.escape(f"../?trace={entry.name}")
    address = f"{course.address}/{LECTURE_PAGES}/{entry.name}.html"
    properties = _card("article", entry.title, summary or course.title, address, card)
    head = f'{_meta(properties)}<meta http-equiv="refresh" content="0; url={target}" />'
    said = f"<p>{html.escape(summary)}</p>" if summary else ""
    link = f'<p><a href="{target}">Open the lecture</a></p>'
    return _page(entry.title, head, f"<h1>{html.escape(entry.title)}</h1>{said}{link}")


def _not_found(title: str, address: str) -> str:
    """Served at any depth, so its link needs the whole address, where that is known."""
    target = f'<a href="{html.escape(address)}/">{html.escape(title)}</a>'
    where = f"<p>The course begins at {target}.</p>" if address else ""
    head = '<meta name="robots" content="noindex" />'
    body = f"<h1>There is no such page</h1><p>The address may be misspelt, or old.</p>{where}"
    return _page(f"No such page · {title}", head, body)


def _sitemap(entries: list[IndexEntry], address: str) -> str:
    pages = [f"{address}/", *(f"{address}/?trace={entry.name}" for entry in entries)]
    places = "".join(f"<url><loc>{escape(page)}</loc></url>" for page in pages)
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return f'{head}<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{places}</urlset>\n'
