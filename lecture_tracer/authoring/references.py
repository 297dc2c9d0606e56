"""Citations: an arXiv id to a `Reference`.

Looked up in the lecture's own bibliography (committed, so that it records offline), then in the
cache under `var/files`, then at arXiv.
"""

import json
import re
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any

from lecture_tracer.authoring import arguments
from lecture_tracer.authoring.assets import fetch_text, older_copy
from lecture_tracer.course import bibliography
from lecture_tracer.errors import AssetError

_ARXIV = re.compile(
    r"(?:(?:https?://)?(?:www\.)?arxiv\.org/(?:abs|pdf)/|arxiv:\s*)?(\d{4}\.\d{4,5})(?:v\d+)?(?:\.pdf)?",
    re.IGNORECASE,
)
_ATOM = {"a": "http://www.w3.org/2005/Atom"}


@dataclass(frozen=True, slots=True)
class Reference:
    """A work that a lecture cites. Only `title` and `url` are needed.

    Takes what is meant: a date or a year as a number, one author as a string, None for "unknown".
    Raises TypeError, naming the field, for what is no text.
    """

    title: str = ""
    authors: list[str] = field(default_factory=list)
    url: str = ""
    date: str = ""
    """Year, month or day in ISO form."""
    organization: str = ""
    description: str = ""
    """Abstract or summary."""
    notes: str = ""

    @property
    def label(self) -> str:
        """A short name: `[Vaswani+ 2017]`, the title where there are no authors, or the address."""
        if not self.authors:
            return f"[{self.title or self.url}]"
        first = self.authors[0]
        name = first if "Team" in first.split() else (first.split() or ["?"])[-1]
        return f"[{name}{'+' if len(self.authors) > 1 else ''} {self.date[:4] or '?'}]"

    def __post_init__(self) -> None:
        for name in self.__dataclass_fields__:
            plain = arguments.strings if name == "authors" else arguments.string
            # The class is frozen for its users.
            object.__setattr__(self, name, plain(getattr(self, name), f"Reference({name}=)"))


def as_reference(found: object) -> Reference | None:
    """A citation, also one made with another engine's or the course's own class; else None.

    Such a class is a dataclass with `title` and `url` among its fields.
    """
    if isinstance(found, Reference):
        return found
    if isinstance(found, type) or not is_dataclass(found):
        return None
    if not {"title", "url"} <= {f.name for f in fields(found)}:
        return None
    names = Reference.__dataclass_fields__
    return Reference(**{name: getattr(found, name, None) for name in names})  # type: ignore[arg-type]


def arxiv_id(text: str) -> str | None:
    """The id in `1706.03762`, `arXiv:1706.03762` or an arxiv.org address, else None."""
    match = _ARXIV.fullmatch(text.strip())
    return match[1] if match else None


def arxiv_reference(number: str, root: Path, lecture: str) -> Reference:
    """The record of an arXiv id that `lecture` cites.

    Raises AssetError when it is nowhere to be had.
    """
    url = f"https://arxiv.org/abs/{number}"
    known = _read_bibliography(root / bibliography(lecture)).get(number)
    if known is not None:
        return Reference(
            title=known["title"],
            authors=list(known.get("authors", [])),
            url=url,
            date=known.get("date", ""),
            description=known.get("description", ""),
        )
    page = older_copy(url, root)
    if (
        page is not None
        and (found := _parse_page(page.decode("utf-8", "replace"), url)) is not None
    ):
        return found
    record = fetch_text(f"https://export.arxiv.org/api/query?id_list={number}", root, ".xml")
    return _parse_atom(record, number, url)


def _parse_page(text: str, url: str) -> Reference | None:
    """The record in the copy of an arXiv page that an older engine kept; None if it has none."""
    from html.parser import HTMLParser  # only for such copies

    entries: dict[str, list[str]] = {}

    class Page(HTMLParser):
        """Collects the `<meta>` entries by name or property."""

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            given = dict(attrs)
            name = given.get("name") or given.get("property")
            if tag == "meta" and name:
                words = " ".join((given.get("content") or "").split())
                entries.setdefault(name, []).append(words)

    Page().feed(text)
    title = entries.get("citation_title", [""])[0]
    if not title:
        return None
    names = entries.get("citation_author", [])
    return Reference(
        title=title,
        authors=[" ".join(reversed(name.split(", ", 1))) for name in names],
        url=url,
        date=entries.get("citation_date", [""])[0].replace("/", "-"),
        description=entries.get("og:description", [""])[0],
    )


def _parse_atom(record: str, number: str, url: str) -> Reference:
    if "<!DOCTYPE" in record or "<!ENTITY" in record:
        raise AssetError(f"arXiv:{number}: the answer is not an Atom record")
    import xml.etree.ElementTree as ET  # only for papers outside the bibliography

    try:
        entry = ET.fromstring(record).find("a:entry", _ATOM)
    except ET.ParseError as error:
        raise AssetError(f"arXiv:{number}: the answer is not an Atom record") from error
    title = None if entry is None else entry.findtext("a:title", namespaces=_ATOM)
    if entry is None or not title or title == "Error":
        raise AssetError(f"arXiv:{number}: arXiv knows no such paper")
    names = [name.text or "" for name in entry.findall("a:author/a:name", _ATOM)]
    return Reference(
        title=" ".join(title.split()),
        authors=names,
        url=url,
        date=entry.findtext("a:published", "", _ATOM)[:10],
        description=" ".join(entry.findtext("a:summary", "", _ATOM).split()),
    )


def _read_bibliography(path: Path) -> dict[str, dict[str, Any]]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise AssetError(f"{path.parent.name}/{path.name} is not JSON: {error}") from error
    return found if isinstance(found, dict) else {}
