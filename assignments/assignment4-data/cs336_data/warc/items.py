"""What comes out of an archive: pages, and for every other record the reason why it is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record begins: `offset` bytes into the file; `ordinal` counts records from there on.

    Reading can begin again at the place of any item that was yielded.
    """

    offset: int
    ordinal: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """A record with a page: HTML as bytes, or text that is extracted already (WET)."""

    place: Place
    kind: Literal["html", "text"]
    body: bytes
    url: str
    date: str
    record_id: str
    charset: str | None = None
    label: str | None = None  # of planted pages: what they are


@dataclass(frozen=True, slots=True)
class Skipped:
    """A record (or a damaged stretch) without a page: one entry in the accounts."""

    place: Place
    reason: str
    detail: str = ""
    label: str | None = None


Item = Page | Skipped
