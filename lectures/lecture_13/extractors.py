"""Three ways from a page to its text: without tags, by the shape of its blocks, as a tree.

The third is assignment 4's, with resiliparse; the second is in the manner of jusText (Pomikálek
2011): blocks are judged by length, links and function words alone.
"""

import html
import re
from collections.abc import Callable, Mapping
from statistics import mean

from cs336_data.extract import extract

from lectures.lecture_13.pages import KINDS, PAGES, kept_by_kind, render

_BREAK = re.compile(
    r"</?(?:p|div|li|ul|tr|td|th|table|h1|nav|main|footer|pre|button|body|html|head)\b[^>]*>", re.I
)
_INVISIBLE = re.compile(r"<(script|style|title)\b.*?</\1>", re.I | re.S)
_LINK = re.compile(r"<a\b[^>]*>(.*?)</a>", re.I | re.S)
FUNCTION_WORDS = frozenset(
    re.findall(
        r"\w+",
        """a about after again against an and any as at be because been between but by for from had
        has have he in into is it its no not of on or out she since so that the their them there
        they this to until was we were what when which while will with without would you""",
    )
)
MIN_WORDS, MAX_LINKS, MIN_FUNCTION = 10, 0.2, 0.3


def strip_tags(page: str) -> str:
    """Every visible word: tags go, blocks end lines. What a WET file holds is of this kind."""
    page = _INVISIBLE.sub("", page)
    lines = html.unescape(re.sub(r"<[^>]*>", "", _BREAK.sub("\n", page))).splitlines()
    return "\n".join(line.strip() for line in lines if line.strip())


def by_blocks(page: str) -> str:
    """Blocks that look like running text: long, hardly any links, many function words."""
    blocks = [b for b in _BREAK.split(_INVISIBLE.sub("", page)) if b.strip()]
    return "\n".join(strip_tags(block) for block in blocks if looks_like_prose(block))


def looks_like_prose(block: str) -> bool:
    """Judge one block of markup by its shape."""
    shape = measures(block)
    if shape["words"] < MIN_WORDS or shape["in links"] > MAX_LINKS:
        return False
    return shape["function words"] >= MIN_FUNCTION


def measures(block: str) -> dict[str, float]:
    """Number of words, share of them in links, share of function words."""
    words = strip_tags(block).lower().split()
    linked = sum(len(strip_tags(found).split()) for found in _LINK.findall(block))
    function = sum(word.strip(".,;:!?") in FUNCTION_WORDS for word in words)
    count = max(len(words), 1)
    return {"words": len(words), "in links": linked / count, "function words": function / count}


EXTRACTORS: dict[str, Callable[[str], str]] = {
    "without tags": strip_tags,
    "by blocks": by_blocks,
    "main content": extract,
}


def kept() -> dict[str, dict[str, float]]:
    """For each extractor, the share of words kept of each kind of block, mean over the pages."""
    return {name: _mean_shares(way) for name, way in EXTRACTORS.items()}


def _mean_shares(way: Callable[[str], str]) -> dict[str, float]:
    shares: list[Mapping[str, float]] = [kept_by_kind(n, way(render(n))) for n in PAGES]
    return {
        kind: round(mean(share[kind] for share in shares if kind in share), 3) for kind in KINDS
    }
