"""Write the committed sample: pages of sentences made here, junk of every kind, damaged records.

    python scripts/make_sample.py sample/sample.warc.gz

Nothing in it comes from elsewhere, so it has this repository's licence. The same seed, the same
bytes.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

ASSIGNMENT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ASSIGNMENT))  # for the sentences of the tests

from cs336_data.crawl.junk import kinds, make_junk  # noqa: E402
from cs336_data.warc.reader import LABEL_HEADER  # noqa: E402
from cs336_data.warc.writer import compressed, record, response_record  # noqa: E402
from tests.archives import page, prose  # noqa: E402

PAGES = 120
PER_KIND = 4
SEED = 5


def main(target: Path) -> None:
    """Write the archive."""
    rng = random.Random(SEED)
    real = [prose(i) for i in range(PAGES)]
    parts = [compressed(record("warcinfo", b"software: scripts/make_sample.py"))]
    parts += [compressed(page(f"http://site{i % 7}.example/{i}", real[i])) for i in range(PAGES)]
    german = "Der Fluss fließt langsam durch das stille Tal und erreicht am Abend die alte Stadt. "
    parts.append(compressed(page("http://a.example/de", german * 10)))
    for kind in kinds():
        for i in range(PER_KIND if kind != "huge page" else 0):
            junk = make_junk(kind, rng, real)
            url = f"http://{kind.replace(' ', '-')}.example/{i}"
            labelled = response_record(
                url,
                junk.html,
                content_type=junk.content_type,
                warc_headers={LABEL_HEADER: junk.label},
            )
            parts.append(compressed(labelled))
    broken = bytearray(parts[30])
    broken[200:220] = bytes(20)
    parts[30] = bytes(broken)
    target.write_bytes(b"".join(parts)[:-40])  # cut inside the last record
    print(f"{target}: {len(parts)} records, {target.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
