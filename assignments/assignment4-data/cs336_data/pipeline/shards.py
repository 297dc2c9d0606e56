"""Stage three: the rows that stay, as files to train on: jsonl.zst or Parquet.

Each file appears whole, under a name with its number; the same rows give the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from cs336_basics.support.whole_file import whole_file

from cs336_data.pipeline.config import ConfigError, Output
from cs336_data.pipeline.rows import Row, pack

ROWS_PER_FRAME = 1_000


def write_shards(rows: Iterable[Row], folder: Path, output: Output) -> list[Path]:
    """Write rows into as many files as needed and return them; one empty file for no rows.

    Raises:
        ConfigError: Parquet is asked for without pyarrow.
        OSError: a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("part-*"):
        old.unlink()
    files = []
    for number, chunk in enumerate(_chunks(rows, output.rows_per_file)):
        path = folder / f"part-{number:05d}.{output.format}"
        (_write_parquet if output.format == "parquet" else _write_jsonl)(chunk, path)
        files.append(path)
    return files


def _chunks(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    chunk: list[Row] = []
    first = True
    for row in rows:
        if len(chunk) == size:
            yield chunk
            chunk, first = [], False
        chunk.append(row)
    if chunk or first:
        yield chunk


def _write_jsonl(rows: list[Row], path: Path) -> None:
    with whole_file(path) as file:
        for i in range(0, len(rows), ROWS_PER_FRAME):
            file.write(pack(rows[i : i + ROWS_PER_FRAME]))


def _write_parquet(rows: list[Row], path: Path) -> None:
    """Text, address and date as columns; all else of a row as JSON in `meta`."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise ConfigError("Parquet needs pyarrow: pip install 'cs336-data[parquet]'") from error
    columns = ("text", "url", "date")
    data = {name: [row.get(name) for row in rows] for name in columns}
    data["meta"] = [
        json.dumps({k: v for k, v in row.items() if k not in columns}, ensure_ascii=False)
        for row in rows
    ]
    schema = pyarrow.schema([(name, pyarrow.string()) for name in (*columns, "meta")])
    with whole_file(path) as file:
        parquet.write_table(pyarrow.table(data, schema=schema), file, compression="zstd")
