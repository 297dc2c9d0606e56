"""Problems of the way from an archive to a text with a language."""

from __future__ import annotations

import gzip
import math
from pathlib import Path
from typing import Any

import pytest
from judge.archives import answer, broken, in_chunks, member, page, write
from judge.checks import Draw, Wrong, holds, problem, same
from judge.languages import BEGINNINGS, STORIES
from judge.texts import prose

from tests import adapters

Item = tuple[str, str, bytes]


@problem("unchunk_body", 2, "warc.http.unchunked")
def test_chunks_are_joined(draw: Draw) -> None:
    data = "".join(draw.random.choices("abc <>/\r\n", k=draw.between(90, 120))).encode()
    sizes = [draw.between(26, 31), draw.between(2, 9), draw.between(10, 15)]
    body = in_chunks(data, sizes)
    found = adapters.run_unchunked(body)
    same("unchunked(body)", found, data,
         case=f"body {body[:40]!r}…, chunks of {sizes} bytes and more",
         suspects={"the body is returned as it is": body,
                   "the body is split at line ends, which a chunk may contain":
                       b"".join(body.split(b"\r\n")[1::2]),
                   "line ends inside of the chunks are lost": data.replace(b"\r\n", b""),
                   "the line end behind each chunk stays":
                       in_chunks(data, sizes).replace(b"0\r\n\r\n", b"")})  # fmt: skip


@problem("unchunk_body", 2, "warc.http.unchunked")
@pytest.mark.parametrize(
    ("body", "right", "why"),
    [
        (b"1A\r\n" + b"x" * 26 + b"\r\n0\r\n\r\n", b"x" * 26, "sizes are hexadecimal: 1A is 26"),
        (b"3;name=value\r\nabc\r\n0\r\n\r\n", b"abc", "what follows a semicolon is no size"),
        (b"2\r\nok\r\n0\r\nExpires: never\r\n\r\n", b"ok", "headers may follow the last chunk"),
        (b"<p>no chunks</p>", b"<p>no chunks</p>", "a body that does not begin with a size"),
        (b"", b"", "an empty body"),
    ],
)
def test_forms_of_chunks(body: bytes, right: bytes, why: str) -> None:
    same("unchunked(body)", adapters.run_unchunked(body), right, case=f"body {body!r}: {why}")


def archive(draw: Draw) -> tuple[list[bytes], list[Item], bytes]:
    """Members of an archive with records of many kinds, what each has to become, a body as sent."""
    texts = [page(prose(draw.random, draw.between(3, 9))) for _ in range(7)]
    urls = [f"http://host{draw.between(1, 99)}.example/{i}" for i in range(7)]
    skipped = ("skipped", "", b"")
    chunked = in_chunks(texts[1], [draw.between(20, 60)] * 3)
    rows: list[tuple[bytes, Item]] = [
        (member("warcinfo", b"software: judge"), skipped),
        (answer(urls[0], texts[0]), ("page", urls[0], texts[0])),
        (member("request", b"GET / HTTP/1.1\r\n\r\n", urls[0]), skipped),
        (answer(urls[1], chunked, more="Transfer-Encoding: chunked\r\n"),
         ("page", urls[1], texts[1])),
        (answer(urls[2], b"gone", status="404 Not Found"), skipped),
        (answer(urls[3], texts[3]), ("page", urls[3], texts[3])),
        (answer(urls[4], gzip.compress(texts[4]), more="Content-Encoding: gzip\r\n"),
         ("page", urls[4], texts[4])),
        (answer(urls[5], b"\x89PNG\r\n\x1a\n" + bytes(50), mime="image/png"), skipped),
        (answer(urls[6], texts[6]), ("page", urls[6], texts[6])),
    ]  # fmt: skip
    return [data for data, _ in rows], [item for _, item in rows], chunked


def read(path: Path) -> list[Item]:
    """What the archive gives; reasons are for people and not compared."""
    return [(kind, url if kind == "page" else "", body)
            for kind, url, body in adapters.run_read_archive(path)]  # fmt: skip


KINDS = (
    "a record of each kind: warcinfo, page, request, page in chunks, status 404, page, page in "
    "gzip, image, page"
)


@problem("read_archive", 6, "warc.reader.read_archive")
def test_an_archive_is_read(draw: Draw, tmp_path: Path) -> None:
    members, right, chunked = archive(draw)
    items = read(write(tmp_path / "a.warc.gz", members))
    pages = [item for item in right if item[0] == "page"]
    case = f"{KINDS}; every record is one item, in order"
    if len(items) == len(right):
        for at, mistake, body in ((3, "the chunks of a body are not joined", chunked),
                                  (6, "a compressed body is not decompressed",
                                   gzip.compress(right[6][2]))):  # fmt: skip
            same(f"[(kind, url, body), …][{at}]", items[at], right[at], case=case,
                 suspects={mistake: ("page", right[at][1], body)})  # fmt: skip
    same("[(kind, url, body), …]", items, right, case=case,
         suspects={"records without a page are left out and not named": pages})  # fmt: skip


@problem("read_archive", 6, "warc.reader.read_archive")
@pytest.mark.parametrize("which", [1, 3, 5])
def test_damage_costs_one_record(draw: Draw, tmp_path: Path, which: int) -> None:
    members, right, _ = archive(draw)
    members[which] = broken(members[which])
    items = read(write(tmp_path / "a.warc.gz", members))
    right[which] = ("skipped", "", b"")
    same("[(kind, url, body), …]", items, right,
         case=f"record {which} of 9 has 20 zeros in its compressed bytes; it is one skipped item",
         suspects={
             "reading ends at the damage: search the next member that begins a record":
                 right[:which],
             "reading ends at the damage, which is named: search the next member that begins a "
             "record": right[: which + 1],
             "the damaged record is not named": right[:which] + right[which + 1 :],
         })  # fmt: skip


@problem("read_archive", 6, "warc.reader.read_archive")
def test_a_file_that_is_cut_off(draw: Draw, tmp_path: Path) -> None:
    members, right, _ = archive(draw)
    path = write(tmp_path / "a.warc.gz", members)
    path.write_bytes(path.read_bytes()[: -draw.between(20, 60)])
    items = read(path)
    if len(items) == 9 and items[8][0] == "page":
        raise Wrong(f"[(kind, url, body), …][8] is the page {items[8][1]}, which the file has only "
                    "in part: a record that is cut off is skipped.")  # fmt: skip
    right[-1] = ("skipped", "", b"")
    same("[(kind, url, body), …]", items, right, case="the file ends inside of record 8 of 9",
         suspects={"the record that is cut off is not named": right[:-1]})  # fmt: skip


@problem("read_archive", 6, "warc.reader.read_archive")
def test_a_length_that_is_wrong(draw: Draw, tmp_path: Path) -> None:
    members, right, _ = archive(draw)
    url, body = right[5][1:]
    members[5] = answer(url, body, length=999_999_999)
    items = read(write(tmp_path / "a.warc.gz", members))
    right[5] = ("skipped", "", b"")
    swallowed = items[:5] == right[:5] and len(items) <= 6
    holds(not swallowed,
          f"{len(items)} of 9 items come: record 5 says Content-Length: 999999999, and all that "
          "follows is lost. Its gzip member says where it ends.")  # fmt: skip
    same("[(kind, url, body), …]", items, right,
         case="record 5 of 9 says Content-Length: 999999999; it alone is skipped")  # fmt: skip


@problem("extract_text", 2, "extract.extract_text_from_html_bytes")
def test_words_of_a_page(draw: Draw) -> None:
    first, second = prose(draw.random, 1), prose(draw.random, 2)
    number = draw.between(100, 999)
    source = (
        f"<html><head><style>p {{ margin: {number}px }}</style><script>let a = {number};</script>"
        f"</head><body><h1>Caf&eacute; &amp; bar</h1>"
        f"<p>{first.replace(' the ', ' <b>the</b> ')}</p>"
        f"<p>{second}</p><div>x &lt; {number}</div><!-- remark --></body></html>"
    )
    right = ["Café", "&", "bar", *first.split(), *second.split(), "x", "<", str(number)]
    same("text.split()", words_of(source.encode()), right, case="a page with style and script",
         suspects={"tags are still there": source.split()})  # fmt: skip


@problem("extract_text", 2, "extract.extract_text_from_html_bytes")
@pytest.mark.parametrize("code", ["cp1252", "cp1251"])
def test_other_encodings(draw: Draw, code: str) -> None:
    story = STORIES["fr" if code == "cp1252" else "ru"]
    text = " ".join(draw.random.sample(story, len(story)))
    data = f"<html><body><p>{text}</p></body></html>".encode(code)
    suspects = {
        "bytes that are no UTF-8 are replaced; detect the encoding":
            data.decode("utf-8", "replace"),
        "bytes that are no UTF-8 are left out; detect the encoding": data.decode("utf-8", "ignore"),
        "another encoding is taken for certain": data.decode("latin-1"),
    }  # fmt: skip
    same("text.split()", words_of(data), text.split(),
         case=f"a page in {code} that does not say so",
         suspects={k: v[15:-18].split() for k, v in suspects.items()})  # fmt: skip


@problem("extract_text", 2, "extract.extract_text_from_html_bytes")
def test_bytes_of_any_kind(draw: Draw) -> None:
    for data in (b"", draw.random.randbytes(500), b"\xff\xfe\x00", b"<p>\xc3"):
        text = adapters.run_extract_text_from_html_bytes(data)
        holds(text is None or isinstance(text, str),
              f"extract_text_from_html_bytes({data[:12]!r}…) is of type {type(text).__name__}, "
              "where a text or None is right.")  # fmt: skip


def words_of(data: bytes) -> Any:
    """The words of a page; the problem is about words and not about white space."""
    text = adapters.run_extract_text_from_html_bytes(data)
    if not isinstance(text, str):
        raise Wrong(f"extract_text_from_html_bytes(…) is {text!r}, where a text is right.")
    return text.split()


@problem("identify_language", 2, "langid.identify_language")
@pytest.mark.parametrize("code", sorted(STORIES))
def test_languages(draw: Draw, code: str) -> None:
    story = STORIES[code]
    text = draw.random.choice((" ", "\n")).join(draw.random.sample(story, len(story)))
    check_language(text, code, f"{len(text)} characters of a story, {text[:30]!r}…")


@problem("identify_language", 2, "langid.identify_language")
@pytest.mark.parametrize("code", ["de", "fr"])
def test_a_page_that_begins_with_a_menu(draw: Draw, code: str) -> None:
    text = "\n".join([*draw.random.sample(BEGINNINGS, 9), *STORIES[code] * 3])
    check_language(text, code, "an English menu of nine lines, then a long text; do not look at "
                   "the beginning alone")  # fmt: skip


@problem("identify_language", 2, "langid.identify_language")
def test_a_text_without_a_language() -> None:
    for text in ("", "\n\n", "12:30 -- 14 % !!"):
        check_score(adapters.run_identify_language(text), f"text {text!r}")


def check_language(text: str, code: str, case: str) -> None:
    found = adapters.run_identify_language(text)
    check_score(found, case)
    same("identify_language(text)[0]", found[0], code, case=case,
         suspects={"the label of fastText is not cut": f"__label__{code}"})  # fmt: skip


def check_score(found: Any, case: str) -> None:
    holds(
        isinstance(found, tuple) and len(found) == 2 and isinstance(found[0], str),
        f"identify_language(text) is {found!r}, where a pair (code, score) is right. Case: {case}.",
    )
    score = float(found[1])
    holds(
        math.isfinite(score) and 0 < score <= 1,
        f"identify_language(text)[1] is {score:g}, where a probability in (0, 1] is right"
        f"{': this is a logarithm or a sum' if score <= 0 or score > 1 else ''}. Case: {case}.",
    )
