"""A small crawler: breadth first over links, robots.txt obeyed, each address once, bounded.

It visits the loopback site that serves the packages; its parts (frontier, canonical addresses,
robots) are those of a real one. Pages that no link reaches are visited last, from a list of seeds.
"""

from __future__ import annotations

import http.client
import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urldefrag, urljoin, urlsplit
from urllib.robotparser import RobotFileParser

from cs336_data.rules.urls import normalise_url

AGENT = "cs336-data-crawler/0.1 (loopback)"
MAX_BYTES = 20_000_000
MAX_URL = 400
_LINK = re.compile(rb"<a\b[^>]*?\shref\s*=\s*[\"']?([^\"'\s>]+)", re.I)


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer: the address asked for, the status, the headers, the body."""

    url: str
    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: bytes


class Crawler:
    """Visits hosts that are all served at one port of this machine.

    `visited`, `blocked` (by robots.txt) and `failed` can be read at any time.
    """

    def __init__(self, port: int, max_pages: int | None = None, max_depth: int = 20) -> None:
        self._port, self._max_pages, self._max_depth = port, max_pages, max_depth
        self._connection: http.client.HTTPConnection | None = None
        self._robots: dict[str, RobotFileParser] = {}
        self._seen: set[str] = set()
        self.visited = self.blocked = self.failed = 0

    def crawl(self, seeds: Iterable[str]) -> Iterator[Fetched]:
        """Yield pages; links lead on within the hosts of the seeds."""
        seeds = list(seeds)
        hosts = {urlsplit(seed).netloc for seed in seeds}
        try:
            for seed in seeds:
                yield from self._from(seed, hosts)
        finally:
            self.close()

    def close(self) -> None:
        """Close the connection."""
        if self._connection:
            self._connection.close()
            self._connection = None

    def _from(self, seed: str, hosts: set[str]) -> Iterator[Fetched]:
        frontier = deque([(seed, 0)])
        while frontier:
            if self._max_pages is not None and self.visited >= self._max_pages:
                return
            url, depth = frontier.popleft()
            key = normalise_url(url)
            if key in self._seen:
                continue
            self._seen.add(key)
            if not self._allowed(url):
                self.blocked += 1
                continue
            page = self.fetch(url)
            if page is None or page.status != 200:
                self.failed += 1
                continue
            self.visited += 1
            yield page
            if depth < self._max_depth:
                frontier += [
                    (link, depth + 1) for link in links(page) if urlsplit(link).netloc in hosts
                ]

    def fetch(self, url: str) -> Fetched | None:
        """Ask for one address; None if it cannot be had, or is larger than `MAX_BYTES`."""
        parts = urlsplit(url)
        path = parts.path or "/"
        try:
            if self._connection is None:
                self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
            headers = {"Host": parts.netloc, "User-Agent": AGENT}
            self._connection.request("GET", path, headers=headers)
            answer = self._connection.getresponse()
            body = answer.read(MAX_BYTES + 1)
        except (OSError, http.client.HTTPException, ValueError):
            self.close()
            return None
        if len(body) > MAX_BYTES:
            self.close()
            return None
        return Fetched(url, answer.status, answer.reason, answer.getheaders(), body)

    def _allowed(self, url: str) -> bool:
        host = urlsplit(url).netloc
        if host not in self._robots:
            rules = RobotFileParser()
            answer = self.fetch(f"http://{host}/robots.txt")
            found = answer is not None and answer.status == 200
            text = answer.body.decode("utf-8", "replace") if answer and found else ""
            rules.parse(text.splitlines())
            self._robots[host] = rules
        return self._robots[host].can_fetch(AGENT, url)


def links(page: Fetched) -> Iterator[str]:
    """Addresses of other pages, absolute, without fragments."""
    for found in _LINK.findall(page.body):
        try:
            url = urldefrag(urljoin(page.url, found.decode("utf-8"))).url
        except ValueError:
            continue
        path = urlsplit(url).path
        if len(url) <= MAX_URL and url.startswith("http://") and ".htm" in path:
            yield url
