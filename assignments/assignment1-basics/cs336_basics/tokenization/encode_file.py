"""Encode a text file of any size into a flat file of token ids, in parallel.

The output holds ids one after another, little-endian uint16 where the vocabulary fits and uint32
where it does not: `numpy.memmap(path, dtype=id_dtype(tokenizer), mode="r")` reads it.
"""

from __future__ import annotations

import argparse
import os
import sys
from functools import partial
from pathlib import Path

import numpy as np
from tqdm import tqdm

from cs336_basics.pretokenization import (
    CHUNK_BYTES,
    PARALLEL_FROM_BYTES,
    Span,
    iterate_spans,
    read_span,
    text_size,
)
from cs336_basics.support.command_line import exit_status
from cs336_basics.support.parallel import available_workers, ordered_map
from cs336_basics.support.whole_file import whole_file
from cs336_basics.tokenizer import Tokenizer


def id_dtype(tokenizer: Tokenizer) -> np.dtype[np.unsignedinteger]:
    """Return the smallest of uint16 and uint32 that holds every id, little-endian."""
    return np.dtype("<u2") if max(tokenizer.vocab, default=0) < 1 << 16 else np.dtype("<u4")


def encode_file(
    tokenizer: Tokenizer,
    input_path: str | os.PathLike[str],
    output_path: str | os.PathLike[str],
    *,
    workers: int | None = None,
    progress: bool | None = None,
    chunk_bytes: int = CHUNK_BYTES,
) -> int:
    """Write the ids of a UTF-8 file to `output_path` and return how many there are.

    The ids are those of `tokenizer.encode(whole text)`. Memory holds about two chunks a worker.
    The output appears under its name only when it is complete.

    Raises:
        FileNotFoundError: no input file.
        ValueError: the input is empty or not UTF-8.
    """
    size = text_size(input_path)
    if workers is None:
        workers = available_workers() if size >= PARALLEL_FROM_BYTES else 1
    chunk_bytes = max(1, min(chunk_bytes, size // workers + 1))
    encode = partial(_encode_span, tokenizer, os.fspath(input_path), id_dtype(tokenizer))
    disable = None if progress is None else not progress
    total = 0
    with (
        Path(input_path).open("rb") as source,
        whole_file(output_path) as target,
        tqdm(total=size, unit="B", unit_scale=True, desc="encode", disable=disable) as bar,
    ):
        spans = iterate_spans(
            source, tokenizer.special_tokens, chunk_bytes, tokenizer.split_pattern
        )
        for ids, done in ordered_map(encode, spans, workers):
            target.write(ids.tobytes())
            total += len(ids)
            bar.update(done)
    return total


def _encode_span(
    tokenizer: Tokenizer, path: str, dtype: np.dtype[np.unsignedinteger], span: Span
) -> tuple[np.ndarray[tuple[int], np.dtype[np.unsignedinteger]], int]:
    ids = np.array(tokenizer.encode(read_span(path, span)), dtype=dtype)
    return ids, span[1] - span[0]


def main(arguments: list[str] | None = None) -> int:
    """Run `python -m cs336_basics.tokenization.encode_file`; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m cs336_basics.tokenization.encode_file", description=__doc__.splitlines()[0]
    )
    parser.add_argument("input", type=Path, help="UTF-8 text file")
    parser.add_argument("output", type=Path, help="file of ids to write")
    parser.add_argument("--vocab", type=Path, required=True, help="vocab.json")
    parser.add_argument("--merges", type=Path, required=True, help="merges.txt")
    parser.add_argument("--special-token", action="append", default=[], metavar="TEXT")
    parser.add_argument("--workers", type=int, default=None, help="default: one a core")
    options = parser.parse_args(arguments)
    return exit_status(lambda: _run(options))


def _run(options: argparse.Namespace) -> None:
    tokenizer = Tokenizer.from_files(options.vocab, options.merges, options.special_token)
    total = encode_file(tokenizer, options.input, options.output, workers=options.workers)
    bytes_per_token = options.input.stat().st_size / total
    print(
        f"{options.output}: {total:,} tokens of {id_dtype(tokenizer).name}, "
        f"{bytes_per_token:.2f} bytes a token"
    )


if __name__ == "__main__":
    sys.exit(main())
