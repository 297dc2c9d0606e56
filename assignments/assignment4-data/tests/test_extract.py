"""Bytes of pages to text: encodings as they are served, and pages made to break parsers."""

from __future__ import annotations

import pytest
from cs336_data.extract import (
    NestingError,
    check_nesting,
    decode_html,
    extract,
    extract_text_from_html_bytes,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from .adapters import run_extract_text_from_html_bytes

PAGE = (
    "<html><head><title>T</title><script>var x=1;</script></head><body>"
    "<nav><a href='/'>Home</a> <a href='/b'>About</a></nav>"
    "<main><h1>Rivers</h1><p>The Danube rises in the Black Forest and flows to the Black Sea, "
    "through ten countries, more than any other river of the world.</p>"
    "<table><tr><td>length</td><td>2850 km</td></tr></table>"
    "<pre>def f(x):\n    return x</pre></main><footer>Imprint</footer></body></html>"
)


def test_all_visible_text_comes_out() -> None:
    text = run_extract_text_from_html_bytes(PAGE.encode())
    assert text is not None
    for part in ("Home", "Rivers", "Danube", "2850 km", "return x", "Imprint"):
        assert part in text
    assert "var x" not in text


def test_main_content_leaves_the_frame_and_keeps_tables_and_code() -> None:
    text = extract(PAGE, "main")
    for part in ("Danube", "2850 km", "    return x"):
        assert part in text
    assert "Imprint" not in text
    assert "About" not in text


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("utf-8", "<meta charset=iso-8859-1>"),  # wrong, and UTF-8 is believed first
        ("cp1252", ""),
        ("cp1252", "<meta charset=iso-8859-1>"),  # browsers read Latin-1 as Windows-1252
        ("utf-16", ""),
        ("utf-8-sig", ""),
        ("iso8859-2", "<meta charset='iso-8859-2'>"),
        ("shift_jis", "<meta charset=Shift_JIS>"),
    ],
)
def test_encodings(encoding: str, declared: str) -> None:
    words = {
        "iso8859-2": "Zażółć gęślą jaźń",
        "shift_jis": "日本語の文章です。",
    }.get(encoding, "“Café” – naïve façade, €5")
    html = f"<html><head>{declared}</head><body><p>{words}</p></body></html>"
    text = extract_text_from_html_bytes(html.encode(encoding))
    assert text is not None
    assert words in text


def test_a_header_is_used_where_the_page_says_nothing() -> None:
    assert "Привет" in decode_html("Привет".encode("koi8-r"), "koi8-r")


@pytest.mark.parametrize("name", ["utf-7", "rot13", "hex", "no such", "\x00", "idna"])
def test_odd_names_of_encodings_do_no_harm(name: str) -> None:
    assert "Caf" in decode_html(b"<p>Caf\xe9</p>", name)


def test_nul_bytes_go() -> None:
    assert extract_text_from_html_bytes(b"<p>a\x00b</p>") == "ab"


def test_deep_nesting_is_refused_quickly() -> None:
    deep = b"<div>" * 100_000
    assert extract_text_from_html_bytes(deep) is None
    with pytest.raises(NestingError, match="2000 tags"):
        check_nesting("<ul>" * 5_000)
    check_nesting("<p>one</p>" * 50_000)


def test_a_cell_over_a_quadrillion_columns() -> None:
    text = extract_text_from_html_bytes(b"<table><tr><td colspan=1000000000000000>x</td></table>")
    assert text == "x"


def test_nothing_in_nothing_out() -> None:
    assert extract_text_from_html_bytes(b"") == ""


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_give_text_that_can_be_written(data: bytes) -> None:
    text = extract_text_from_html_bytes(data)
    assert text is None or text.encode("utf-8") is not None
