"""Citations: an arXiv id to a `Reference`.

Looked up in the lecture's own bibliography (committed, so that it records offline), then in the
cache under `var/files`, then at arXiv.
"""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lecture_tracer.authoring.assets import fetch_text
from lecture_tracer.course import bibliography
from lecture_tracer.errors import AssetError

_ARXIV = re.compile(
    r"(?:(?:https?://)?(?:www\.)?arxiv\.org/(?:abs|pdf)/|arxiv:\s*)?(\d{4}\.\d{4,5})(?:v\d+)?(?:\.pdf)?",
    re.IGNORECASE,
)
_ATOM = {"a": "http://www.w3.org/2005/Atom"}


@dataclass(frozen=True, slots=True)
class Reference:
    """A work that a lecture cites. Only `title` and `url` are needed."""

    title: str = ""
    authors: list[str] = field(default_factory=list)
    url: str = ""
    date: str = ""
    """Year, month or day in ISO form."""
    organization: str = ""
    description: str = ""
    """Abstract or summary."""
    notes: str = ""


def arxiv_id(text: str) -> str | None:
    """The id in `1706.03762`, `arXiv:1706.03762` or an arxiv.org address, else None."""
    match = _ARXIV.fullmatch(text.strip())
    return match[1] if match else None


def arxiv_reference(number: str, root: Path, lecture: str) -> Reference:
    """The record of an arXiv id that `lecture` cites.

    Raises AssetError when it is nowhere to be had.
    """
    url = f"https://arxiv.org/abs/{number}"
    own = bibliography(lecture)
    known = _read_bibliography(root / own).get(number)
    if known is not None:
        return Reference(
            title=known["title"],
            authors=list(known.get("authors", [])),
            url=url,
            date=known.get("date", ""),
            description=known.get("description", ""),
        )
    try:
        record = fetch_text(f"https://export.arxiv.org/api/query?id_list={number}", root, ".xml")
    except AssetError as error:
        raise AssetError(f"arXiv:{number} is not in {own}: {error}") from error
    return _parse_atom(record, number, url)


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
