"""Five pages of an invented harbour town, in blocks of known kinds, so that losses can be counted.

All of it was written for this lecture.
"""

import html
import re
from collections import Counter
from dataclasses import dataclass

KINDS = ["article", "list", "table", "code", "comments", "menu", "cookies", "footer"]
WANTED = ["article", "list", "table", "code", "comments"]
"""Kinds that a reader comes for; the others are the frame around them."""


@dataclass(frozen=True)
class Block:
    """A part of a page: what it is, and its HTML."""

    kind: str
    markup: str

    @property
    def words(self) -> list[str]:
        """Its visible words, in lower case."""
        return words(html.unescape(re.sub(r"<[^>]*>", " ", self.markup)))


def words(text: str) -> list[str]:
    """Runs of letters and digits, in lower case."""
    return re.findall(r"[^\W_]+", text.lower())


MENU = Block(
    "menu",
    '<nav class="menu"><ul><li><a href="/index.html">Home</a></li><li><a href="/shop.html">Shop</a>'
    '</li><li><a href="/ferry.html">Timetables</a></li><li><a href="/forum.html">Forum</a></li>'
    '<li><a href="/app/map.html">Town map</a></li></ul></nav>',
)
COOKIES = Block(
    "cookies",
    '<div id="consent"><p>We and our 418 partners store biscuits on your device to personalise '
    "advertising, measure audiences and remember that you dislike this banner.</p>"
    "<button>Accept everything</button> <button>Preferences</button></div>",
)
FOOTER = Block(
    "footer",
    '<footer><p>Imprint · Privacy · Press · © Harbour Council 2026 · Follow us: <a href="#">'
    'Mastodon</a> <a href="#">Newsletter</a></p></footer>',
)

FERRY = [
    Block(
        "article",
        "<h1>The winter ferry sails again</h1><p>The small ferry between the old harbour and the "
        "island resumes its service on Monday, after three weeks in dry dock. Its engine had been "
        "making a noise that the captain compared to a piano falling down stairs. Mechanics found "
        "a bearing that was older than most of the passengers.</p><p>Islanders had lived on what "
        "the fishing boats brought, and the school moved its lessons into the chapel, since the "
        "teacher happened to be on the right side of the water. From next week she will be able to "
        "go home again in the evening.</p>",
    ),
    Block(
        "table",
        "<table><tr><th>Leaves</th><th>Arrives</th><th>Runs</th></tr><tr><td>07:15</td><td>08:05"
        "</td><td>weekdays</td></tr><tr><td>12:40</td><td>13:30</td><td>daily</td></tr><tr>"
        "<td>18:20</td><td>19:10</td><td>Sundays</td></tr></table>",
    ),
]
RECIPE = [
    Block(
        "article",
        "<h1>Leek soup for a stormy evening</h1><p>My grandmother cooked this whenever the wind "
        "turned north, and claimed that the smell alone would bring the boats in. Wash the leeks "
        "carefully, because sand hides between their leaves. Soften them slowly in butter without "
        "letting them brown, add the potatoes and the stock, and simmer until a spoon meets no "
        "resistance.</p>",
    ),
    Block(
        "list",
        "<ul><li>4 thick stems, white part</li><li>500 g floury tubers</li><li>1 litre broth</li>"
        "<li>nutmeg, pepper</li></ul>",
    ),
]
MANUAL = [
    Block(
        "article",
        "<h1>Reading the tide gauge</h1><p>The gauge at the pier publishes a line of text every "
        "ten minutes. Each line holds a timestamp and the height of the water above the datum, in "
        "centimetres. Heights can be negative during an easterly gale, which surprises programs "
        "that store them without a sign.</p>",
    ),
    Block(
        "code",
        "<pre><code>import gauge\n\ndef highest(path: str) -> float:\n"
        "    readings = gauge.parse(path)\n"
        "    return max(r.level for r in readings)\n</code></pre>",
    ),
    Block(
        "article",
        "<p>Readings that were repaired by hand carry an asterisk. Leave these out when you "
        "compute extremes, or the night when somebody leaned a bicycle against the sensor will "
        "become the flood of the century.</p>",
    ),
]
FORUM = [
    Block(
        "article",
        "<h1>Moss between the cobbles?</h1><p>Has anybody found a way to get rid of the moss in "
        "the lower lane that does not poison the hedgehogs? The brush works for about a week, and "
        "the vinegar worked on my trousers.</p>",
    ),
    Block(
        "comments",
        '<div class="comment"><p>Boiling rain barrel contents, twice in April.</p></div>'
        '<div class="comment"><p>Why remove it? It is prettier than granite.</p></div>'
        '<div class="comment"><p>Ask Ingrid, she has a flame thrower.</p></div>',
    ),
]
SHOP = [
    Block("article", "<h1>Chandlery</h1><p>Everything for boats that leak.</p>"),
    Block(
        "table",
        "<table><tr><th>Item</th><th>Price</th></tr><tr><td>Shackle, galvanised</td><td>€ 4.20</td>"
        "</tr><tr><td>Anchor 12 kg</td><td>€ 89.00</td></tr><tr><td>Oilskin jacket</td><td>€ 135.50"
        "</td></tr><tr><td>Bilge pump</td><td>€ 61.90</td></tr></table>",
    ),
]
_BODIES = {"ferry": FERRY, "recipe": RECIPE, "manual": MANUAL, "forum": FORUM, "shop": SHOP}
PAGES = {name: [MENU, *body, COOKIES, FOOTER] for name, body in _BODIES.items()}
LICENCE = '<a rel="license" href="https://creativecommons.org/licenses/by/4.0/">CC BY</a>'


def render(name: str) -> str:
    """A page as the site sends it."""
    menu, *body, cookies, footer = PAGES[name]
    main = "\n".join(block.markup for block in body)
    head = f"<head><title>{name}</title><style>nav {{ float: left }}</style></head>"
    parts = (menu.markup, f"<main>{main}</main>", cookies.markup, footer.markup)
    inside = "\n".join(parts)
    return f"<html>{head}\n<body>\n{inside}\n<script>track('{name}')</script></body></html>"


def kept_by_kind(name: str, text: str) -> dict[str, float]:
    """Share of each kind's words that are in an extracted text.

    Only words count that stand in one kind of block of the page, so that a word's being there says
    whose it is.
    """
    kinds = dict.fromkeys(block.kind for block in PAGES[name])
    by_kind = {
        kind: {w for block in PAGES[name] if block.kind == kind for w in block.words}
        for kind in kinds
    }
    where = Counter(word for found in by_kind.values() for word in found)
    there = set(words(text))
    own = {kind: {w for w in found if where[w] == 1} for kind, found in by_kind.items()}
    return {kind: len(found & there) / len(found) for kind, found in own.items() if found}
