"""Stages of published pipelines, as shares of what each paper counted first, and of our own sample.

Only numbers that the papers give are here. Units differ (tokens, documents, bytes), so two lines of
the chart are compared in kind, never digit by digit.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cs336_data.decision import Decision
from cs336_data.extract import decode_html, extract
from cs336_data.rules import fineweb, gopher_quality, gopher_repetition, language
from cs336_data.text.view import View
from cs336_data.warc.items import Page
from cs336_data.warc.reader import read_archive

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "assignments" / "assignment4-data" / "sample" / "sample.warc.gz"


@dataclass(frozen=True)
class Funnel:
    """A pipeline: what is counted, and how much of it is left after each stage."""

    name: str
    unit: str
    left: Mapping[str, float]
    work: str

    def shares(self) -> dict[str, float]:
        """What is left as a share of the first stage."""
        first = next(iter(self.left.values()))
        return {stage: amount / first for stage, amount in self.left.items()}


PUBLISHED = [
    Funnel(
        "GPT-3's crawl", "GB", {"41 crawls, as text": 45_000, "classifier, duplicates": 570},
        "2005.14165",
    ),
    Funnel("C4", "T tokens", {"one crawl, as text": 1.4, "rules, duplicates": 0.156}, "1910.10683"),
    Funnel(
        "RefinedWeb", "documents", {"extracted": 1.0, "language, rules, duplicates": 0.11},
        "2306.01116",
    ),
    Funnel(
        "DCLM", "T tokens", {"extracted": 240, "rules, duplicates, classifier": 3.8}, "2406.11794"
    ),
    Funnel(
        "FineWeb, Edu", "T tokens",
        {"English, Gopher's rules": 36, "near duplicates": 20, "C4's and own rules": 15,
         "educational": 1.3},
        "2406.17557",
    ),
]  # fmt: skip

REMOVED_BY_STEP = [
    ["Dolma", "language and duplicate paragraphs (CCNet)", 84.2],
    ["Dolma", "same address", 53.2],
    ["Dolma", "same text", 14.9],
    ["Dolma", "same paragraph", 18.7],
    ["Dolma", "rules of Gopher, C4 without punctuation", 38.0],
    ["FineWeb", "C4's rule of punctuation (tried, not used)", 30.0],
    ["FineWeb", "C4's other rules", 7.0],
    ["FineWeb", "its own three rules", 22.0],
    ["FineWeb-Edu", "not educational enough", 92.0],
]


def of_sample(path: Path = SAMPLE) -> dict[str, int]:
    """Records of the committed sample that are left after each stage, by assignment 4's rules."""
    gone = Counter[str]()
    total = 0
    for item in read_archive(path):
        total += 1
        gone[stage_of(item) if isinstance(item, Page) else "pages"] += 1
    stages = ["pages", "English", "Gopher quality", "Gopher repetition", "FineWeb"]
    left = {"records": total}
    for stage in stages:
        total -= gone[stage]
        left[stage] = total
    return left


def stage_of(page: Page) -> str:
    """The stage that a page is lost at, or "kept"."""
    body = page.body
    html = page.kind == "html"
    text = extract(decode_html(body, page.charset)) if html else body.decode("utf-8", "replace")
    view = View(text)
    if not language.decide(text).keep:
        return "English"
    rules: dict[str, Callable[[View], Decision]] = {
        "Gopher quality": gopher_quality.decide,
        "Gopher repetition": gopher_repetition.decide,
        "FineWeb": fineweb.decide,
    }
    return next((name for name, decide in rules.items() if not decide(view).keep), "kept")
