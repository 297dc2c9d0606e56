"""Small archives for tests, of sentences that pass the rules, with everything that must not."""

from __future__ import annotations

import random
from pathlib import Path

from cs336_data.warc.writer import compressed, record, response_record


def _words(listed: str) -> list[str]:
    return listed.split()


NOUNS = _words(
    "river boat miller brother road valley market bridge field harbour winter letter garden "
    "window story teacher village morning island lamp forest stone ship mountain kitchen summer "
    "painter library table song farmer clock station paper horse church cloud tower journey school"
)
VERBS = _words(
    "follows crosses remembers leaves describes reaches avoids paints finds builds watches carries "
    "opens repairs sells forgets measures hears visits draws"
)
ADJECTIVES = _words(
    "old small quiet northern stone wooden empty early bright narrow famous distant green heavy "
    "warm patient broken hidden simple strange"
)


def prose(seed: int, sentences: int = 24) -> str:
    """English sentences that hardly repeat, three on a line."""
    rng = random.Random(seed)

    def sentence() -> str:
        n, a = rng.sample(NOUNS, 5), rng.sample(ADJECTIVES, 3)
        v = rng.sample(VERBS, 2)
        frames = (
            f"The {a[0]} {n[0]} {v[0]} the {n[1]} of a {a[1]} {n[2]}, but none {v[1]} its {n[3]}.",
            f"When her {n[0]} {v[0]} that {a[0]} {n[1]}, we have to ask for the {a[1]} {n[2]}.",
            f"A {n[0]} with {a[0]} {n[1]}s {v[0]} what the {n[2]} and every {a[2]} {n[3]} {v[1]}.",
            f"To the {n[0]}, which {v[0]} no {n[1]}, it must be a {a[0]} but {a[1]} {n[2]}.",
        )
        return rng.choice(frames)

    made = [sentence() for _ in range(sentences)]
    return "\n".join(" ".join(made[i : i + 3]) for i in range(0, sentences, 3))


def page(url: str, text: str, **more: object) -> bytes:
    """A response with paragraphs."""
    body = "".join(f"<p>{line}</p>" for line in text.split("\n"))
    html = f"<html><head><title>T</title></head><body><main>{body}</main></body></html>"
    return response_record(url, html.encode(), **more)  # type: ignore[arg-type]


def archive(path: Path, count: int, seed: int = 0) -> Path:
    """An archive with pages to keep, German ones, short ones, copies and other records."""
    parts = [record("warcinfo", b"software: test")]
    for i in range(count):
        url = f"http://host{seed}.example/{i}"
        text = prose(seed * 100_000 + i)
        if i % 5 == 1:
            text = (
                "Der Fluss fließt langsam durch das stille Tal und erreicht die Stadt am Abend. "
                * 8
            )
        elif i % 5 == 2:
            text = "Too short."
        elif i % 5 == 3 and i > 5:
            text = prose(seed * 100_000 + i - 3).replace(".", "!", 1)  # of one that stays
        parts.append(page(url, text))
    path.write_bytes(b"".join(map(compressed, parts)))
    return path
