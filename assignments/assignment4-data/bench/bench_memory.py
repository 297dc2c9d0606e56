"""Memory of the pipeline's processes when a page of 200 MB and a bomb lie in the archive.

    python bench/bench_memory.py --output results/memory.json

Runs the command in its own processes and asks the system for the largest one that there was: the
parent, which reads, or a worker. The same archive without the two gives the least it can be.
"""

from __future__ import annotations

import gzip
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench_peers import planted
from cs336_data.warc.writer import compressed, response_record
from records import keep, parser

LARGE = 200_000_000  # bytes of the page
BOMB = 1_000_000_000  # bytes of zeros in a compressed body
PAGES = 200


def page(number: int, words: list[str]) -> bytes:
    """A page of words in sentences."""
    lines = (" ".join(words[i : i + 12]) for i in range(0, len(words), 12))
    body = "".join(f"<p>{line}.</p>" for line in lines)
    return response_record(f"http://a.example/{number}", body.encode())


def large() -> bytes:
    """One page of `LARGE` bytes."""
    line = b"<p>The same sentence of a page that does not end, again and again.</p>\n"
    return response_record("http://a.example/large", line * (LARGE // len(line)))


def bomb() -> bytes:
    """A body that says it is gzip, and is a gigabyte of zeros."""
    packed = gzip.compress(bytes(BOMB), compresslevel=6, mtime=0)
    headers = {"Content-Encoding": "gzip"}
    return response_record("http://a.example/bomb", packed, http_headers=headers)


def run(archive: Path, output: Path, workers: int) -> dict[str, Any]:
    """Largest process of one run in MB, and what became of the records.

    A process of its own asks, since the system keeps one largest child for ever.
    """
    command = [sys.executable, "-m", "cs336_data.pipeline", "--input", str(archive),
               "--output", str(output), "--workers", str(workers)]  # fmt: skip
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        done = subprocess.run(command, capture_output=True, check=False)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        os.write(writer, f"{done.returncode} {peak}".encode())
        os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    status, peak = map(int, os.read(reader, 100).split())
    os.close(reader)
    if status:
        raise RuntimeError(f"{' '.join(command)}: exit status {status}")
    accounts = json.loads((output / "accounts.json").read_text(encoding="utf-8"))
    return {
        "MB_largest_process": round(peak * 1024 / 1e6),
        "read": accounts["read"],
        "too_large": accounts["gone"]["records"].get("too large", 0),
    }


def main() -> None:
    """Measure, print, write."""
    options = parser(__doc__)
    options.add_argument("--workers", type=int, default=1)
    chosen = options.parse_args()
    members = [compressed(page(i, words)) for i, words in enumerate(planted(PAGES))]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        results: dict[str, dict[str, Any]] = {}
        for what, more in (("small pages", ()), ("a large page and a bomb", (large, bomb))):
            archive = folder / f"{len(results)}.warc.gz"
            with archive.open("wb") as file:
                file.writelines(members[:100])
                file.writelines(compressed(make()) for make in more)
                file.writelines(members[100:])
            results[what] = run(archive, folder / f"out{len(results)}", chosen.workers)
    keep({"MB_of_the_page": LARGE // 10**6, "MB_of_the_bomb": BOMB // 10**6, "results": results},
         chosen.output)  # fmt: skip


if __name__ == "__main__":
    main()
