"""Write the committed sample: pages of sentences made here, junk of every kind, damaged records.

Pages come as crawls have them: some compressed, some in Windows-1252, some as text that is
extracted already; others are foreign, or no pages at all.

    python scripts/make_sample.py sample/sample.warc.gz

Nothing in it comes from elsewhere, so it has this repository's licence. The same seed, the same
bytes.
"""

from __future__ import annotations

import gzip
import random
import sys
from pathlib import Path

ASSIGNMENT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ASSIGNMENT))  # for the sentences of the tests

from cs336_data.crawl.junk import GOOD, kinds, make_junk  # noqa: E402
from cs336_data.warc.reader import LABEL_HEADER  # noqa: E402
from cs336_data.warc.writer import compressed, record, response_record  # noqa: E402
from tests.archives import page, prose  # noqa: E402

FOREIGN = {
    "de": "Der Fluss fließt langsam durch das stille Tal und erreicht am Abend die alte Stadt. ",
    "fr": "Le marché ouvre avant le lever du jour, quand les lampes brûlent encore dans la rue. ",
    "es": "La biblioteca del pueblo ocupa una casa antigua con un patio lleno de naranjos. ",
    "ru": "Зимой озеро замерзает, и дети идут в школу прямо по льду, мимо старого сторожа. ",
    "ja": "冬になると湖は凍り、子どもたちは氷の上を歩いて学校へ行きます。",
}
PAGES = 120
PER_KIND = 4
SEED = 5


def as_crawled(number: int, text: str) -> bytes:
    """A page in one of the states that pages come in."""
    url = f"http://site{number % 7}.example/{number}"
    if number % 12 == 5:
        body = gzip.compress(f"<main><p>{text}</p></main>".encode(), mtime=0)
        return response_record(url, body, http_headers={"Content-Encoding": "gzip"})
    if number % 12 == 7:
        html = f"<main><p>A café’s “menu” – {text}</p></main>"
        return response_record(url, html.encode("cp1252"), content_type="text/html; charset=latin1")
    if number % 12 == 9:
        return record("conversion", text.encode(), url=url)
    return page(url, text)


def without_a_page() -> list[bytes]:
    """Records of other types, and responses that are no pages."""
    url = "http://site0.example/other"
    return [
        record("request", b"GET / HTTP/1.1\r\nHost: site0.example\r\n\r\n", url=url),
        record("metadata", b"fetchTimeMs: 12", url=url),
        record("revisit", b"", url=url),
        response_record(url, b"<p>gone</p>", status="404 Not Found"),
        response_record(url, b"%PDF-1.7", content_type="application/pdf"),
        response_record(url, b"\x89PNG\r\n", content_type="image/png"),
        response_record(url, b"  "),
    ]


def main(target: Path) -> None:
    """Write the archive."""
    rng = random.Random(SEED)
    real = [prose(i) for i in range(PAGES)]
    unseen = [prose(1_000 + i) for i in range(PAGES)]  # what should stay is no copy
    parts = [compressed(record("warcinfo", b"software: scripts/make_sample.py"))]
    parts += [compressed(as_crawled(i, text)) for i, text in enumerate(real)]
    for code, sentence in FOREIGN.items():
        parts.append(compressed(page(f"http://{code}.example/", sentence * 10)))
    parts += [compressed(one) for one in without_a_page()]
    for kind in kinds():
        for i in range(PER_KIND if kind != "huge page" else 0):
            junk = make_junk(kind, rng, unseen if kind in GOOD else real)
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
