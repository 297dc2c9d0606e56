"""Asks a server politely: one request at a time, pauses, growing waits after refusals.

Common Crawl's servers are shared by everybody. They answer 503 when asked too often, and 403, for a
day, when that is ignored. So: a User-Agent with a contact, one connection, a pause between
requests, waits that double with jitter after a 429, a 5xx or a broken connection (or as long as
`Retry-After` says), and a stop at the first 403.
"""

from __future__ import annotations

import http.client
import random
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from typing import Any, TypeVar
from urllib.parse import urlsplit

Result = TypeVar("Result")

AGENT = "cs336-data/0.1 (+contact: {contact})"
RETRIED = (429, 500, 502, 503, 504)
MAX_WAIT = 120.0  # seconds
NETWORK_ERRORS = (OSError, http.client.HTTPException)  # urllib's are OSErrors
MAX_SMALL = 64_000_000  # bytes of an answer that is held in memory


class DownloadError(OSError):
    """An answer that cannot be used: what was asked, what came, what to do."""


class TransientError(DownloadError):
    """One that may be another the next time."""

    def __init__(self, message: str, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after


class NotFoundError(DownloadError):
    """The server has no such thing."""


class PastTheEndError(DownloadError):
    """A file was asked for from its end on; `total` is its size, if the server says so."""

    def __init__(self, message: str, total: int | None) -> None:
        super().__init__(message)
        self.total = total


class Answer:
    """What a server answers. Errors of the network come out of `read` as TransientError, so that
    none of them is taken for one of a file that is written meanwhile.
    """

    def __init__(self, url: str, response: Any) -> None:
        self._url, self._response = url, response
        self.status = int(response.status)
        self.headers: Message = response.headers

    def read(self, size: int) -> bytes:
        """Up to `size` bytes; none at the end."""
        try:
            return bytes(self._response.read(size))
        except NETWORK_ERRORS as error:
            raise TransientError(f"{self._url}: {error}") from error

    def check_length(self, received: int) -> None:
        """Raise TransientError unless as many bytes came as were announced."""
        announced = self.headers.get("Content-Length") or ""
        if announced.isdigit() and received != int(announced):
            raise TransientError(f"{self._url}: {received:,} of {int(announced):,} bytes came")


@dataclass
class Client:
    """How to ask. `sleep` is what waits; tests give one that does not."""

    contact: str
    pause: float = 1.0
    attempts: int = 8
    timeout: float = 60.0
    sleep: Callable[[float], None] = time.sleep

    def __post_init__(self) -> None:
        contact = self.contact.strip()
        if not contact or not contact.isprintable() or not contact.isascii():
            raise ValueError(f"contact must be an address that a person reads, got {contact!r}")
        self._last = -float("inf")
        self._random = random.Random()
        self.requests = self.waits = 0

    def read(self, url: str) -> bytes:
        """The body of a small answer.

        Raises:
            DownloadError: it cannot be had.
        """

        def once() -> bytes:
            with self.opened(url) as answer:
                body = answer.read(MAX_SMALL + 1)
                if len(body) > MAX_SMALL:
                    raise DownloadError(f"{url}: more than {MAX_SMALL:,} bytes")
                answer.check_length(len(body))
                return body

        return self.retried(once)

    def retried(self, ask: Callable[[], Result]) -> Result:
        """The result of `ask`, tried again after errors that may pass.

        Raises:
            DownloadError: it failed for good, or as often as allowed.
        """
        for attempt in range(1, self.attempts + 1):
            try:
                return ask()
            except TransientError as error:
                if attempt == self.attempts:
                    raise DownloadError(f"{error}; given up after {attempt} attempts") from error
                wait = min(MAX_WAIT, 2.0 ** (attempt - 1)) * self._random.uniform(0.5, 1.5)
                self.waits += 1
                self.sleep(min(MAX_WAIT, max(wait, error.after or 0.0)))
        raise ValueError(f"attempts must be at least 1, got {self.attempts}")

    @contextmanager
    def opened(self, url: str, headers: dict[str, str] | None = None) -> Iterator[Answer]:
        """An answer to read from, asked for once.

        Raises:
            TransientError: it may come the next time.
            DownloadError: it will not.
        """
        if urlsplit(url).scheme not in ("http", "https"):
            raise DownloadError(f"{url}: only http and https")
        self._rest()
        agent = AGENT.format(contact=self.contact.strip())
        request = urllib.request.Request(url, headers={"User-Agent": agent, **(headers or {})})
        self.requests += 1
        try:
            try:
                response = urllib.request.urlopen(request, timeout=self.timeout)
            except urllib.error.HTTPError as error:
                with error:
                    raise _refusal(url, error) from error
            except NETWORK_ERRORS as error:
                raise TransientError(f"{url}: {getattr(error, 'reason', error)}") from error
            with response:
                yield Answer(url, response)
        finally:
            self._last = time.monotonic()

    def _rest(self) -> None:
        left = self._last + self.pause - time.monotonic()
        if left > 0:
            self.sleep(left)


def _refusal(url: str, error: urllib.error.HTTPError) -> DownloadError:
    if error.code == 403:
        return DownloadError(
            f"{url}: 403, the server refuses; stop, wait a day and ask less often (--pause)"
        )
    if error.code in RETRIED:
        after = error.headers.get("Retry-After", "")
        seconds = float(after) if after.isdigit() else None
        return TransientError(f"{url}: {error.code} {error.reason}", seconds)
    if error.code == 416:
        found = re.fullmatch(r"bytes \*/(\d+)", error.headers.get("Content-Range") or "")
        total = int(found[1]) if found else None
        return PastTheEndError(f"{url}: 416, no such range", total)
    if error.code == 404:
        return NotFoundError(f"{url}: 404, there is no such thing")
    return DownloadError(f"{url}: {error.code} {error.reason}")
