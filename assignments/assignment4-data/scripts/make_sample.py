"""Make the sample archive of the tests: this repository's own documents, and planted junk.

    python scripts/make_sample.py          # writes tests/sample/sample.warc.gz, under 1 MB

A page for each section of the Markdown files (written for this repository, MIT), a few foreign
pages and all kinds of junk (generated here), in the state that crawls come in: other encodings, a
compressed body, text that is extracted already, records of other types, and one damaged member.
The documents change, so a new sample differs; the tests go with the one that is committed.
"""

from __future__ import annotations

import argparse
import gzip
import html
import random
import re
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from cs336_basics.support.whole_file import whole_file
from cs336_data.crawl.junk import GOOD, kinds, make_junk
from cs336_data.extract import extract
from cs336_data.pipeline.chain import Chain
from cs336_data.pipeline.config import DEFAULT_RULES, Duplicates, Filters, PipelineConfig
from cs336_data.warc.items import Page, Place
from cs336_data.warc.reader import LABEL_HEADER
from cs336_data.warc.writer import WarcWriter, compressed, record, response_record

ROOT = Path(__file__).resolve().parents[3]
SAMPLE = Path(__file__).resolve().parents[1] / "tests" / "sample" / "sample.warc.gz"
SEED = 2026
EACH = 3  # pages of each kind of junk
MIN_WORDS = 60  # of a section that becomes a page
FOREIGN = {
    "de": "Am Morgen liegt der Nebel noch über dem Fluss, und die Fähre wartet auf Gäste. "
    "Der Fährmann kennt jeden von ihnen, denn im Dorf wohnen kaum zweihundert Leute. "
    "Er erzählt gern, wie sein Großvater das Boot gebaut hat, und alle hören wieder zu.",
    "fr": "Le marché ouvre avant le lever du jour, quand les lampes brûlent encore dans la rue. "
    "Les paysans déchargent leurs charrettes et disposent les légumes avec un soin étonnant. "
    "Vers midi, il ne reste plus que quelques feuilles de salade entre les pavés.",
    "es": "La biblioteca del pueblo ocupa una casa antigua con un patio lleno de naranjos. "
    "Cada tarde los niños llegan corriendo y piden el mismo libro de viajes. "
    "La bibliotecaria sonríe, porque sabe que pronto querrán leer todos los demás.",
    "ru": "Зимой озеро замерзает, и дети идут в школу прямо по льду. "
    "Старый сторож каждое утро проверяет дорогу и ставит вдоль неё ёлки. "
    "Весной он первым видит, как вода снова становится синей.",
    "ja": "冬になると湖は凍り、子どもたちは氷の上を歩いて学校へ行きます。"
    "年老いた番人は毎朝その道を確かめ、小さな木を立てていきます。"
    "春が来ると、水がまた青くなるのを最初に見るのは彼です。",
}


Section = tuple[str, str, str]


def sections(root: Path) -> list[Section]:
    """(address, title, Markdown) of each long enough section of the committed documents."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "*.md"], cwd=root, capture_output=True, check=True, text=True
    )
    found = []
    for name in sorted(filter(None, listed.stdout.split("\0"))):
        for number, part in enumerate(re.split(r"^## ", (root / name).read_text(), flags=re.M)):
            title, _, body = part.partition("\n")
            if len(body.split()) >= MIN_WORDS:
                found.append((f"{name.removesuffix('.md')}/{number}.html", title.strip("# "), body))
    return found


def page(title: str, markdown: str) -> str:
    """Plain HTML of Markdown: headings, paragraphs, lists, tables as they lie, code; and a menu, as
    pages have.
    """
    blocks = []
    for number, part in enumerate(re.split(r"^```.*\n", markdown, flags=re.M)):
        if number % 2:
            blocks.append(f"<pre>{html.escape(part)}</pre>")
            continue
        for block in filter(str.strip, part.split("\n\n")):
            text = html.escape(re.sub(r"[*`]|\]\([^)]*\)|(?<!\w)\[", "", block.strip()))
            if text.startswith("#"):
                blocks.append(f"<h2>{text.lstrip('# ')}</h2>")
            elif text.startswith(("- ", "1. ")):
                items = re.split(r"\n(?:- |\d+\. )", f"\n{text}")[1:]
                blocks.append(f"<ul>{''.join(f'<li>{item}</li>' for item in items)}</ul>")
            elif text.startswith("|"):
                blocks.append(f"<pre>{text}</pre>")
            else:
                blocks.append(f"<p>{text}</p>")
    menu = "<nav><ul><li>Home</li><li>Search</li><li>About</li></ul></nav>"
    head = f"<head><meta charset='utf-8'><title>{html.escape(title)}</title></head>"
    body = f"{menu}<main><h1>{html.escape(title)}</h1>{''.join(blocks)}</main>"
    return f"<!DOCTYPE html><html>{head}<body>{body}<footer>Imprint</footer></body></html>"


def passes(title: str, markdown: str) -> bool:
    """Whether the rules keep a section, so that what copies it is judged for what it adds."""
    chain = _chain()
    body = page(title, markdown).encode()
    return chain(Page(Place(0), "html", body, "http://course.example/", "", "")).keep


@cache
def _chain() -> Chain:
    rules = (*DEFAULT_RULES, "quality")
    return Chain(
        PipelineConfig(filters=Filters(rules=rules), duplicates=Duplicates(documents=False))
    )


def good_pages(chosen: Sequence[Section], rng: random.Random) -> list[bytes]:
    """Documents and foreign pages, in the encodings and wrappings of the web."""
    made = []
    for number, (address, title, markdown) in enumerate(chosen):
        url, body = f"http://course.example/{address}", page(title, markdown)
        if number % 12 == 5:
            packed = gzip.compress(body.encode(), mtime=0)
            made.append(response_record(url, packed, http_headers={"Content-Encoding": "gzip"}))
        elif number % 12 == 7:
            old = body.replace("charset='utf-8'", "charset='windows-1252'")
            made.append(response_record(url, old.encode("cp1252", "xmlcharrefreplace")))
        elif number % 12 == 9:
            made.append(record("conversion", f"{title}\n\n{markdown}".encode(), url=url))
        else:
            made.append(response_record(url, body.encode()))
    for code, text in FOREIGN.items():
        sentences = re.findall(r".+?[.。]\s*", text)
        for number in range(3):
            spoken = [rng.choice(sentences).strip() for _ in range(12)]
            body = page(code, "\n\n".join(" ".join(spoken[i : i + 3]) for i in range(0, 12, 3)))
            url = f"http://{code}.example/{number}"
            made.append(response_record(url, body.encode()))
    return made


def junk_pages(
    written: Sequence[Section], reserved: Sequence[Section], rng: random.Random
) -> list[bytes]:
    """All kinds of junk with their labels; the huge page is left to the tests.

    What should be found as a copy is one of a `written` page, what should stay is of a `reserved`
    section, which is nowhere else.
    """
    copied, kept = (
        [extract(page(title, body)) for _, title, body in chosen] for chosen in (written, reserved)
    )
    made = []
    for kind in kinds():
        for number in range(EACH if kind != "huge page" else 0):
            source = kept[number :: EACH * len(GOOD)] if kind == GOOD[0] else copied
            if kind == GOOD[1]:
                source = kept[EACH + number :: EACH * len(GOOD)]
            junk = make_junk(kind, rng, source)
            made.append(
                response_record(
                    f"http://{kind.replace(' ', '-')}.example/{number}",
                    junk.html,
                    content_type=junk.content_type,
                    warc_headers={LABEL_HEADER: junk.label},
                )
            )
    return made


def others() -> list[bytes]:
    """Records without a page to judge."""
    url = "http://course.example/other"
    return [
        record("request", b"GET / HTTP/1.1\r\nHost: course.example\r\n\r\n", url=url),
        record("metadata", b"fetchTimeMs: 12", url=url),
        record("revisit", b"", url=url),
        response_record(url, b"<p>gone</p>", status="404 Not Found"),
        response_record(url, b"%PDF-1.7", content_type="application/pdf"),
        response_record(url, b"\x89PNG\r\n", content_type="image/png"),
        response_record(url, b"  "),
    ]


def main() -> None:
    """Write the sample."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--output", type=Path, default=SAMPLE)
    output: Path = parser.parse_args().output
    rng = random.Random(SEED)
    every = sections(ROOT)
    good = [section for section in every if passes(*section[1:])]
    reserved = good[::4]
    written = [section for section in every if section not in reserved]
    copied = [section for section in good if section not in reserved]
    first = good_pages(written, rng)
    rest = [*junk_pages(copied, reserved, rng), *others()]
    rng.shuffle(first)
    rng.shuffle(rest)
    records = [*first, *rest]  # copies behind what they copy
    output.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(output) as file:
        writer = WarcWriter(file, "software: scripts/make_sample.py\r\n")
        for number, one in enumerate(records):
            if number == len(records) // 2:
                damaged = bytearray(compressed(records[0]))
                damaged[40:60] = bytes(20)
                file.write(damaged)
            writer.write(one)
    print(f"{output}: {len(records):,} records, {output.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
