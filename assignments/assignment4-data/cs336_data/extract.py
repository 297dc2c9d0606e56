"""HTML bytes to text, with resiliparse: the whole page, or its main content.

    extract_text_from_html_bytes(b"<p>caf\\xe9</p>")   # 'café': Windows-1252 was detected

The contract's function keeps every visible word. Training sets want `main_content`: no menus, no
footers; tables and code stay, since dropping them costs points in table and code benchmarks
(arXiv:2602.19548). resiliparse is 18 times as fast as trafilatura 1.11 (`bench/bench_extract.py`).
"""

from __future__ import annotations

import codecs
import re
from typing import Literal

from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.encoding import detect_encoding

Mode = Literal["all", "main"]

MAX_DEPTH = 2_000  # open tags inside each other: beyond, a page is an attack on the parser
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark begins with UTF-16's
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.I)
_SPAN = re.compile(r"\b(colspan|rowspan)\s*=\s*[\"']?\s*\d{4,}[\"']?", re.I)
_LARGE_SPAN = re.compile(r"span\s*=\s*[\"']?\s*\d{4}")  # begins with letters: a fast search
_TAG = re.compile(r"<(/?)(div|span|table|ul|ol|dl|blockquote|section|b|i|font|a|p)\b[^>]*>", re.I)
_BLANK_LINES = re.compile(r"\n{3,}")


class NestingError(ValueError):
    """A page whose tags are nested deeper than any page for people."""


def extract_text_from_html_bytes(html_bytes: bytes) -> str | None:
    """Plain text of a page; None if the bytes cannot be read as a page.

    UTF-8 if that fits, else the encoding that is detected.
    """
    try:
        return extract(decode_html(html_bytes), "all")
    except (ValueError, RecursionError):
        return None


def extract(html: str, mode: Mode = "main") -> str:
    """Text of a page that is decoded already; line breaks between blocks, no runs of blank lines.

    Raises:
        NestingError: tags are nested deeper than `MAX_DEPTH`.
    """
    check_nesting(html)
    if _LARGE_SPAN.search(html.lower()):  # six times as fast as the substitution
        html = _SPAN.sub("", html)  # a cell that spans 10**15 columns makes parsers allocate them
    text = extract_plain_text(
        html,
        preserve_formatting=True,
        main_content=mode == "main",
        list_bullets=True,
        alt_texts=mode == "all",
        links=False,
        form_fields=False,
        noscript=False,
        comments=mode == "all",
    )
    return _BLANK_LINES.sub("\n\n", str(text)).strip() if mode == "main" else str(text)


def decode_html(html_bytes: bytes, header_charset: str | None = None) -> str:
    """Text of a page's bytes: byte order mark, UTF-8, then what header, page or letters say.

    UTF-8 comes before any declaration: other encodings hardly ever look like it by chance, and
    declarations are wrong more often. Lone surrogates and NUL never come out.
    """
    for mark, encoding in _BOMS:
        if html_bytes.startswith(mark):
            text = html_bytes[len(mark) :].decode(encoding, "replace")
            return text.replace("\x00", "")
    try:
        return html_bytes.decode("utf-8").replace("\x00", "")
    except UnicodeDecodeError:
        pass
    declared = _META.search(html_bytes[:2048])
    names = [header_charset, declared[1].decode("ascii") if declared else None]
    names.append(detect_encoding(html_bytes))
    for name in names:
        text_or_none = _try_decode(html_bytes, name)
        if text_or_none is not None:
            return text_or_none.replace("\x00", "")
    return html_bytes.decode("utf-8", "replace").replace("\x00", "")


def _try_decode(data: bytes, name: str | None) -> str | None:
    """The text if the encoding exists, is one of the web's, and hardly anything is undefined in
    it.
    """
    if not name:
        return None
    try:
        encoding = codecs.lookup(name.strip())
    except (LookupError, ValueError):
        return None
    label = encoding.name
    if label in ("iso8859-1", "ascii"):  # what browsers do (WHATWG): smart quotes live there
        label = "cp1252"
    if label == "utf-8" or label.startswith(("utf-7", "idna", "punycode", "unicode", "raw")):
        return None
    try:
        text = data.decode(label, "replace")
    except (LookupError, ValueError, AssertionError):  # a codec that makes no text
        return None
    if not isinstance(text, str) or text.count("\ufffd") > len(text) / 100:
        return None
    return text


def check_nesting(html: str, limit: int = MAX_DEPTH) -> None:
    """Raise NestingError if more than `limit` tags of common kinds are open at once."""
    if html.count("<") <= limit:
        return
    depth = 0
    for closing, _ in _TAG.findall(html):
        depth = max(0, depth - 1) if closing else depth + 1
        if depth > limit:
            raise NestingError(f"more than {limit} tags are open at once")
