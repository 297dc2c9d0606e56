"""Damaged archives: how many whole records each reader gets, and whether it says what was lost.

    python bench/bench_warc.py --output results/warc.json

321 records of 16 kB, gzipped one by one, damaged in four ways; fastwarc alone and `read_archive`.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections import Counter
from pathlib import Path

from cs336_data.warc.items import Page, Skipped
from cs336_data.warc.reader import read_archive
from cs336_data.warc.writer import compressed, response_record
from fastwarc.warc import ArchiveIterator
from records import machine

RECORDS = 321
SIZE = 16_000


def records(seed: int = 0) -> list[bytes]:
    """Responses of words that compress to about a third."""
    rng = random.Random(seed)
    words = [f"{rng.randrange(1 << 40):x}" for _ in range(2_000)]
    return [
        response_record(
            f"http://a.example/{i}", " ".join(rng.choices(words, k=SIZE // 11)).encode()
        )
        for i in range(RECORDS)
    ]


def damaged(parts: list[bytes]) -> dict[str, bytes]:
    """The archive and four damaged copies."""
    members = [compressed(part) for part in parts]
    whole = b"".join(members)
    middle = sum(map(len, members[:160]))
    flipped = bytearray(whole)
    flipped[middle + 500 : middle + 530] = bytes(
        b ^ 0xFF for b in flipped[middle + 500 : middle + 530]
    )
    magic = bytearray(whole)
    magic[middle : middle + 2] = b"XX"
    head, _, rest = parts[160].partition(b"Content-Length: ")
    wrong = head + b"Content-Length: 999999999" + rest[rest.index(b"\r\n") :]
    return {
        "whole": whole,
        "cut in the last record": whole[:-500],
        "30 bytes flipped": bytes(flipped),
        "one gzip magic broken": bytes(magic),
        "one wrong Content-Length": b"".join([*members[:160], compressed(wrong), *members[161:]]),
    }


def by_fastwarc(path: Path, expected: set[bytes]) -> dict[str, object]:
    """Whole records that fastwarc alone hands out, and whether it raised."""
    found, error = 0, ""
    try:
        with path.open("rb") as file:
            for record in ArchiveIterator(file, parse_http=True):
                found += record.reader.read() in expected
    except OSError as raised:
        error = str(raised)
    return {"whole_records": found, "error": error}


def by_us(path: Path, expected: set[bytes]) -> dict[str, object]:
    """The same for `read_archive`, with what it says was lost."""
    items = list(read_archive(path))
    found = sum(item.body in expected for item in items if isinstance(item, Page))
    lost = Counter(item.reason for item in items if isinstance(item, Skipped))
    return {"whole_records": found, "lost": dict(lost)}


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    parts = records()
    expected = {part.split(b"\r\n\r\n", 2)[2].removesuffix(b"\r\n\r\n") for part in parts}
    results = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.warc.gz")
        for name, data in damaged(parts).items():
            path.write_bytes(data)
            results.append(
                {
                    "file": name,
                    "fastwarc": by_fastwarc(path, expected),
                    "here": by_us(path, expected),
                }
            )
        path.write_bytes(b"".join(map(compressed, parts)))
        begin = time.process_time()
        count = sum(1 for _ in read_archive(path))
        speed = count / (time.process_time() - begin)
    record = {
        **machine(),
        "records": RECORDS,
        "results": results,
        "records_per_second": round(speed),
    }
    print(json.dumps(record, indent=1))
    if options.output:
        options.output.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
