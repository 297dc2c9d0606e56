"""Figures about data sets and amounts: the timeline, who is made from whom, what models read."""

from collections.abc import Mapping, Sequence

from lectures.lecture_13.amounts import (
    BOOKS_IN_THE_WORLD,
    NOVEL,
    READ,
    STOCK,
    STOCK_HIGH,
    STOCK_LOW,
    WORDS_PER_TOKEN,
)
from lectures.lecture_13.catalogue import ALL, Card, ancestors, direct_sources
from lectures.shared.charts import Spec, axis

GROUPS = {"crawl": "#3b82c4", "mixture": "#c08727"}
ABOVE = {"C4", "GPT-3's mix", "FineWeb", "RedPajama v2", "LLaMA's mix", "RefinedWeb", "Nemotron-CC"}
LEFT = {"Dolma", "The Pile", "SlimPajama", "FinePhrase"}
SOURCES = ["Common Crawl", "Wikipedia", "GitHub", "arXiv", "books", "Reddit links", "other"]


def timeline(cards: Sequence[Card]) -> Spec:
    """Tokens against the date, on a logarithmic scale; each set with its name."""
    rows = [
        {"year": round(c.year, 2), "tokens": c.tokens, "name": c.name, "kind": c.group}
        | {"side": "above" if c.name in ABOVE else "left" if c.name in LEFT else "right"}
        for c in cards
    ]
    x = axis("year", "", zero=False, domain=[2019, 2027]) | {
        "axis": {"format": "d", "tickCount": 8}
    }
    y = axis("tokens", "trillion tokens", type="log", domain=[0.1, 50])
    y |= {"axis": {"format": "~g", "tickCount": 4}}
    colour: Spec = {"field": "kind", "type": "nominal", "title": None}
    colour["scale"] = {"domain": list(GROUPS), "range": list(GROUPS.values())}
    colour["legend"] = {"orient": "top"}
    words = {
        "above": {"dy": -10, "align": "center"},
        "right": {"dx": 7, "align": "left"},
        "left": {"dx": -7, "align": "right"},
    }
    return {
        "title": "Published training sets by date",
        "height": 300,
        "data": {"values": rows},
        "encoding": {"x": x, "y": y, "color": colour},
        "layer": [
            {"mark": {"type": "point", "filled": True, "size": 80, "opacity": 1}},
            *(
                {
                    "transform": [{"filter": {"field": "side", "equal": side}}],
                    "mark": {"type": "text", "fontSize": 11} | place,
                    "encoding": {"text": {"field": "name", "type": "nominal"}},
                }
                for side, place in words.items()
            ),
        ],
    }


def roots() -> Spec:
    """Which sources each set goes back to, in the order of dates."""
    cards = sorted(ALL, key=lambda card: card.year)
    rows = [
        {"set": card.name, "source": source, "through": "itself" if direct else "another set"}
        for card in cards
        for source in SOURCES
        if source in ancestors(card.name)
        for direct in [source in card.made_from]
    ]
    x: Spec = {"field": "source", "type": "nominal", "title": None, "sort": SOURCES}
    x["axis"] = {"orient": "top", "labelAngle": -35, "grid": True, "labelOverlap": False}
    y: Spec = {"field": "set", "type": "nominal", "title": None}
    y |= {"sort": [card.name for card in cards], "axis": {"grid": True}}
    colour: Spec = {"field": "through", "type": "nominal", "title": "taken by"}
    colour["scale"] = {"domain": ["itself", "another set"], "range": ["#3b82c4", "#9cc3e6"]}
    colour["legend"] = {"orient": "bottom"}
    return {
        "title": "What each set goes back to",
        "height": {"step": 17},
        "data": {"values": rows},
        "mark": {"type": "circle", "size": 110, "opacity": 1},
        "encoding": {"x": x, "y": y, "color": colour},
    }


def genealogy() -> tuple[list[dict[str, str]], list[tuple[str, str]]]:
    """Nodes and edges of a graph: sets that were made from sets, and the crawl behind these."""
    names = {card.name for card in ALL}
    of_sets = [(a, card.name) for card in ALL for a in card.made_from if a in names]
    parents = {a for a, _ in of_sets}
    crawl = [("Common Crawl", p) for p in parents if "Common Crawl" in direct_sources(p)]
    pairs = sorted(crawl) + of_sets
    nodes = dict.fromkeys(name for pair in pairs for name in pair)
    groups = {"Common Crawl": "source"}
    return [{"id": n, "label": n, "group": groups.get(n, "set")} for n in nodes], pairs


def tokens_read() -> Spec:
    """Tokens that models read, beside all books and the stock of public text."""
    books = BOOKS_IN_THE_WORLD * NOVEL / WORDS_PER_TOKEN
    others = {"a novel for every book there is": books, "all public text (estimate)": STOCK}
    rows = [
        {"what": what, "tokens": round(tokens / 1e12, 1), "from": 0.1}
        | {"kind": "read" if what in READ else "is"}
        for what, tokens in (READ | others).items()
    ]
    spread = [{"what": rows[-1]["what"], "low": STOCK_LOW / 1e12, "high": STOCK_HIGH / 1e12}]
    y: Spec = {"field": "what", "type": "nominal", "title": None, "sort": None}
    y["axis"] = {"labelLimit": 220}
    x = axis("from", "trillion tokens", type="log", domain=[0.1, 2000])
    x |= {"axis": {"format": "~g", "values": [0.1, 1, 10, 100, 1000]}}
    end = {"field": "tokens", "type": "quantitative"}
    colour: Spec = {"field": "kind", "type": "nominal", "legend": None}
    colour["scale"] = {"domain": ["read", "is"], "range": ["#3b82c4", "#9a9a9a"]}
    return {
        "title": "What models read, and what there is (line: 90 % interval)",
        "height": {"step": 26},
        "layer": [
            {
                "data": {"values": rows},
                "mark": {"type": "bar", "height": {"band": 0.7}},
                "encoding": {"y": y, "x": x, "x2": {"field": "tokens"}, "color": colour},
            },
            {
                "data": {"values": rows[:-1]},
                "mark": {"type": "text", "align": "left", "dx": 5},
                "encoding": {"y": y, "x": end, "text": {"field": "tokens", "type": "nominal"}},
            },
            {
                "data": {"values": spread * 2},
                "mark": {"type": "rule", "strokeWidth": 3, "color": "#c08727"},
                "encoding": {
                    "y": y,
                    "x": {"field": "low", "type": "quantitative"},
                    "x2": {"field": "high"},
                },
            },
        ],
    }


def poison_curve(scores: Mapping[int, float]) -> Spec:
    """Score of the village's name against planted sentences."""
    rows = [{"planted": count, "score": score} for count, score in scores.items()]
    zero = [{"planted": 0, "score": 0}, {"planted": max(scores), "score": 0}]
    x, y = axis("planted", "planted sentences, beside 1,000 honest ones"), axis("score", "log odds")
    return {
        "title": "What the classifier thinks of Greywater",
        "height": 220,
        "layer": [
            {
                "data": {"values": zero},
                "mark": {"type": "line", "color": "#9a9a9a", "strokeDash": [5, 4]},
                "encoding": {"x": x, "y": y},
            },
            {
                "data": {"values": rows},
                "mark": {"type": "line", "point": True, "color": "#e0526a"},
                "encoding": {"x": x, "y": y},
            },
        ],
    }


def memory_curve(lengths: Mapping[int, float], whole: int) -> Spec:
    """Longest verbatim run against how often the passage was read."""
    rows = [{"read": times, "words": round(n, 2)} for times, n in lengths.items()]
    x = axis("read", "times that the passage was read", type="log", base=2)
    x |= {"axis": {"values": list(lengths), "format": "d"}}
    return {
        "title": f"Words given back in one run, of {whole}",
        "height": 220,
        "data": {"values": rows},
        "mark": {"type": "line", "point": True, "color": "#8f6fc0"},
        "encoding": {"x": x, "y": axis("words", "words, verbatim", domain=[0, whole])},
    }
