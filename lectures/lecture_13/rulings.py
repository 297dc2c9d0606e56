"""What courts and laws have said about training on other people's texts, with dates and sources.

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
