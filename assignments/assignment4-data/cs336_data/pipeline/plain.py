"""The pipeline in one function: archives in, lines of JSON out, and an account of every record.

Read this one before the rest of this folder, which does the same for archives that do not fit an
afternoon: with more rules, in several processes, resumable, without near duplicates.

    filter_archives([Path("sample.warc.gz")], Path("kept.jsonl"))   # Counter({'kept': 96, …})
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from cs336_basics.support.whole_file import whole_file

from cs336_data.extract import extract_text_from_html_bytes
from cs336_data.langid import identify_language
from cs336_data.pii import mask_emails, mask_ips, mask_phone_numbers
from cs336_data.quality import gopher_quality_filter
from cs336_data.warc.items import Page
from cs336_data.warc.reader import read_archive

MIN_LANGUAGE_SCORE = 0.65


def filter_archives(archives: Iterable[Path], output: Path) -> Counter[str]:
    """Write `{"url", "text"}` of each page worth keeping, in order; count what became of records.

    A page is kept if it has text, is in English with a score of at least 0.65 and passes Gopher's
    rules; e-mail addresses, IP addresses and telephone numbers in it are masked. The keys are
    "kept", "no page", "no text", "language" and "gopher_quality", in the order of the questions,
    and the counts add up to the number of records. The file appears whole or not at all.

    Raises:
        OSError: an archive cannot be read, or the file cannot be written.
    """
    accounts = Counter[str]()
    with whole_file(output) as file:
        for archive in archives:
            for item in read_archive(archive):
                if not isinstance(item, Page):
                    accounts["no page"] += 1
                    continue
                text = text_of(item)
                verdict = judge(text)
                accounts[verdict] += 1
                if verdict == "kept":
                    row = {"url": item.url, "text": masked(text)}
                    file.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
    return accounts


def text_of(page: Page) -> str:
    """The page's text, empty if there is none."""
    if page.kind == "text":
        return page.body.decode("utf-8", "replace").strip()
    text = extract_text_from_html_bytes(page.body) or ""
    return text.encode("utf-8", "replace").decode().strip()  # no lone surrogates


def judge(text: str) -> str:
    """ "kept", or the first of the questions that the text does not pass."""
    if not text:
        return "no text"
    language, score = identify_language(text)
    if language != "en" or score < MIN_LANGUAGE_SCORE:
        return "language"
    return "kept" if gopher_quality_filter(text) else "gopher_quality"


def masked(text: str) -> str:
    """The text without e-mail addresses, IP addresses and telephone numbers."""
    for mask in (mask_emails, mask_ips, mask_phone_numbers):
        text, _ = mask(text)
    return text
