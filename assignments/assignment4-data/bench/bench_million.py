"""Memory of finding duplicates among a million documents: signatures on the disk, one band at a
time.

    python bench/bench_million.py --output results/million.json

Signatures are drawn at random, a tenth of them copies of others, so no texts are needed;
verification answers from the plan. What is measured is what grows with the number of documents:
bands, sorting, union-find, edges.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
from cs336_data.dedup.clusters import cluster
from cs336_data.dedup.minhash import band_key
from records import machine

NUM_HASHES, NUM_BANDS = 128, 16
COPY_EVERY = 10


def write_signatures(path: Path, documents: int) -> None:
    """(documents, 128) uint32; every tenth row repeats the row before it but for 10 numbers."""
    rng = np.random.default_rng(0)
    with path.open("wb") as file:
        for start in range(0, documents, 10_000):
            rows = rng.integers(
                0, 1 << 32, (min(10_000, documents - start), NUM_HASHES), dtype=np.uint32
            )
            rows[1::COPY_EVERY] = rows[0::COPY_EVERY][: len(rows[1::COPY_EVERY])]
            changed = rows[1::COPY_EVERY]
            changed[:, :10] = rng.integers(0, 1 << 32, (len(changed), 10), dtype=np.uint32)
            file.write(rows.tobytes())


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--documents", type=int, default=1_000_000)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    count = options.documents
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "signatures.u32")
        write_signatures(path, count)
        signatures = np.memmap(path, dtype="<u4", mode="r", shape=(count, NUM_HASHES))
        width = NUM_HASHES // NUM_BANDS
        bands = (
            band_key(np.asarray(signatures[:, band * width : (band + 1) * width]))
            for band in range(NUM_BANDS)
        )
        begin = time.process_time()
        clusters = cluster(count, bands, lambda one, two: float(two - one == 1), 0.8)
        seconds = time.process_time() - begin
    gone = sum(len(members) - 1 for members in clusters.groups().values())
    record = {
        **machine(),
        "documents": count,
        "peak_rss_MB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "of_that_signatures_on_disk_MB": round(count * NUM_HASHES * 4 / 1e6),
        "cpu_seconds": round(seconds, 1),
        "planted": count // COPY_EVERY,
        "found": gone,
    }
    print(json.dumps(record, indent=1))
    if options.output:
        options.output.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
