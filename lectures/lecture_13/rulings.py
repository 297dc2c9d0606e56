"""Licences, consent, and what courts and laws have said about training, with dates and sources.

As known on 27 November 2026. This is no legal advice.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Ruling:
    """One decision or rule: when, who against whom or what, what it says, what became of it."""

    date: str
    name: str
    says: str
    since: str
    work: str  # key in works.py


RULINGS = [
    Ruling(
        "2015-10-16", "Authors Guild v. Google (US, appeal)",
        "scanning books to search them and show snippets is fair use",
        "filed 2005, decided 2013, closed by the Supreme Court in 2016", "google books",
    ),
    Ruling(
        "2019-04-17", "Directive 2019/790, Article 4 (EU)",
        "copies for text and data mining are allowed unless the owner reserved the right, "
        "on the web in a form that machines can read",
        "in force", "dsm",
    ),
    Ruling(
        "2023-12-27", "New York Times v. OpenAI (US)",
        "filed; most of the claims survived motions to dismiss in April 2025",
        "joined with a dozen other suits; no decision on fair use found", "nyt",
    ),
    Ruling(
        "2025-02-11", "Thomson Reuters v. Ross (US)",
        "training a rival search engine on editors' summaries is no fair use",
        "appeal argued on 2026-06-11; no decision found", "ross",
    ),
    Ruling(
        "2025-06-23", "Bartz v. Anthropic (US)",
        "training on books, bought and scanned too, is fair use; keeping a pirated library is not",
        "settled for $1.5 billion, about $3,000 a work; approved for a start on 2025-09-25",
        "bartz",
    ),
    Ruling(
        "2025-06-25", "Kadrey v. Meta (US)",
        "fair use, on this record: nobody had shown how the market for books suffers",
        "claims about sharing files go on", "kadrey",
    ),
    Ruling(
        "2025-08-02", "AI Act, Article 53 (EU)",
        "providers of general models publish a summary of what they trained on",
        "template of 2025-07-24", "ai act",
    ),
    Ruling(
        "2025-11-04", "Getty Images v. Stability AI (UK)",
        "weights that store no copy are no infringing copy; training abroad was not decided",
        "appeal allowed", "getty",
    ),
    Ruling(
        "2025-11-11", "GEMA v. OpenAI (Munich)",
        "lyrics that a model gives back word for word are copies in the model",
        "not final when it was given", "gema",
    ),
]  # fmt: skip
COLUMNS = ["date", "case or law", "it says", "since then"]

LICENCES = [
    ["public domain, CC0", "nothing", "yes"],
    ["MIT, BSD", "keep the notice", "yes"],
    ["CC BY", "name the author", "yes"],
    ["CC BY-SA", "name the author, same licence for what is made from it", "yes"],
    ["CC BY-NC", "as CC BY, and no commercial use", "no"],
    ["CC BY-ND", "as CC BY, and no changed versions", "no"],
    ["ODC-By, on a collection", "name the collection; says nothing of its items", "no"],
]
"""Licence, what it asks, and whether Common Pile takes texts under it (arXiv 2506.05209)."""

CONSENT = [
    ["1994", "robots.txt: a convention among people who run crawlers", "RFC 9309"],
    ["2001", "Creative Commons: licences that anybody can put on a page", "Creative Commons"],
    ["2022", "robots.txt becomes a standard, which says that it is no access control", "RFC 9309"],
    ["2023, spring", "Reddit asks money of whoever trains on its posts", "RightsTech"],
    ["2024-02", "Google pays Reddit, $60 million a year by the press", "Lutzker, after Reuters"],
    ["2024-07", "28 % of C4's most important sources have closed to crawlers", "arXiv 2407.14933"],
]
"""How people said yes or no to being read by machines: date, what happened, who says so."""


def dates() -> list[str]:
    """Dates of the rulings, in the order of the table."""
    return [r.date for r in RULINGS]


def table_rows() -> list[list[str]]:
    """Rulings as rows of a table."""
    return [[r.date.replace("-", "\u2011"), r.name, r.says, r.since] for r in RULINGS]


NODES = [
    ("start", "You found a text"),
    ("free", "Public domain, or yours?"),
    ("licence", "Does a licence allow this use?"),
    ("laundered", "Is the licence really the author's?"),
    ("terms", "May you fetch it: terms, robots.txt, log-in?"),
    ("exception", "Does an exception cover it: fair use, data mining?"),
    ("use", "Use it, keep source and licence with it"),
    ("ask", "Ask, pay, or leave it"),
]
EDGES = [
    ("start", "free", ""),
    ("free", "terms", "yes"),
    ("free", "licence", "no"),
    ("licence", "laundered", "yes"),
    ("licence", "exception", "no"),
    ("laundered", "terms", "yes"),
    ("laundered", "exception", "no"),
    ("exception", "terms", "perhaps"),
    ("exception", "ask", "no"),
    ("terms", "use", "yes"),
    ("terms", "ask", "no"),
]
"""The order in which to ask, as edges of a graph: from, to, answer."""
