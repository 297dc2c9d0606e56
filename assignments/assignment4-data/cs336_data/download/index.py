"""Which crawls there are, which files they consist of, and where in them pages lie.

    crawls(client, folder)                     # ["CC-MAIN-2026-43", …], newest first
    paths(client, "CC-MAIN-2025-18", "wet")    # addresses of its 100,000 WET files
    captures(client, "CC-MAIN-2025-18", "example.org/*", limit=100)

The index (CDXJ) is one shared server: fine for hundreds of pages. For millions use the columnar
index, https://commoncrawl.org/columnar-index, or whole files.
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from cs336_basics.support.whole_file import whole_file

from cs336_data.download.client import Client, DownloadError, NotFoundError

DATA = "https://data.commoncrawl.org"
INDEX = "https://index.commoncrawl.org"
KINDS = ("warc", "wet", "wat")
CRAWL = re.compile(r"CC-MAIN-\d{4}-\d{2}(?:-\d{2})?")
_PATH = re.compile(r"(?:[A-Za-z0-9][\w.+=-]*/)*[A-Za-z0-9][\w.+=-]*")
MAX_RECORD = 100_000_000  # compressed bytes of one page


@dataclass(frozen=True, slots=True)
class Capture:
    """One page in a crawl: its record is `length` bytes at `offset` of the file `path`."""

    url: str
    path: str
    offset: int
    length: int


def crawls(client: Client, folder: Path, index: str = INDEX) -> list[str]:
    """Names of all crawls, newest first; the list is asked for once and kept in `folder`.

    Raises:
        DownloadError: it cannot be had.
    """
    kept = folder / "collinfo.json"
    if not kept.exists():
        body = client.read(f"{index}/collinfo.json")
        _crawl_names(body, kept.name)  # before it is kept
        folder.mkdir(parents=True, exist_ok=True)
        with whole_file(kept) as file:
            file.write(body)
    return _crawl_names(kept.read_bytes(), str(kept))


def _crawl_names(body: bytes, where: str) -> list[str]:
    try:
        return [str(entry["id"]) for entry in json.loads(body)]
    except (ValueError, TypeError, KeyError) as error:
        raise DownloadError(f"{where} is no list of crawls ({error}): remove it, ask again") from (
            error
        )


def paths(client: Client, crawl: str, kind: str, data: str = DATA) -> list[str]:
    """Paths of all files of a kind ("warc", "wet", "wat") of a crawl, in the published order.

    Raises:
        DownloadError: there is no such crawl, or what came is no list of paths.
    """
    check_crawl(crawl)
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {KINDS}, got {kind!r}")
    url = f"{data}/crawl-data/{crawl}/{kind}.paths.gz"
    try:
        lines = gzip.decompress(client.read(url)).decode("ascii").split()
    except (EOFError, OSError, UnicodeDecodeError, zlib.error) as error:
        if isinstance(error, DownloadError):
            raise
        raise DownloadError(f"{url}: no list of paths ({error})") from error
    return [checked_path(line) for line in lines]


def captures(
    client: Client, crawl: str, url: str, limit: int, index: str = INDEX
) -> Iterator[Capture]:
    """Pages (HTML, status 200) whose address matches `url`, which may end in *; at most `limit`.

    Raises:
        DownloadError: the index does not answer, or not in its format.
    """
    check_crawl(crawl)
    query = urlencode(
        [("url", url), ("output", "json"), ("limit", limit),
         ("filter", "=status:200"), ("filter", "mime-detected:text/html"),
         ("fl", "url,filename,offset,length")]
    )  # fmt: skip
    try:
        body = client.read(f"{index}/{crawl}-index?{query}")
    except NotFoundError:
        return  # how the index says that there are none
    for line in body.decode("utf-8", "replace").splitlines()[:limit]:
        if line.strip():
            yield _capture(line)


def _capture(line: str) -> Capture:
    try:
        found = json.loads(line)
        offset, length = int(found["offset"]), int(found["length"])
        capture = Capture(str(found["url"]), checked_path(found["filename"]), offset, length)
    except (ValueError, TypeError, KeyError) as error:
        raise DownloadError(f"the index answered {line[:100]!r}, no capture ({error})") from error
    if offset < 0 or not 0 < length <= MAX_RECORD:
        raise DownloadError(f"the index gave offset {offset}, length {length} for {capture.url}")
    return capture


def check_crawl(name: str) -> None:
    """Raise ValueError unless this can be a crawl's name."""
    if not CRAWL.fullmatch(name):
        raise ValueError(f"{name!r} is no crawl; they are called CC-MAIN-2025-18, see `crawls`")


def checked_path(path: object) -> str:
    """A path that stays below its server and below our folder.

    Raises:
        DownloadError: it does not.
    """
    if not isinstance(path, str) or not _PATH.fullmatch(path) or len(path) > 400:
        raise DownloadError(f"the server named a file {path!r:.120}: not a path that is used")
    return path
