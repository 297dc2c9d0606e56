"""Rows to token files that `cs336_basics.train` reads as they lie: raw uint16, documents in a row.

    train.bin, valid.bin    ids, little-endian uint16, <|endoftext|> after each document
    train.index.npy, …      (documents + 1,) where each document begins, uint64
    tokens.json             counts, the tokenizer's files with their SHA-256, the end-of-text id

A document goes to the validation file by the hash of its address, so it stays there in later runs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import xxhash
from cs336_basics.support.parallel import ordered_map
from cs336_basics.support.whole_file import whole_file
from cs336_basics.tokenizer import Tokenizer

from cs336_data.pipeline.config import ConfigError
from cs336_data.pipeline.rows import Row

END = "<|endoftext|>"
MAX_UINT16 = 1 << 16


def load_tokenizer(vocab: Path, merges: Path) -> Tokenizer:
    """The tokenizer of two files, with `<|endoftext|>`.

    Raises:
        ConfigError: a file is missing, or ids do not fit 16 bits.
    """
    try:
        tokenizer = Tokenizer.from_files(vocab, merges, [END])
    except (OSError, ValueError, KeyError) as error:
        raise ConfigError(f"no tokenizer in {vocab} and {merges}: {error}") from error
    if max(tokenizer.vocab) >= MAX_UINT16:
        raise ConfigError(
            f"{vocab} has ids up to {max(tokenizer.vocab):,}, token files hold 16 bits "
            f"(up to {MAX_UINT16 - 1:,}): train a tokenizer with fewer entries"
        )
    return tokenizer


def write_tokens(
    rows: Iterable[Row],
    folder: Path,
    vocab: Path,
    merges: Path,
    valid_share: float,
    workers: int = 1,
) -> dict[str, Any]:
    """Encode rows into the folder; returns what tokens.json says."""
    tokenizer = load_tokenizer(vocab, merges)
    starts = pack_documents(rows, folder, tokenizer.encode, valid_share, workers)
    about = {
        "dtype": "<u2",
        "end_of_text": next(i for i, b in tokenizer.vocab.items() if b == END.encode()),
        "vocab_size": max(tokenizer.vocab) + 1,
        "tokens": {name: places[-1] for name, places in starts.items()},
        "documents": {name: len(places) - 1 for name, places in starts.items()},
        "tokenizer": {
            file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in (vocab, merges)
        },
    }
    with whole_file(folder / "tokens.json") as file:
        file.write(json.dumps(about, indent=1).encode() + b"\n")
    return about


def pack_documents(
    rows: Iterable[Row],
    folder: Path,
    encode: Callable[[str], list[int]],
    valid_share: float,
    workers: int = 1,
) -> dict[str, list[int]]:
    """Write train.bin, valid.bin and indices; returns where each document begins, and the end.

    `rows` have `url` and `text`; `encode` turns a text into ids below 65,536, and `<|endoftext|>`
    into one of its own, which stands behind each document and nowhere else. About `valid_share` of
    the documents go to the validation file, always the same ones: their addresses decide.
    """
    folder.mkdir(parents=True, exist_ok=True)
    starts: dict[str, list[int]] = {"train": [0], "valid": [0]}
    texts = ((is_valid(str(row["url"]), valid_share), str(row["text"])) for row in rows)
    with whole_file(folder / "train.bin") as train, whole_file(folder / "valid.bin") as valid:
        for held_out, ids in ordered_map(partial(_encode, encode), texts, workers):
            name, file = ("valid", valid) if held_out else ("train", train)
            file.write(ids)
            starts[name].append(starts[name][-1] + len(ids) // 2)
    for name, places in starts.items():
        with whole_file(folder / f"{name}.index.npy") as file:
            np.save(file, np.array(places, dtype=np.uint64))
    return starts


def is_valid(url: str, share: float) -> bool:
    """Whether a document belongs to the validation file."""
    return xxhash.xxh3_64_intdigest(url.encode("utf-8", "replace")) < share * (1 << 64)


def _encode(encode: Callable[[str], list[int]], task: tuple[bool, str]) -> tuple[bool, bytes]:
    held_out, text = task
    ids = encode(text.replace(END, " ") + END)  # a page cannot end a document by itself
    return held_out, np.array(ids, dtype="<u2").tobytes()
