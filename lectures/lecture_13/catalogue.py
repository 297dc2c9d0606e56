"""Data sets as cards: date, size, sources, what was kept and why, each with the work that says so.

Sizes are as published, in the unit of the source. `tokens` is there only where the source (or the
model trained on it) gives a number of tokens, in trillions; elsewhere it stays empty.
"""

from dataclasses import dataclass

from lectures.lecture_13.works import WORKS


@dataclass(frozen=True)
class Card:
    """One data set."""

    name: str
    date: str  # year and month of the paper or release
    size: str
    sources: str
    kept: str
    why: str
    work: str  # arXiv number, or a key of works.py
    tokens: float | None = None
    made_from: tuple[str, ...] = ()
    group: str = "crawl"

    @property
    def year(self) -> float:
        """The date as a number of years."""
        year, _, month = self.date.partition("-")
        return int(year) + (int(month or 7) - 0.5) / 12


HAND_PICKED = [
    Card(
        "BooksCorpus", "2015-06", "985 M words, 7,185 different books",
        "free e-books of one platform", "novels of more than 20,000 words",
        "long connected prose; withdrawn, for the platform's terms", "1506.06724",
        made_from=("books",), group="picked",
    ),
    Card(
        "BERT's corpus", "2018-10", "3.3 G words", "BooksCorpus, English Wikipedia",
        "text passages, without lists, tables and headings",
        "documents instead of shuffled sentences",
        "1810.04805", made_from=("BooksCorpus", "Wikipedia"), group="picked",
    ),
    Card(
        "WebText", "2019-02", "8 M pages, 40 GB", "pages that Reddit posts link to",
        "links with at least 3 karma, without Wikipedia",
        "readers' votes as the filter; never released",
        "gpt-2", made_from=("Reddit links",), group="picked",
    ),
    Card(
        "OpenWebText", "2019", "8 M pages, 38 GB", "the same idea, links from public dumps",
        "English by fastText, near duplicates removed", "so that others can repeat GPT-2",
        "openwebtext", made_from=("Reddit links",), group="picked",
    ),
]  # fmt: skip

BY_RULES = [
    Card(
        "C4", "2019-10", "156 G tokens, 305 GB compressed", "Common Crawl of April 2019",
        "lines that end in punctuation, no bad words, no braces", "rules that fit on half a page",
        "1910.10683", tokens=0.156, made_from=("Common Crawl",),
    ),
    Card(
        "CCNet", "2019-11", "more than 100 languages", "Common Crawl",
        "paragraphs once; language; likeness to Wikipedia", "one recipe for all languages",
        "1911.00359", made_from=("Common Crawl",),
    ),
    Card(
        "GPT-3's mix", "2020-05", "about 0.5 T tokens, 300 G read",
        "Common Crawl, WebText2, two sets of books, Wikipedia",
        "pages like WebText by a classifier, fuzzy duplicates removed",
        "the crawl alone was too dirty",
        "2005.14165", tokens=0.499, made_from=("Common Crawl", "WebText", "Wikipedia", "books"),
    ),
    Card(
        "MassiveText", "2021-12", "10.5 TB, 300 G tokens read",
        "web, C4, books, news, GitHub, Wikipedia", "quality and repetition rules of Gopher",
        "rules that need no reference text", "2112.11446",
        made_from=("C4", "Wikipedia", "GitHub", "books"),
    ),
    Card(
        "RefinedWeb", "2023-06", "5 T tokens, 600 G public", "Common Crawl only",
        "trafilatura, Gopher's rules, MinHash and exact duplicates",
        "web alone can match curated sets",
        "2306.01116", tokens=5, made_from=("Common Crawl",),
    ),
    Card(
        "FineWeb", "2024-06", "15 T tokens", "96 crawls of 2013 to 2024",
        "English above 0.65; rules of Gopher, C4 and its own", "every choice tried on small models",
        "2406.17557", tokens=15, made_from=("Common Crawl",),
    ),
]  # fmt: skip

MIXTURES = [
    Card(
        "The Pile", "2020-12", "825 GiB, 275 or 300 G tokens by source",
        "22 sources: PubMed, arXiv, GitHub, mails, Pile-CC", "jusText on the web part",
        "diversity by hand, by volunteers", "2101.00027", tokens=0.3,
        made_from=("Common Crawl", "books", "GitHub", "Wikipedia", "arXiv"), group="mixture",
    ),
    Card(
        "LLaMA's mix", "2023-02", "1.4 T tokens", "CCNet, C4, GitHub, Wikipedia, books, arXiv",
        "web pages that look as if Wikipedia cited them", "public data only, as far as one knew",
        "2302.13971", tokens=1.4,
        made_from=("CCNet", "C4", "GitHub", "Wikipedia", "books", "arXiv"), group="mixture",
    ),
    Card(
        "RedPajama", "2023-04", "1.2 T tokens", "LLaMA's list, made again",
        "as LLaMA's paper describes it", "a copy that is public", "2411.12372", tokens=1.2,
        made_from=("LLaMA's mix",), group="mixture",
    ),
    Card(
        "SlimPajama", "2023-06", "627 G tokens", "RedPajama",
        "short documents and near duplicates out",
        "half of the copy was copies", "slimpajama", tokens=0.627, made_from=("RedPajama",),
        group="mixture",
    ),
    Card(
        "RedPajama v2", "2023-10", "30 T tokens", "84 crawls",
        "everything, with more than 40 signals of quality",
        "whoever trains decides what is good", "2411.12372", tokens=30, made_from=("Common Crawl",),
    ),
    Card(
        "Dolma", "2024-01", "3 T tokens",
        "Common Crawl, code, Reddit, papers, C4, books, Wikipedia",
        "rules instead of models, Bloom filters for duplicates", "everything about it is published",
        "2402.00159", tokens=3, made_from=("Common Crawl", "C4", "GitHub", "Wikipedia", "books"),
        group="mixture",
    ),
]  # fmt: skip

BY_MODELS = [
    Card(
        "DCLM-Baseline", "2024-06", "3.8 T tokens of a pool of 240 T", "Common Crawl to 2022",
        "the best tenth by a fastText classifier",
        "likeness to instructions beats likeness to Wikipedia and books",
        "2406.11794", tokens=3.8, made_from=("Common Crawl",),
    ),
    Card(
        "FineWeb-Edu", "2024-06", "1.3 T tokens", "FineWeb", "pages that a model calls educational",
        "92 % go, and knowledge tests rise", "2406.17557", tokens=1.3, made_from=("FineWeb",),
    ),
    Card(
        "Nemotron-CC", "2024-12", "6.3 T tokens, 1.9 T of them synthetic", "99 crawls, jusText",
        "graded by several classifiers, little thrown away",
        "low quality is rephrased, high quality expanded into questions", "2412.02595", tokens=6.3,
        made_from=("Common Crawl",),
    ),
    Card(
        "FineWeb2", "2025-06", "20 TB, 5 G documents", "Common Crawl",
        "limits of every rule fitted to each language", "more than 1,000 languages", "2506.20920",
        made_from=("Common Crawl",),
    ),
    Card(
        "FinePDFs", "2025", "3 T tokens, more than 1,000 languages", "PDF files of Common Crawl",
        "text layer or optical recognition; cut files fetched again",
        "all others had thrown these files away", "finepdfs", tokens=3, made_from=("Common Crawl",),
    ),
    Card(
        "Dolma 3 mix", "2025-11", "5.9 T tokens of a pool of 9.3 T",
        "web 76 %, 84 M science PDFs 14 %, code 7 %",
        "quality decides how often a page is repeated",
        "PDFs are a source that HTML never had", "2512.13961", tokens=5.9,
        made_from=("Common Crawl", "GitHub", "arXiv", "Wikipedia"), group="mixture",
    ),
    Card(
        "FinePhrase", "2026-03", "486 G tokens, all synthetic", "339 M pages of FineWeb-Edu",
        "each rewritten as questions, table, tutorial and sums",
        "333 trainings over 90 ways to rephrase", "2604.13977", tokens=0.486,
        made_from=("FineWeb-Edu",),
    ),
]  # fmt: skip

BY_LICENCE = [
    Card(
        "The Stack", "2022-11", "3.1 TB", "137 M repositories of GitHub, 51 G files",
        "permissive licences, near duplicates removed, owners may leave", "code that may be reused",
        "2211.15533", made_from=("GitHub",), group="licensed",
    ),
    Card(
        "The Stack v2", "2024-02", "four times the first one's training set",
        "Software Heritage, pull requests, notebooks, documentation",
        "permissive or without licence; 619 languages",
        "an archive with versions instead of a crawl",
        "2402.19173", made_from=("GitHub", "other"), group="licensed",
    ),
    Card(
        "Common Pile", "2025-06", "8 TB", "30 sources: papers, law, books, code, speech",
        "public domain or open licence, document by document",
        "a 7B model of 2 T tokens holds up with LLaMA's equals", "2506.05209",
        made_from=("Common Crawl", "GitHub", "Wikipedia", "arXiv", "books", "other"),
        group="licensed",
    ),
]  # fmt: skip

ALL = HAND_PICKED + BY_RULES + MIXTURES + BY_MODELS + BY_LICENCE
SOURCES = [
    ["Project Gutenberg", "1971", "75,000 books", "public domain", "age: it is still read"],
    ["arXiv", "1991", "3 M papers (2026)", "authors' choice; metadata CC0", "endorsed authors"],
    ["Wikipedia", "2001", "67 M articles, 361 languages (2026)", "CC BY-SA", "editors, notability"],
    ["Reddit", "2005", "", "the platform's terms; sold since 2024", "votes"],
    ["Stack Exchange", "2008", "", "CC BY-SA", "votes, accepted answers"],
    ["GitHub", "2008", "420 M repositories, 28 M public (2026)", "by repository", "stars, tests"],
    ["Common Crawl", "2008", "300 G pages in all; 2.19 G in April 2026", "by page", "none"],
    ["LibGen", "", "4 M books (2019)", "none: a shadow library", "publishers"],
    ["Books3", "2020", "196,000 books", "none: a shadow library", "publishers"],
]
"""Sources: since when, how large, on what terms, who vouches for quality."""
SOURCES_SEEN = "Sizes in the year that is given, else in 2024; an empty cell was not looked up."
SOURCE_COLUMNS = ["source", "since", "size", "on what terms", "who vouches for it"]
COLUMNS = ["set, date, paper", "size", "sources", "what was kept, and why"]


def table_rows(cards: list[Card]) -> list[list[str]]:
    """Cards as rows of a table."""
    return [
        [f"{c.name}, {unbroken(c.date)}, {paper(c.work)}", c.size, c.sources, f"{c.kept}: {c.why}"]
        for c in cards
    ]


def paper(work: str) -> str:
    """The arXiv number of a work, or who published it."""
    if work not in WORKS:
        return f"arXiv {work}"
    return WORKS[work].organization or " and ".join(WORKS[work].authors)


def unbroken(date: str) -> str:
    """A date that a narrow column does not break."""
    return date.replace("-", "\u2011")


def direct_sources(name: str) -> tuple[str, ...]:
    """What a set says that it was made from."""
    return next(card.made_from for card in ALL if card.name == name)


def counted() -> list[Card]:
    """Cards with a number of tokens, in order of their date."""
    return sorted((card for card in ALL if card.tokens), key=lambda card: card.year)


def ancestors(name: str) -> set[str]:
    """Every source and set that a set goes back to."""
    cards = {card.name: card for card in ALL}
    direct = set(cards[name].made_from) if name in cards else set()
    return direct.union(*(ancestors(parent) for parent in direct)) if direct else direct


def made_from(source: str) -> list[str]:
    """Sets that go back to a source, directly or through others."""
    return [card.name for card in ALL if source in ancestors(card.name)]
