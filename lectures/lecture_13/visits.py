"""A visit of the mock site by the crawler of assignment 4, with what became of every address."""

from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from cs336_data.crawl.crawler import Crawler, Fetched
from cs336_data.extract import extract

from lectures.lecture_13.mock_site import HOST, Clock, Limiter, kind_of, served

FATES = {
    "text": "text was taken home",
    "no text": "fetched, and there is no text",
    "left alone": "robots.txt asks to",
    "refused": "401: log in first",
    "too fast": "429: too many requests",
}
SEED = f"http://{HOST}/index.html"


@dataclass
class Visit:
    """What became of each path, in the order of asking; simulated seconds; whether it came back."""

    fates: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    def counts(self) -> dict[str, int]:
        """How many paths met each fate."""
        met = Counter(self.fates.values())
        return {fate: met[fate] for fate in FATES if met[fate]}

    def by_kind(self) -> dict[str, dict[str, int]]:
        """The same for each kind of page."""
        table: dict[str, Counter[str]] = {}
        for path, fate in self.fates.items():
            table.setdefault(kind_of(path), Counter())[fate] += 1
        return {kind: dict(met) for kind, met in table.items()}


class Visitor(Crawler):
    """The crawler, with a pause before each request and a diary; its port is never shown."""

    def __init__(self, port: int, clock: Clock, pause: float, max_depth: int) -> None:
        super().__init__(port, max_depth=max_depth)
        self._clock, self._pause = clock, pause
        self.visit = Visit()

    def fetch(self, url: str) -> Fetched | None:
        """Wait, ask, and note what came."""
        self._clock.wait(self._pause)
        page = super().fetch(url)
        path = urlsplit(url).path
        if page is not None and path not in ("/robots.txt", "/index.html"):
            self.visit.fates[path] = fate_of(page)
        self.visit.seconds = self._clock.now
        return page

    def _allowed(self, url: str) -> bool:
        allowed = super()._allowed(url)
        if not allowed:
            self.visit.fates[urlsplit(url).path] = "left alone"
        return allowed

    def __trace_value__(self) -> object:
        return {"visited": self.visited, "blocked": self.blocked, "failed": self.failed}


def fate_of(page: Fetched) -> str:
    """What an answer amounts to."""
    if page.status == 401:
        return "refused"
    if page.status == 429:
        return "too fast"
    return "text" if extract(page.body.decode(), "main").strip() else "no text"


def visit(pause: float = 2.0, max_depth: int = 4) -> Visit:
    """Crawl the mock site from its front page, `pause` simulated seconds before each request."""
    clock = Clock()
    with served(Limiter(clock)) as port:
        visitor = Visitor(port, clock, pause, max_depth)
        for _ in visitor.crawl([SEED]):
            pass
    return visitor.visit


def one_page(path: str) -> Fetched:
    """A single page of the site, as the crawler gets it."""
    clock = Clock()
    with served(Limiter(clock)) as port:
        visitor = Visitor(port, clock, 0, 1)
        page = visitor.fetch(f"http://{HOST}{path}")
        visitor.close()
    assert page is not None
    return page
