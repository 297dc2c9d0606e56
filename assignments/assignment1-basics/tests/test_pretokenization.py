"""Files: chunks that cut nothing, counts equal to those of the whole text."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from cs336_basics.pretokenization import (
    count_pretokens,
    count_pretokens_in_file,
    find_chunk_boundaries,
    iterate_spans,
    read_span,
)
from cs336_basics.split import NAMED_PATTERNS
from hypothesis import given, settings
from hypothesis import strategies as st

END = "<|endoftext|>"


def test_boundaries_fall_on_special_tokens() -> None:
    data = b"one<|e|>two<|e|>three<|e|>four"
    boundaries = find_chunk_boundaries(io.BytesIO(data), 4, b"<|e|>")
    assert boundaries[0] == 0
    assert boundaries[-1] == len(data)
    assert len(boundaries) > 2
    assert all(data[b:].startswith(b"<|e|>") for b in boundaries[1:-1])


def test_boundaries_without_the_token_or_without_text() -> None:
    assert find_chunk_boundaries(io.BytesIO(b"no token here"), 8, b"<|e|>") == [0, 13]
    assert find_chunk_boundaries(io.BytesIO(b""), 8, b"<|e|>") == [0]


def test_a_token_across_two_windows_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cs336_basics.pretokenization.WINDOW_BYTES", 4)
    data = b"x" * 30 + b"<|e|>" + b"y" * 30
    assert find_chunk_boundaries(io.BytesIO(data), 3, b"<|e|>") == [0, 30, 65]


@pytest.mark.parametrize(("chunks", "token"), [(0, b"x"), (3, b"")])
def test_bad_arguments_are_refused(chunks: int, token: bytes) -> None:
    with pytest.raises(ValueError, match=r"desired_num_chunks|split_special_token"):
        find_chunk_boundaries(io.BytesIO(b"x"), chunks, token)


SPECIALS = st.lists(st.text("ab <>|\n", min_size=1, max_size=4), max_size=3, unique=True)


@settings(deadline=None)
@given(
    st.text("ab1! <>|\r\n日é", max_size=80),
    SPECIALS,
    st.integers(1, 20),
    st.sampled_from([*NAMED_PATTERNS.values(), r"(?s).{1,3}"]),
)
def test_counts_do_not_depend_on_the_chunks(
    text: str, specials: list[str], chunk_bytes: int, pattern: str
) -> None:
    data = text.encode()
    spans = list(iterate_spans(io.BytesIO(data), specials, chunk_bytes, pattern))
    assert b"".join(data[start:end] for start, end in spans) == data
    parts = [count_pretokens(data[start:end].decode(), specials, pattern) for start, end in spans]
    joined = sum(parts[1:], parts[0]) if parts else {}
    assert joined == count_pretokens(text, specials, pattern)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_counts_of_a_file_in_parallel(tmp_path: Path, newline: str) -> None:
    text = f"Once upon a time...{newline}{END}{newline}The  end.{newline}" * 500
    path = tmp_path / "text.txt"
    path.write_bytes(text.encode())
    expected = count_pretokens(text, [END])
    assert END not in expected
    counted = count_pretokens_in_file(path, [END], workers=2, chunk_bytes=1000)
    assert counted == expected


def test_memory_stays_bounded_by_the_chunk(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_text("word " * 100_000, encoding="utf-8")
    with path.open("rb") as file:
        sizes = [end - start for start, end in iterate_spans(file, [], 10_000)]
    assert max(sizes) < 10_100
    assert len(sizes) > 40


def test_bytes_that_are_not_utf8_are_named(tmp_path: Path) -> None:
    path = tmp_path / "latin.txt"
    path.write_bytes(b"caf\xe9 au lait")
    with pytest.raises(ValueError, match=r"latin\.txt: byte 3 is not UTF-8 \(0xe9\)"):
        read_span(path, (0, 12))
