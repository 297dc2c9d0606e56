"""From a web page to text, the simplest way, and two numbers that say how good the text is."""

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

PAGES = Path(__file__).parent / "pages"
STOP_WORDS = frozenset(
    ["the", "be", "to", "of", "and", "that", "have", "with", "is", "was", "it", "in", "a", "for"]
)
"""Words that nearly every English sentence has and that lists and menus lack."""


@dataclass(frozen=True)
class PageReport:
    """What is left of one page."""

    page: str
    html_bytes: int
    text_bytes: int
    words: int
    stop_words: int

    @property
    def ratio(self) -> float:
        """Share of the page that is text."""
        return self.text_bytes / self.html_bytes

    @property
    def stop_words_percent(self) -> float:
        """Stop words in a hundred words: a long page does not win by its length."""
        return 100 * self.stop_words / self.words if self.words else 0.0


class _TextExtractor(HTMLParser):
    SILENT = frozenset({"script", "style", "noscript", "title"})

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._silent_in = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent_in += tag in self.SILENT

    def handle_endtag(self, tag: str) -> None:
        self._silent_in -= tag in self.SILENT

    def handle_data(self, data: str) -> None:
        if not self._silent_in and data.strip():
            self.parts.append(" ".join(data.split()))


def html_to_text(html: str) -> str:
    """The text between the tags, one line a piece, without scripts and styles."""
    extractor = _TextExtractor()
    extractor.feed(html)
    extractor.close()
    return "\n".join(extractor.parts)


def report(path: Path) -> PageReport:
    """Measure one page."""
    html = path.read_text(encoding="utf-8")
    text = html_to_text(html)
    words = re.findall(r"[a-z']+", text.lower())
    return PageReport(
        page=path.stem,
        html_bytes=len(html.encode()),
        text_bytes=len(text.encode()),
        words=len(words),
        stop_words=sum(word in STOP_WORDS for word in words),
    )


REPORT_COLUMNS = ["page", "bytes of HTML", "bytes of text", "ratio", "words", "stop words, %"]


def report_rows(reports: list[PageReport]) -> list[list[str | int | float]]:
    """Rows for a table under `REPORT_COLUMNS`."""
    return [
        [
            page.page,
            page.html_bytes,
            page.text_bytes,
            round(page.ratio, 2),
            page.words,
            round(page.stop_words_percent),
        ]
        for page in reports
    ]
