"""Masks on planted addresses, telephone numbers and IP addresses, among as many look-alikes.

    python bench/bench_pii.py --output results/pii.json

Each planted item and each look-alike stands in a sentence of its own; the sentence frames are
shared, so that a look-alike differs by itself or by the word before it, never by its place.
`--seed` 1 was used while the expressions were written.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Callable
from pathlib import Path

from cs336_data.pii import mask_emails, mask_ips, mask_phone_numbers
from records import machine

FRAMES = ("Write to {} for more.", "It is {}, they said.", "({})", "See {}; then go on.", "{}")
NAMES = ["ada", "b.carla", "d_e", "x-ray", "o'neil", "info+news", "First.Last", "user1234"]
HOSTS = ["example.org", "mail.example.co.uk", "sub-domain.example.com", "xn--bcher-kva.example"]


def email(rng: random.Random) -> str:
    """An address."""
    return f"{rng.choice(NAMES)}@{rng.choice(HOSTS)}"


def no_email(rng: random.Random) -> str:
    """What looks like one."""
    return rng.choice(
        (f"@{rng.choice(['media', 'param', 'Override', 'ada'])}",
         f"git@{rng.choice(NAMES).replace('.', '-')}",
         f"{rng.choice(NAMES)}@localhost",
         f"{rng.randint(1, 9)} kg @ {rng.randint(1, 99)}.50 each",
         f"{rng.choice(NAMES)} at example dot org",
         f"node@{rng.randint(1, 20)}.{rng.randint(0, 9)}")
    )  # fmt: skip


def phone(rng: random.Random) -> str:
    """A US number in one of the usual forms."""
    a, b, c = rng.randint(201, 989), rng.randint(200, 999), rng.randint(0, 9999)
    forms = ("({a}) {b}-{c:04}", "{a}-{b}-{c:04}", "{a}.{b}.{c:04}", "{a} {b} {c:04}",
         "+1 {a} {b} {c:04}",
             "1-{a}-{b}-{c:04}", "({a}){b}-{c:04}", "{a}{b}{c:04}")  # fmt: skip
    return rng.choice(forms).format(a=a, b=b, c=c)


def no_phone(rng: random.Random) -> str:
    """Identifiers, sums, dates, book numbers."""
    n = rng.randint(2_000_000_000, 9_899_999_999)
    return rng.choice(
        (f"ISBN {n}", f"order #{n}", f"ticket {n}", f"id: {n}", f"bug {n}", f"account {n}",
         f"{rng.randint(1_000_000_000, 1_999_999_999)}", f"{n}{rng.randint(0, 99):02}", f"${n}",
         f"978-{rng.randint(0, 9)}-{rng.randint(100, 999)}-{rng.randint(10000, 99999)}-1",
         f"2024-{rng.randint(10, 12)}-{rng.randint(10, 28)} 10:{rng.randint(10, 59)}:00",
         f"0.{n}", f"{rng.randint(10, 99)} {rng.randint(100, 999)} {rng.randint(100, 999)}",
         f"serial {n}",
         f"{rng.randint(100, 199)}-{rng.randint(10, 99)}-{rng.randint(1000, 9999)}")
    )  # fmt: skip


def ip(rng: random.Random) -> str:
    """An IPv4 or IPv6 address."""
    if rng.random() < 0.25:
        return (
            f"2001:db8:{rng.randrange(1 << 16):x}::{rng.randrange(1 << 16):x}:{rng.randint(1, 9)}"
        )
    return ".".join(str(rng.randint(1, 254)) for _ in range(4))


def no_ip(rng: random.Random) -> str:
    """Versions, sections, times, numbers out of range."""
    v = ".".join(str(rng.randint(0, 30)) for _ in range(4))
    return rng.choice(
        (f"version {v}", f"v{v}", f"release {v}", f"section {v}", f"chapter {v}", f"firmware {v}",
         f"{v}.{rng.randint(0, 9)}", ".".join(v.split(".")[:3]), f"{rng.randint(256, 999)}.1.2.3",
         f"{rng.randint(10, 23)}:{rng.randint(10, 59)}:{rng.randint(10, 59)}", "std::vector",
         f"build {v}")
    )  # fmt: skip


def measure(
    what: str,
    mask: Callable[[str], tuple[str, int]],
    real: Callable[[random.Random], str],
    fake: Callable[[random.Random], str],
    count: int,
    seed: int,
) -> dict[str, object]:
    """Precision and recall over `count` of each."""
    rng = random.Random(f"{what} {seed}")
    hits = alarms = 0
    wrong: list[str] = []
    for _ in range(count):
        item = real(rng)
        frame = rng.choice(FRAMES)
        _, found = mask(frame.format(item))
        hits += found == 1
        if found != 1:
            wrong.append(item)
        other = fake(rng)
        _, found = mask(rng.choice(FRAMES).format(other))
        alarms += found
        if found:
            wrong.append(other)
    return {
        "what": what,
        "recall": round(hits / count, 4),
        "precision": round(hits / max(1, hits + alarms), 4),
        "wrong": sorted(set(wrong))[:8],
    }


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--count", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    results = [
        measure("email", mask_emails, email, no_email, options.count, options.seed),
        measure("phone", mask_phone_numbers, phone, no_phone, options.count, options.seed),
        measure("ip", mask_ips, ip, no_ip, options.count, options.seed),
    ]
    record = {**machine(), "of_each": options.count, "seed": options.seed, "results": results}
    print(json.dumps(record, indent=1))
    if options.output:
        options.output.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
