"""Fetch files or single pages of Common Crawl, politely; for those with a network.

    python -m cs336_data.download files --crawl CC-MAIN-2025-18 --kind wet --count 2 \\
        --output warc --contact you@example.org
    python -m cs336_data.download pages --crawl CC-MAIN-2025-18 --url 'example.org/*' --count 20 \\
        --output warc --contact you@example.org

One connection at a time. A file is written as NAME.part and goes on from there with a range after a
failure; it takes its name when it is complete. 429 and 5xx are tried again after a growing pause
with jitter; 403 means that the service has had enough of this address, so the command stops.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse
from pathlib import Path

from cs336_basics.support.command_line import exit_status
from cs336_basics.support.whole_file import whole_file
from tqdm import tqdm

DATA, INDEX = "https://data.commoncrawl.org", "https://index.commoncrawl.org"
CHUNK = 1 << 18
RETRIES = 8
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 120.0  # seconds


class DownloadError(ValueError):
    """Something cannot be had, and what to do."""


class RangeError(DownloadError):
    """The file ends before the byte that was asked for."""


@dataclass
class Client:
    """Asks one server at a time and waits between tries. `sleep` is replaced in tests."""

    contact: str
    data: str = DATA
    index: str = INDEX
    sleep: Callable[[float], None] = time.sleep
    random: random.Random = field(default_factory=random.Random)

    def __post_init__(self) -> None:
        if "@" not in self.contact and not self.contact.startswith("http"):
            raise DownloadError("--contact takes an e-mail or web address: operators ask for one")

    def open(self, url: str, first: int = 0, last: int | None = None) -> HTTPResponse:
        """A response to a GET, of a range if `first` or `last` are given.

        Raises:
            DownloadError: 403, 404 and the like, or no answer after all tries.
        """
        request = urllib.request.Request(
            url, headers={"User-Agent": f"cs336-data ({self.contact})"}
        )
        if first or last is not None:
            request.add_header("Range", f"bytes={first}-{'' if last is None else last}")
        for attempt in range(RETRIES):
            try:
                response: HTTPResponse = urllib.request.urlopen(request, timeout=60)
            except urllib.error.HTTPError as error:
                if error.code == 403:
                    raise DownloadError(f"{url}: 403, the service refuses; try tomorrow") from error
                if error.code == 416:
                    raise RangeError(f"{url}: has no byte {first}") from error
                if error.code != 429 and error.code < 500:
                    raise DownloadError(f"{url}: {error.code} {error.reason}") from error
                why = f"{error.code} {error.reason}"
            except (OSError, HTTPException) as error:
                why = str(error)
            else:
                return response
            self.pause(attempt)
        raise DownloadError(f"{url}: {why}, {RETRIES} times; run the command again later")

    def pause(self, attempt: int) -> None:
        """Wait twice as long as before, somewhere between half and all of it."""
        longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2**attempt)
        self.sleep(longest * self.random.uniform(0.5, 1.0))

    def paths(self, crawl: str, kind: str) -> list[str]:
        """Paths of all files of a crawl."""
        with self.open(f"{self.data}/crawl-data/{crawl}/{kind}.paths.gz") as response:
            return gzip.decompress(response.read()).decode().split()

    def download(self, path: str, folder: Path) -> Path:
        """Fetch a file, or the rest of it; a complete one is left alone.

        Raises:
            DownloadError: it cannot be had, or ends up with another size than the server said.
        """
        target = folder / path.rsplit("/", 1)[1]
        if target.exists():
            return target
        folder.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f"{target.name}.part")
        size = total = 0
        for attempt in range(RETRIES):
            have = part.stat().st_size if part.exists() else 0
            try:
                total = self._append(f"{self.data}/{path}", part, have)
            except RangeError:
                part.unlink()  # of another file than this one
                continue
            size = part.stat().st_size
            if size == total:
                part.replace(target)
                return target
            if size > total:
                part.unlink()
            self.pause(attempt)
        raise DownloadError(f"{part}: {size:,} of {total:,} bytes; run the command again")

    def _append(self, url: str, part: Path, have: int) -> int:
        """Append what comes from byte `have` on; returns the size that the whole should have."""
        with self.open(url, first=have) as response, part.open("ab") as file:
            if have and response.status != 206:  # the server sends everything again
                file.truncate(0)
                have = 0
            total = have + int(response.headers.get("Content-Length") or 0)
            span = response.headers.get("Content-Range", "")
            if "/" in span and span.rsplit("/", 1)[1].isdigit():
                total = int(span.rsplit("/", 1)[1])
            with tqdm(
                total=total, initial=have, unit="B", unit_scale=True, desc=part.stem[:40]
            ) as bar:
                try:
                    while chunk := response.read(CHUNK):
                        file.write(chunk)
                        bar.update(len(chunk))
                except (OSError, HTTPException):
                    pass  # what came is kept; the caller sees that it is not all
        return total

    def lookup(self, crawl: str, url: str, count: int) -> Iterator[dict[str, str]]:
        """Entries of the index for an address or a pattern, HTML pages that were answered with
        200.
        """
        query = urllib.parse.urlencode(
            [("url", url), ("output", "json"), ("limit", str(count)), ("filter", "=status:200"),
             ("filter", "=mime:text/html")]
        )  # fmt: skip
        with self.open(f"{self.index}/{crawl}-index?{query}") as response:
            for line in response.read().decode().splitlines():
                yield json.loads(line)

    def record(self, entry: dict[str, str]) -> bytes:
        """The gzip member of one record, by range."""
        first, length = int(entry["offset"]), int(entry["length"])
        with self.open(f"{self.data}/{entry['filename']}", first, first + length - 1) as response:
            data = response.read(length + 1)
        if len(data) != length:
            raise DownloadError(f"{entry['filename']} at {first}: {len(data)} of {length} bytes")
        return data


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    options = _parser().parse_args(arguments)
    return exit_status(lambda: _run(options))


def _run(options: argparse.Namespace) -> None:
    client = Client(options.contact, options.data_url, options.index_url)
    if options.what == "files":
        paths = client.paths(options.crawl, options.kind)[options.first :][: options.count]
        for path in paths:
            print(client.download(path, options.output))
        return
    entries = list(client.lookup(options.crawl, options.url, options.count))
    options.output.mkdir(parents=True, exist_ok=True)
    name = urllib.parse.quote(options.url, safe="")[:80]
    target = options.output / f"{name}.warc.gz"
    with whole_file(target) as file:
        for entry in tqdm(entries, unit="page"):
            file.write(client.record(entry))
    print(f"{target}: {len(entries)} pages")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m cs336_data.download", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("what", choices=("files", "pages"))
    parser.add_argument("--crawl", required=True, help="as CC-MAIN-2025-18")
    parser.add_argument("--contact", required=True, help="how operators can reach you")
    parser.add_argument("--output", type=Path, default=Path("warc"))
    parser.add_argument("--count", type=int, default=1, help="files or pages")
    parser.add_argument("--first", type=int, default=0, help="number of the first file")
    parser.add_argument("--kind", choices=("warc", "wet"), default="warc")
    parser.add_argument("--url", help="of pages, as 'example.org/*'")
    parser.add_argument("--data-url", default=DATA, help="another mirror")
    parser.add_argument("--index-url", default=INDEX)
    return parser


if __name__ == "__main__":
    sys.exit(main())
