"""Write the pool of lecture 14 from the prose, the manuals and the code of this checkout, and junk.

    python lectures/lecture_14/tools/make_pool.py lectures/lecture_14/data/pool.json.gz

The file is kept, so that numbers of the lecture stay when a lecture or a manual is edited; a pool
made of later texts is another one.
"""

import argparse
import ast
import gzip
import json
import random
import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

from cs336_data.crawl.junk import make_junk

ROOT = Path(__file__).resolve().parents[3]
TARGET = ("lecture_01", "lecture_02", "lecture_03")
LECTURES = tuple(f"lecture_{number:02d}" for number in range(1, 10))
MANUALS = ("docs/*.md", "README.md", "CONTRIBUTING.md", "assignments/*/README.md")
CODE = "assignments/*/cs336_*/**/*.py"
SPAM = ("sentence spam", "keyword spam", "cookie page", "menu", "shop", "forum")
COUNT = {"code": 200, "spam": 50, "machine text": 100}
WORDS = 70
SEED = 14
Document = dict[str, str]


def lecture_paragraphs(name: str) -> Iterator[str]:
    """Paragraphs of 40 words and more that a lecture shows, with "2" for numbers filled in."""
    for node in ast.walk(ast.parse((ROOT / f"{name}.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "text" and node.args:
            shown = node.args[0]
            parts = shown.values if isinstance(shown, ast.JoinedStr) else [shown]
            whole = "".join(str(getattr(part, "value", "2")) if isinstance(part, ast.Constant)
                            else "2" for part in parts)  # fmt: skip
            for paragraph in textwrap.dedent(whole).split("\n\n"):
                lines = [line for line in paragraph.splitlines() if not line.startswith("#")]
                joined = " ".join(" ".join(lines).split())
                if len(joined.split()) >= 40 and "|" not in joined and "$$" not in joined:
                    yield joined


def manual_paragraphs() -> Iterator[str]:
    """Paragraphs of 30 words and more of the manuals, without tables and listings."""
    for pattern in MANUALS:
        for file in sorted(ROOT.glob(pattern)):
            for paragraph in file.read_text(encoding="utf-8").split("\n\n"):
                joined = " ".join(paragraph.split())
                if len(joined.split()) >= 30 and not re.search(r"\||```|^#", paragraph):
                    yield joined


def code_pieces() -> Iterator[str]:
    """Pieces of program text, about as long as the paragraphs."""
    for file in sorted(ROOT.glob(CODE)):
        lines = file.read_text(encoding="utf-8").splitlines()
        for start in range(30, len(lines) - 14, 60):
            yield "\n".join(lines[start : start + 14])


def junk_text(kind: str, rng: random.Random, real: list[str]) -> str:
    """The beginning of a planted page, without its tags."""
    page = make_junk(kind, rng, real).html.decode()
    body = re.sub(r"<[^>]+>", " ", page.split("<body>")[1].replace("</p>", "\n"))
    return " ".join(" ".join(body.split()).split(" ")[:WORDS])


def documents() -> list[Document]:
    """All documents: those of the target, then the pool, shuffled."""
    rng = random.Random(SEED)
    target = [
        {"kind": "lecture", "source": name, "text": text}
        for name in LECTURES
        for text in lecture_paragraphs(name)
    ]
    seen = [d["text"] for d in target if d["source"] in TARGET]
    code = list(code_pieces())
    others = [("manual", text) for text in manual_paragraphs()]
    others += [("code", text) for text in rng.sample(code, COUNT["code"])]
    others += [(kind, junk_text(kind, rng, seen)) for kind in SPAM for _ in range(COUNT["spam"])]
    others += [
        ("machine text", junk_text("machine text", rng, seen)) for _ in range(COUNT["machine text"])
    ]
    pool = [d for d in target if d["source"] not in TARGET]
    pool += [{"kind": kind, "source": kind, "text": text} for kind, text in others]
    rng.shuffle(pool)
    return [d for d in target if d["source"] in TARGET] + pool


def main() -> int:
    """Write the file; returns the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("output", type=Path)
    path = parser.parse_args().output
    made = documents()
    rows = json.dumps(made, ensure_ascii=False, indent=0).encode()
    path.write_bytes(gzip.compress(rows, mtime=0))
    print(f"{path}: {len(made)} documents, {path.stat().st_size / 1e3:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
