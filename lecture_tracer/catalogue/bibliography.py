"""Every work that a course cites, once, with where it is used.

Input: traces. Output: `Bibliography`. A citation is a link with a title and somebody who made the
work. Two are of one work if they have the same arXiv number or the same address; what one of them
lacks (a date, more authors) is taken from the other.
"""

import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import urlsplit

from lecture_tracer.catalogue.passages import shown
from lecture_tracer.catalogue.sources import Course
from lecture_tracer.trace.schema import LinkRendering, Node, Trace

_ARXIV = re.compile(r"arxiv\.org/(?:abs|pdf)/(\d{4}\.\d{4,5}|[a-z-]+/\d{7})", re.IGNORECASE)
_NO_DATE = "9999"


class Citation(Node, frozen=True, kw_only=True):
    """A section of a lecture that cites a work."""

    lecture: str
    step: int
    """The first of the section that does."""
    section: str = ""
    """The heading above it, Markdown."""


class Work(Node, frozen=True, kw_only=True):
    """A paper, a page, a film, a program."""

    title: str
    authors: list[str] = []
    organization: str = ""
    date: str = ""
    """Year, month or day in ISO form, as far as it is known."""
    url: str
    arxiv: str = ""
    """Its number there."""
    notes: str = ""
    """What it shows, in the words of the lecture that says so first."""
    cited: list[Citation]
    """In the order of the course, one a section."""


class Bibliography(Node, frozen=True, kw_only=True):
    """`bibliography.json`."""

    works: list[Work]
    """By the name of the first author or of the organization, then by date and title."""


def bibliography(course: Course) -> Bibliography:
    """Every work of the course."""
    return Bibliography(works=works(course.traces.values()))


def works(traces: Iterable[Trace]) -> list[Work]:
    """Every work that the traces cite, sorted."""
    links: dict[str, LinkRendering] = {}
    places: dict[str, dict[tuple[str, str], Citation]] = {}
    for trace in traces:
        for one in shown(trace):
            link = one.output
            if not isinstance(link, LinkRendering) or not _is_citation(link):
                continue
            key = key_of(link.url)
            links[key] = _joined(links[key], link) if key in links else link
            place = Citation(lecture=trace.lecture, step=one.step, section=one.section)
            places.setdefault(key, {}).setdefault((trace.lecture, one.section), place)
    found = [_work(link, list(places[key].values())) for key, link in links.items()]
    return sorted(found, key=_order)


def key_of(url: str) -> str:
    """What addresses of one work have in common.

    >>> key_of("https://arxiv.org/pdf/1706.03762v5") == key_of("http://arxiv.org/abs/1706.03762")
    True
    """
    if number := arxiv_number(url):
        return f"arxiv:{number}"
    parts = urlsplit(url)
    host = parts.netloc.lower().removeprefix("www.")
    query = f"?{parts.query}" if parts.query else ""
    return f"{host}{parts.path.rstrip('/')}{query}"


def arxiv_number(url: str) -> str:
    """The number in an address of arXiv, without its version; empty for other addresses."""
    match = _ARXIV.search(url)
    return match[1].lower() if match else ""


def _is_citation(link: LinkRendering) -> bool:
    return bool(link.title and link.url and (link.authors or link.organization))


def _joined(one: LinkRendering, other: LinkRendering) -> LinkRendering:
    """Both descriptions of a work in one; what the first says counts."""
    return LinkRendering(
        url=one.url,
        title=one.title,
        authors=max(one.authors, other.authors, key=len),
        organization=one.organization or other.organization,
        date=one.date or other.date,
        notes=one.notes or other.notes,
    )


def _work(link: LinkRendering, cited: list[Citation]) -> Work:
    return Work(
        title=link.title,
        authors=link.authors,
        organization=link.organization,
        date=link.date,
        url=link.url,
        arxiv=arxiv_number(link.url),
        notes=link.notes,
        cited=cited,
    )


def _order(work: Work) -> tuple[str, str, str]:
    name = _family_name(work.authors[0]) if work.authors else work.organization
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode() or name
    return plain.casefold(), work.date or _NO_DATE, work.title.casefold()


def _family_name(author: str) -> str:
    """What an author is sorted by: `Team OLMo` as a whole, `Noam Shazeer` as Shazeer.

    >>> [_family_name(name) for name in ("Noam Shazeer", "Team OLMo", "OpenAI")]
    ['Shazeer', 'Team OLMo', 'OpenAI']
    """
    words = author.split()
    return author if "Team" in words or not words else words[-1]
