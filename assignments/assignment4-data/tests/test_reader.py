"""Archives as they come: whole, damaged in every way that was seen, and hostile."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import pytest
from cs336_data.warc.items import Item, Page, Place, Skipped
from cs336_data.warc.reader import read_archive
from cs336_data.warc.writer import compressed, record, response_record
from hypothesis import given, settings
from hypothesis import strategies as st


def page(i: int, size: int = 2_000) -> bytes:
    """A record whose body does not compress well, so that damage hits something."""
    noise = "".join(chr(33 + (i * 7919 + k * k * 31) % 90) for k in range(size))
    return response_record(f"http://a.example/{i}", f"<p>page {i} {noise}</p>".encode())


def write(folder: Path, *parts: bytes, name: str = "a.warc.gz") -> Path:
    path = folder / name
    path.write_bytes(b"".join(parts))
    return path


def urls(items: list[Item]) -> list[str]:
    return [item.url.rsplit("/", 1)[1] for item in items if isinstance(item, Page)]


def reasons(items: list[Item]) -> list[str]:
    return [item.reason for item in items if isinstance(item, Skipped)]


def test_every_record_is_a_page_or_has_a_reason(tmp_path: Path) -> None:
    parts = [
        record("warcinfo", b"software: test"),
        page(1),
        record("request", b"GET / HTTP/1.1\r\n\r\n", url="http://a.example/"),
        response_record("http://a.example/x", b"%PDF-1.4", content_type="text/html"),
        response_record("http://a.example/y", b"x", content_type="image/png"),
        response_record("http://a.example/z", b"gone", status="404 Not Found"),
        response_record("http://a.example/e", b"  "),
        record("response", b"no http", url="http://a.example/n"),
        record("response", b"HTTP/1.1 200 OK\r\n\r\nx"),
        record("revisit", b"", url="http://a.example/r"),
        record("conversion", "Zwölf Wörter".encode(), url="http://a.example/wet"),
    ]
    for name, whole in (
        ("members.warc.gz", b"".join(map(compressed, parts))),
        ("one.warc.gz", compressed(b"".join(parts))),
        ("plain.warc", b"".join(parts)),
    ):
        items = list(read_archive(write(tmp_path, whole, name=name)))
        assert len(items) == len(parts), name
        assert urls(items) == ["1", "wet"]
        assert reasons(items) == [
            "other record", "other record", "not a page", "not a page", "status", "empty",
            "bad response", "no address", "other record",
        ]  # fmt: skip
    text = items[-1]
    assert isinstance(text, Page)
    assert (text.kind, text.body.decode()) == ("text", "Zwölf Wörter")


def test_flipped_bytes_cost_one_record(tmp_path: Path) -> None:
    parts = [compressed(page(i)) for i in range(20)]
    damaged = bytearray(parts[10])
    damaged[100:130] = bytes(byte ^ 0xFF for byte in damaged[100:130])
    items = list(read_archive(write(tmp_path, *parts[:10], bytes(damaged), *parts[11:])))
    assert urls(items) == [str(i) for i in range(20) if i != 10]
    assert reasons(items) == ["damaged"]


def test_a_broken_magic_costs_one_record(tmp_path: Path) -> None:
    parts = [compressed(page(i)) for i in range(6)]
    items = list(read_archive(write(tmp_path, *parts[:3], b"XX" + parts[3][2:], *parts[4:])))
    assert urls(items) == ["0", "1", "2", "4", "5"]
    assert reasons(items) == ["damaged"]


def test_a_cut_file_says_so(tmp_path: Path) -> None:
    parts = [compressed(page(i)) for i in range(3)]
    for name, cut in (
        ("a.warc.gz", b"".join(parts)[:-50]),
        ("b.warc", b"".join(map(page, range(3)))[:-50]),
    ):
        items = list(read_archive(write(tmp_path, cut, name=name)))
        assert urls(items) == ["0", "1"]
        assert reasons(items) == ["cut off"]


@pytest.mark.parametrize("length", [b"999999999", b"3", b"2100"])
@pytest.mark.parametrize("plain", [False, True])
def test_a_wrong_length_costs_one_record(tmp_path: Path, length: bytes, plain: bool) -> None:
    parts = [page(i) for i in range(5)]
    head, _, rest = parts[2].partition(b"Content-Length: ")
    parts[2] = head + b"Content-Length: " + length + rest[rest.index(b"\r\n") :]
    packed = parts if plain else [compressed(part) for part in parts]
    items = list(read_archive(write(tmp_path, *packed, name="a.warc" if plain else "a.warc.gz")))
    assert urls(items) == ["0", "1", "3", "4"]
    assert reasons(items) == ["wrong length"]


def test_a_large_page_streams_past(tmp_path: Path) -> None:
    large = response_record("http://a.example/large", b"<p>" + b"x" * 3_000_000)
    for name, parts in (
        ("a.warc.gz", [compressed(page(0)), compressed(large), compressed(page(1))]),
        ("a.warc", [page(0), large, page(1)]),
    ):
        items = list(read_archive(write(tmp_path, *parts, name=name), max_page_bytes=100_000))
        assert urls(items) == ["0", "1"]
        assert reasons(items) == ["too large"]


def test_bombs_are_too_large(tmp_path: Path) -> None:
    bomb = gzip.compress(b"\0" * 5_000_000)
    headers = {"Content-Encoding": "gzip"}
    body = response_record("http://a.example/bomb", bomb, http_headers=headers)
    items = list(read_archive(write(tmp_path, compressed(body)), max_page_bytes=100_000))
    assert reasons(items) == ["too large"]


def test_bodies_are_decoded(tmp_path: Path) -> None:
    html = b"<p>hello</p>"
    chunked = b"5;x=1\r\n<p>he\r\n7\r\nllo</p>\r\n0\r\n\r\n"
    cases = [
        (gzip.compress(html), {"Content-Encoding": "gzip"}),
        (zlib.compress(html), {"Content-Encoding": "deflate"}),
        (html, {"Content-Encoding": "gzip"}),  # undone by the crawler, which kept the header
        (html, {"Content-Encoding": "br"}),
        (chunked, {"Transfer-Encoding": "chunked"}),
        (html, {"Transfer-Encoding": "chunked"}),
    ]
    parts = [
        compressed(response_record(f"http://a.example/{i}", body, http_headers=headers))
        for i, (body, headers) in enumerate(cases)
    ]
    items = list(read_archive(write(tmp_path, *parts)))
    assert [item.body for item in items if isinstance(item, Page)] == [html] * len(cases)


def test_reading_begins_again_at_any_place(tmp_path: Path) -> None:
    parts = [page(i) for i in range(6)]
    for name, whole in (
        ("members.warc.gz", b"".join(map(compressed, parts))),
        ("one.warc.gz", compressed(b"".join(parts))),
        ("plain.warc", b"".join(parts)),
    ):
        path = write(tmp_path, whole, name=name)
        items = list(read_archive(path))
        for i, item in enumerate(items):
            assert list(read_archive(path, start=item.place)) == items[i:], name


def test_missing_blank_lines_and_an_empty_file(tmp_path: Path) -> None:
    parts = [page(i).rstrip(b"\r\n") for i in range(3)]
    items = list(read_archive(write(tmp_path, *map(compressed, parts))))
    assert urls(items) == ["0", "1", "2"]
    assert list(read_archive(write(tmp_path, name="empty.warc.gz"))) == []
    with pytest.raises(FileNotFoundError):
        list(read_archive(tmp_path / "none.warc.gz"))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 40))
def test_whatever_is_flipped_the_rest_is_read(
    tmp_path_factory: pytest.TempPathFactory, where: int, count: int
) -> None:
    """Damage to n bytes in a row touches two records at most; all others come out whole."""
    parts = [compressed(page(i, 300)) for i in range(8)]
    whole = bytearray(b"".join(parts))
    at = where % len(whole)
    for i in range(at, min(len(whole), at + count)):
        whole[i] ^= 0x5A
    ends = [sum(map(len, parts[: i + 1])) for i in range(8)]
    touched = {str(i) for i in range(8) if ends[i] - len(parts[i]) < at + count and at < ends[i]}
    path = write(tmp_path_factory.mktemp("flip"), bytes(whole))
    items = list(read_archive(path))
    untouched = [str(i) for i in range(8) if str(i) not in touched]
    assert [url for url in urls(items) if url in untouched] == untouched
    assert items[0].place == Place(0)
