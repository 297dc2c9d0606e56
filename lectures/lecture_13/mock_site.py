"""A small site on this machine that has what makes "the whole internet" false.

Ordinary pages, pages that robots.txt asks crawlers to leave alone, pages behind a log-in, pages
that a browser's script fills, a calendar without an end, and a limit on the rate of requests. Time
is simulated, so that nobody waits: the crawler lets it pass, and the limiter reads it.
"""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn

from lectures.lecture_13.pages import PAGES, render

HOST = "harbour.example"
ROBOTS = "User-agent: *\nDisallow: /drafts/\nDisallow: /admin.html\n"
SHELL = '<html><head><script src="/app.js"></script></head><body><div id="app"></div></body></html>'
KINDS = {
    "ordinary": "text, for anybody",
    "robots": "asked to leave alone",
    "log-in": "behind a log-in",
    "application": "filled by a script",
    "calendar": "a page for each month, without an end",
}


@dataclass
class Clock:
    """Simulated time, in seconds."""

    now: float = 0.0

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


@dataclass
class Limiter:
    """Answers at most `most` requests in any window of `seconds`."""

    clock: Clock
    most: int = 5
    seconds: float = 10.0
    answered: deque[float] = field(default_factory=deque)

    def admits(self) -> bool:
        """Whether a request that comes now is answered."""
        while self.answered and self.answered[0] <= self.clock.now - self.seconds:
            self.answered.popleft()
        if len(self.answered) >= self.most:
            return False
        self.answered.append(self.clock.now)
        return True


def paths() -> dict[str, str]:
    """Every page that the front page links to, with its kind; the calendar goes on from there."""
    found = {f"/{name}.html": "ordinary" for name in PAGES}
    found |= {f"/drafts/{i}.html": "robots" for i in range(1, 4)} | {"/admin.html": "robots"}
    found |= {f"/members/{name}.html": "log-in" for name in ("letters", "minutes", "photos")}
    found |= {f"/app/{name}.html": "application" for name in ("tides", "map", "webcam", "chat")}
    return found | {"/calendar/1.html": "calendar"}


def kind_of(path: str) -> str:
    """What kind of page lies at a path."""
    return paths().get(path, "calendar" if path.startswith("/calendar/") else "ordinary")


def answer(path: str) -> tuple[HTTPStatus, str]:
    """What the site answers to somebody without an account: status and body."""
    if path == "/robots.txt":
        return HTTPStatus.OK, ROBOTS
    if path == "/index.html":
        return HTTPStatus.OK, front_page()
    kind = kind_of(path)
    name = path.removeprefix("/").removesuffix(".html")
    if kind == "log-in":
        return HTTPStatus.UNAUTHORIZED, "<p>Members, please log in.</p>"
    if kind == "application":
        return HTTPStatus.OK, SHELL
    if kind == "calendar":
        month = int(name.rpartition("/")[2])
        more = f'<a href="/calendar/{month + 1}.html">next month</a>'
        return HTTPStatus.OK, f"<html><body><p>Nothing planned.</p>{more}</body></html>"
    if name in PAGES:
        return HTTPStatus.OK, render(name)
    if kind == "robots":
        return HTTPStatus.OK, "<p>Not finished.</p>"
    return HTTPStatus.NOT_FOUND, ""


def front_page() -> str:
    """Links to everything, one of them twice: once with a mark of where the visitor came from."""
    marked = f"http://www.{HOST}/ferry.html?utm_source=post#times"
    links = "".join(f'<li><a href="{path}">{path[1:-5]}</a></li>' for path in paths())
    return f'<html><body><ul>{links}<li><a href="{marked}">ferry</a></li></ul></body></html>'


@contextmanager
def served(limiter: Limiter) -> Iterator[int]:
    """Serve the site on a free port of 127.0.0.1, yield the port, and stop afterwards.

    Headers hold no date and no version, so that a visit is the same on every machine.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # one packet for headers and body: two would wait 40 ms for each other

        def do_GET(self) -> None:
            free = self.path == "/robots.txt"  # a crawler has to be able to ask
            if free or limiter.admits():
                status, text = answer(self.path)
            else:
                status, text = HTTPStatus.TOO_MANY_REQUESTS, ""
            body = text.encode()
            self.send_response_only(status)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: the crawler reports."""

    class Server(ThreadingMixIn, TCPServer):  # http.server's would look up the machine's name
        daemon_threads = True
        allow_reuse_address = True

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
