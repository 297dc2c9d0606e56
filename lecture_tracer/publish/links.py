"""Every link of a written site, and which of them lead nowhere.

Input: the folder of a site. Output: one line for each link without a target: where it stands, where
it leads, what is missing. Nothing is fetched: of an outside address only the syntax is looked at;
`publish.outside` tries them.

A link within the site is a file, an `#id` of a page, or an address of the viewer such as
`?trace=lecture_03&step=12`, whose trace must be there and have that step. Documents of the course
(`var/traces/course/*.json`) are walked alike, but for the words of the search: where an object
names a lecture and a step, both must exist.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

import msgspec

from lecture_tracer.catalogue.build import FOLDER
from lecture_tracer.errors import PublishError
from lecture_tracer.publish.site import MARK

_MARKDOWN_LINK = re.compile(r"\]\((?!\s)([^()\s]*(?:\([^()\s]*\)[^()\s]*)*)(?:\s+\"[^\"]*\")?\)")
_AUTOMATIC_LINK = re.compile(r"<(https?://[^\s<>]+)>")
_CODE = re.compile(
    r"(`+)(?!`).*?(?<!`)\1(?!`)|^ {0,3}(```+|~~~+).*?^ {0,3}\2`*[ \t]*$", re.S | re.M
)
_FORMULA = re.compile(r"\$\$.*?\$\$|\$[^$\n]+\$", re.S)
_WEB = ("http", "https")
_NO_LINKS = frozenset({"files", "changes", "frames", "stdout", "stderr", "spec"})
"""Parts of a trace that are text of programs, values of variables, or data of plots."""
_ADDRESS_KEYS = frozenset({"url", "href", "src", "address", "origin"})


@dataclass(frozen=True, slots=True, order=True)
class Link:
    """A link, and where it stands, as a reader would say it."""

    place: str
    address: str
    base: str = ""
    """Folder of the page, relative to the site, from which a relative address counts."""


def links(site: Path) -> list[Link]:
    """Every link of every page, trace and document of a site, each once, in a fixed order.

    Raises PublishError if the folder is no site.
    """
    if not (site / MARK).is_file():
        raise PublishError(f"{str(site)!r} is no site of ours; `lecture-tracer site` writes one")
    found: dict[Link, None] = {}
    for file in sorted(site.rglob("*")):
        name = file.relative_to(site).as_posix()
        if file.suffix == ".html":
            found |= dict.fromkeys(_of_page(file, name))
        elif file.suffix == ".xml":
            found |= dict.fromkeys(_of_list(file, name))
        elif name == f"var/traces/{FOLDER}/search.json":
            continue  # the words of everything, without what makes them links
        elif file.suffix == ".json" and name.startswith("var/traces/"):
            found |= dict.fromkeys(_of_data(msgspec.json.decode(file.read_bytes()), name))
    return list(found)


def broken(site: Path) -> list[str]:
    """One line for each link that leads nowhere."""
    known = _Known(site)
    lines = ((link, known.fault(link)) for link in links(site))
    return [f"{link.place}: {link.address!r}: {fault}" for link, fault in lines if fault]


def outside(site: Path) -> dict[str, str]:
    """Every address of another place, and the first place that links to it."""
    known = _Known(site)
    found: dict[str, str] = {}
    for link in links(site):
        if urlsplit(link.address).scheme in _WEB and not known.within(link.address):
            found.setdefault(link.address.partition("#")[0], link.place)
    return found


# --- where links stand ---------------------------------------------------------------------------


class _Page(HTMLParser):
    """Links and ids of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.ids |= {given[name] for name in ("id", "name") if name in given}
        self.links += [given[name] for name in ("href", "src", "poster") if name in given]
        if given.get("http-equiv", "").lower() == "refresh":
            self.links.append(given.get("content", "").partition("url=")[2])
        if given.get("property") in ("og:url", "og:image"):
            self.links.append(given.get("content", ""))


def _parsed(file: Path) -> _Page:
    page = _Page()
    page.feed(file.read_text(encoding="utf-8"))
    return page


def _of_page(file: Path, name: str) -> Iterator[Link]:
    base = PurePosixPath(name).parent.as_posix()
    for address in _parsed(file).links:
        yield Link(name, address, "" if base == "." else base)


def _of_list(file: Path, name: str) -> Iterator[Link]:
    """Addresses in a sitemap or a feed."""
    text = file.read_text(encoding="utf-8").replace("&amp;", "&")
    for address in re.findall(r"<loc>([^<]+)</loc>|<link[^>]* href=\"([^\"]+)\"", text):
        yield Link(name, next(filter(None, address)))


def _of_data(data: Any, name: str, step: int | None = None) -> Iterator[Link]:
    """Links in the strings of a trace or a document."""
    place = name if step is None else f"{name}, step {step}"
    if isinstance(data, dict):
        yield from _of_object(data, name, place, step)
    elif isinstance(data, list):
        for item in data:
            yield from _of_data(item, name, step)
    elif isinstance(data, str):
        yield from (Link(place, address) for address in markdown_links(data))


def _of_object(data: dict[str, Any], name: str, place: str, step: int | None) -> Iterator[Link]:
    lecture, at = data.get("lecture"), data.get("step")
    if isinstance(lecture, str) and isinstance(at, int):
        yield Link(place, f"?trace={lecture}&step={at}")
    for key, value in data.items():
        if key in _NO_LINKS:
            continue
        if key == "steps" and isinstance(value, list):
            for number, item in enumerate(value):
                yield from _of_data(item, name, number)
        elif isinstance(value, str) and key in _ADDRESS_KEYS:
            if value:
                yield Link(place, value)
        elif not (data.get("verbatim") or data.get("kind") in ("code", "command")):
            yield from _of_data(value, name, step)


def markdown_links(text: str) -> list[str]:
    """Addresses of the links and pictures of Markdown, those in code and formulas left out."""
    if "](" not in text and "<http" not in text:
        return []
    prose = _FORMULA.sub("", _CODE.sub("", text))
    return [m[1].strip("<>") for m in _MARKDOWN_LINK.finditer(prose)] + _AUTOMATIC_LINK.findall(
        prose
    )


# --- where they lead -----------------------------------------------------------------------------


class _Known:
    """What a site holds."""

    def __init__(self, site: Path) -> None:
        self._site = site
        self._address = (site / MARK).read_text(encoding="utf-8").strip()
        self._ids: dict[Path, set[str]] = {}
        self._steps: dict[str, int] = {}
        index = site / "var/traces/index.json"
        entries = msgspec.json.decode(index.read_bytes())["traces"] if index.is_file() else []
        for entry in entries:
            trace = msgspec.json.decode((site / "var/traces" / entry["file"]).read_bytes())
            self._steps[entry["name"]] = len(trace["steps"])

    def within(self, address: str) -> bool:
        """Whether an address with a host is one of this site."""
        return bool(self._address) and f"{address}/".startswith(f"{self._address}/")

    def fault(self, link: Link) -> str:
        """What is wrong with a link; empty if nothing is."""
        address = link.address
        base = link.base
        if self.within(address):
            address, base = address[len(self._address) :].lstrip("/") or "./", ""
        try:
            parts = urlsplit(address)
            _ = parts.port  # parsed when it is asked for
        except ValueError as error:
            return f"not an address: {error}"
        if parts.scheme in _WEB:
            return _syntax(parts)
        if parts.scheme == "mailto":
            return "" if "@" in parts.path else "not an address of mail"
        if parts.scheme == "data":
            return ""
        if parts.scheme or parts.netloc:
            return "neither https, http nor mailto, and not within the site"
        return self._inner_fault(parts, base)

    def _inner_fault(self, parts: SplitResult, base: str) -> str:
        path = unquote(parts.path)
        if path.startswith("/"):
            return "begins with /: it would leave a site that lies below a folder"
        file = (self._site / base / path).resolve()
        if not file.is_relative_to(self._site.resolve()):
            return "leads out of the site"
        if file.is_dir():
            file /= "index.html"
        if not file.is_file():
            return "there is no such file"
        if file == (self._site / "index.html").resolve() and parts.query:
            return self._viewer_fault(parse_qs(parts.query))
        if parts.fragment and file.suffix == ".html" and not parts.query:
            return self._anchor_fault(file, unquote(parts.fragment))
        return ""

    def _viewer_fault(self, query: dict[str, list[str]]) -> str:
        lecture = query.get("trace", [""])[0]
        step = query.get("step", ["0"])[0]
        if not lecture:
            return ""
        if lecture not in self._steps:
            return f"there is no lecture {lecture!r}"
        last = self._steps[lecture] - 1
        if not (step.isdecimal() and int(step) <= last):
            return f"there is no step {step}; the last is {last}"
        return ""

    def _anchor_fault(self, file: Path, anchor: str) -> str:
        if file not in self._ids:
            self._ids[file] = _parsed(file).ids
        return "" if anchor in self._ids[file] else f"the page has no {anchor!r}"


def _syntax(parts: SplitResult) -> str:
    host = parts.hostname or ""
    if not host or "." not in host.strip(".") or not re.fullmatch(r"[\w.-]+", host):
        return "an address without a host"
    if re.search(r"[\s<>\"{}|\\^`]", parts.geturl()):
        return "a character that no address has"
    return ""
