"""Counting pre-tokens in files of any size: safe chunks, bounded memory, several processes."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import BinaryIO

from tqdm import tqdm

from cs336_basics.split import GPT2_PATTERN, split_special_tokens, split_units, splitter
from cs336_basics.support.parallel import available_workers, ordered_map

Span = tuple[int, int]  # first byte, byte after the last one

CHUNK_BYTES = 8 << 20
WINDOW_BYTES = 64 << 10
PARALLEL_FROM_BYTES = 4 << 20  # below this, starting processes costs more than they save
_AFTER_ANY = re.compile(rb"(?<=[!-~])(?=[ \t\r\n])")
_AFTER_WORD = re.compile(rb"(?<=[A-Za-z0-9])(?=[ \t\r\n])")


def find_chunk_boundaries(
    file: BinaryIO, desired_num_chunks: int, split_special_token: bytes
) -> list[int]:
    """Cut a binary file into at most `desired_num_chunks` chunks that start at a special token.

    Returns sorted byte offsets from 0 to the file's size; fewer where tokens are too rare. The
    offsets fall at the start of a special token, never inside one, so chunks can be split at
    special tokens and counted independently.
    """
    if desired_num_chunks < 1:
        raise ValueError(f"desired_num_chunks must be at least 1, got {desired_num_chunks}")
    if not split_special_token:
        raise ValueError("split_special_token is empty: give the bytes to cut at")
    size = file.seek(0, os.SEEK_END)
    guesses = (size * index // desired_num_chunks for index in range(1, desired_num_chunks))
    cuts = {_next_cut(file, guess, size, [split_special_token]) for guess in guesses}
    return sorted({0, size} | cuts)


def iterate_spans(
    file: BinaryIO,
    special_tokens: Sequence[str],
    chunk_bytes: int = CHUNK_BYTES,
    pattern: str = GPT2_PATTERN,
) -> Iterator[Span]:
    """Yield consecutive byte spans of about `chunk_bytes` that can be split independently.

    A span ends where a special token starts or, if none is near, where white space follows a
    word: there the pre-tokens of both sides are those of the whole file, whatever its line ends.
    With a split pattern of which nothing is known only special tokens end spans.
    """
    known = splitter(pattern)
    word_end = _AFTER_ANY if known.ends_before_white_space else _AFTER_WORD
    encoded = [token.encode("utf-8") for token in special_tokens]
    size = file.seek(0, os.SEEK_END)
    start = 0
    while start < size:
        end = _next_cut(
            file, start + chunk_bytes, size, encoded,
            word_end if known.words_end_before_white_space else None,
        )  # fmt: skip
        yield start, end
        start = end


def _next_cut(
    file: BinaryIO,
    position: int,
    size: int,
    special_tokens: list[bytes],
    word_end: re.Pattern[bytes] | None = None,
) -> int:
    """Return the first allowed cut at or after `position`, `size` if there is none."""
    margin = max(map(len, special_tokens), default=0) + 1
    token_start = re.compile(b"|".join(b"(?=" + re.escape(t) + b")" for t in special_tokens))
    starts = [token_start] if special_tokens else []
    if word_end is not None:
        starts.append(word_end)
    while position < size:
        base = max(0, position - margin)
        file.seek(base)
        window = file.read(position - base + WINDOW_BYTES + margin)
        for pattern in starts:
            for match in pattern.finditer(window, position - base):
                offset = match.start()
                if offset >= position - base + WINDOW_BYTES:
                    break
                if not _cuts_a_token(window, offset, special_tokens):
                    return base + offset
        position += WINDOW_BYTES
    return size


def _cuts_a_token(window: bytes, offset: int, special_tokens: list[bytes]) -> bool:
    """Say whether an occurrence of a special token lies across `offset`."""
    return any(
        window.find(token, max(0, offset - len(token) + 1), offset + len(token) - 1) != -1
        for token in special_tokens
    )


def text_size(path: str | os.PathLike[str]) -> int:
    """Return the size of a file in bytes; raise ValueError if there is nothing in it."""
    size = Path(path).stat().st_size
    if size == 0:
        raise ValueError(f"{os.fspath(path)}: the file is empty, give a file with text")
    return size


def read_span(path: str | os.PathLike[str], span: Span) -> str:
    """Read a span of a UTF-8 file as text with its line ends unchanged."""
    start, end = span
    with Path(path).open("rb") as file:
        file.seek(start)
        data = file.read(end - start)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{os.fspath(path)}: byte {start + error.start} is not UTF-8 "
            f"(0x{data[error.start]:02x}): convert the file to UTF-8 first"
        ) from error


def count_pretokens(
    text: str, special_tokens: Sequence[str] = (), pattern: str = GPT2_PATTERN
) -> Counter[str]:
    """Count the pre-tokens of `text`, leaving special tokens out."""
    known = splitter(pattern)
    parts = split_special_tokens(text, special_tokens)[::2]
    counts: Counter[str] = Counter()
    if not known.ends_before_white_space:
        for part in parts:
            counts.update(known.pretokens(part))
        return counts
    units: Counter[str] = Counter()
    for part in parts:
        units.update(split_units(part))
    for unit, count in units.items():
        for pretoken in known.pretokens(unit):
            counts[pretoken] += count
    return counts


def count_pretokens_in_file(
    path: str | os.PathLike[str],
    special_tokens: Sequence[str] = (),
    workers: int | None = None,
    progress: bool | None = None,
    chunk_bytes: int = CHUNK_BYTES,
    pattern: str = GPT2_PATTERN,
) -> Counter[str]:
    """Count the pre-tokens of a UTF-8 file chunk by chunk.

    Args:
        workers: processes; None for one a core, and one alone for a small file.
        progress: show a bar on the terminal; None for only where there is one.
        chunk_bytes: bytes a task; memory holds two chunks a worker and the distinct pre-tokens.
    """
    size = text_size(path)
    if workers is None:
        workers = available_workers() if size >= PARALLEL_FROM_BYTES else 1
    chunk_bytes = max(1, min(chunk_bytes, size // workers + 1))
    counts: Counter[str] = Counter()
    count = partial(_count_span, path, tuple(special_tokens), pattern)
    disable = None if progress is None else not progress
    with (
        Path(path).open("rb") as file,
        tqdm(total=size, unit="B", unit_scale=True, desc="pre-tokens", disable=disable) as bar,
    ):
        spans = iterate_spans(file, special_tokens, chunk_bytes, pattern)
        for part, done in ordered_map(count, spans, workers):
            counts.update(part)
            bar.update(done)
    return counts


def _count_span(
    path: str | os.PathLike[str], special_tokens: tuple[str, ...], pattern: str, span: Span
) -> tuple[Counter[str], int]:
    return count_pretokens(read_span(path, span), special_tokens, pattern), span[1] - span[0]
