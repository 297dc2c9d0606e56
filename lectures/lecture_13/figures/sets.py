"""Figures about data sets and amounts: the timeline, who is made from whom, what models read."""

from collections.abc import Mapping, Sequence

from lectures.lecture_13.amounts import BOOKS_IN_THE_WORLD, NOVEL, READ, STOCK, WORDS_PER_TOKEN
from lectures.lecture_13.catalogue import Card, edges
from lectures.shared.charts import Spec, axis

GROUPS = {"crawl": "#3b82c4", "mixture": "#c08727"}
ABOVE = {"C4", "GPT-3's mix", "FineWeb", "RedPajama v2", "LLaMA's mix", "RefinedWeb", "Nemotron-CC"}
LEFT = {"Dolma", "RedPajama", "The Pile", "SlimPajama"}


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


def genealogy() -> tuple[list[dict[str, str]], list[tuple[str, str]]]:
    """Nodes and edges of the graph of sources: those of four sets or more, and sets of sets."""
    pairs = edges(least=4)
    names = dict.fromkeys(name for pair in pairs for name in pair)
    made = {target for _, target in pairs}
    nodes = [
        {"id": name, "label": name, "group": "set" if name in made else "source"} for name in names
    ]
    return nodes, pairs


def tokens_read() -> Spec:
    """Tokens that models read, beside all books and the stock of public text."""
    books = BOOKS_IN_THE_WORLD * NOVEL / WORDS_PER_TOKEN
    amounts = READ | {
        "as many novels as there are books": books,
        "all public text (estimate)": STOCK,
    }
    rows = [
        {
            "what": what,
            "trillions": round(tokens / 1e12, 1),
            "kind": "read" if what in READ else "is",
        }
        for what, tokens in amounts.items()
    ]
    y = {
        "field": "what",
        "type": "nominal",
        "title": None,
        "sort": None,
        "axis": {"labelLimit": 220},
    }
    x = axis("trillions", "trillion tokens", type="log", domain=[0.1, 1000])
    x |= {"axis": {"format": "~g", "tickCount": 5}}
    return {
        "title": "What models read, and what there is",
        "height": {"step": 26},
        "data": {"values": rows},
        "layer": [
            {
                "mark": {"type": "bar", "height": {"band": 0.7}},
                "encoding": {
                    "y": y,
                    "x": x,
                    "color": {
                        "field": "kind", "type": "nominal", "legend": None,
                        "scale": {"domain": ["read", "is"], "range": ["#3b82c4", "#9a9a9a"]},
                    },
                },
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 5},
                "encoding": {"y": y, "x": x, "text": {"field": "trillions", "type": "nominal"}},
            },
        ],
    }  # fmt: skip


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
