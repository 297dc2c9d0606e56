"""Precision and recall of the masks on planted text, look-alikes among it; and alarms on real text.

    python bench/bench_pii.py --warc warc --output results/pii.json

Values and the sentences around them are drawn at random from `pii_frames.py`. Each sentence
says how many e-mail addresses, telephone numbers and IP addresses are in it; what is masked beyond
is a false alarm. On pages of held-out packages nothing is labelled: there, what was masked is
counted and a sample kept, to be looked at.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bench_junk import held_out
from cs336_data.extract import NestingError, decode_html, extract
from cs336_data.pii import EMAIL_MARK, IP_MARK, PHONE_MARK, mask_all
from pii_frames import FRAMES, sentences
from records import keep, parser

MARKS = {"email": EMAIL_MARK, "phone": PHONE_MARK, "ip": IP_MARK}


def planted(made: Iterable[tuple[str, str, str, str]]) -> dict[str, Any]:
    """Counts of what was right, missed and masked wrongly, for each kind; frames with faults."""
    right, missed, wrong = Counter[str](), Counter[str](), Counter[str]()
    frames, faults = Counter[str](), Counter[str]()
    for frame, kind, value, text in made:
        masked, found = mask_all(text)
        hit = bool(kind) and found[kind] == 1 and value not in masked
        frames[frame] += 1
        right[kind] += hit
        missed[kind] += bool(kind) and not hit
        alarms = {name: number - (hit and name == kind) for name, number in found.items()}
        wrong.update(alarms)
        faults[frame] += (bool(kind) and not hit) or sum(alarms.values()) > 0
    kinds = {
        name: {
            "planted": right[name] + missed[name],
            "recall": round(right[name] / max(1, right[name] + missed[name]), 4),
            "precision": round(right[name] / max(1, right[name] + wrong[name]), 4),
        }
        for name in MARKS
    }
    good, bad = sum(right.values()), sum(wrong.values())
    return {
        "sentences": sum(frames.values()),
        "recall": round(good / sum(row["planted"] for row in kinds.values()), 4),
        "precision": round(good / (good + bad), 4),
        "kinds": kinds,
        "frames_with_faults": {
            frame: f"{number} of {frames[frame]}"
            for frame, number in faults.most_common()
            if number
        },
    }


def on_real_pages(warc: Path) -> dict[str, Any]:
    """What is masked on pages of held-out packages, a sample of each kind with its surroundings."""
    counts, pages, size = Counter[str](), 0, 0
    samples: dict[str, list[str]] = {name: [] for name in MARKS}
    for _, page in held_out(warc):
        try:
            text = extract(decode_html(page.body, page.charset))
        except NestingError:
            continue
        masked, found = mask_all(text)
        counts.update(found)
        pages, size = pages + 1, size + len(text)
        for name, mark in MARKS.items():
            at = masked.find(mark)
            if at >= 0:
                samples[name].append(masked[max(0, at - 40) : at + len(mark) + 20])
    shown = {
        name: random.Random(0).sample(all_, min(8, len(all_))) for name, all_ in samples.items()
    }
    return {"pages": pages, "MB": round(size / 1e6, 1), "masked": dict(counts), "samples": shown}


def main() -> None:
    """Measure, print, write."""
    options = parser(__doc__)
    options.add_argument("--warc", type=Path, help="archives with held-out packages")
    options.add_argument("--count", type=int, default=20_000)
    options.add_argument("--seed", type=int, default=2026_11_27)
    chosen = options.parse_args()
    record: dict[str, Any] = {"seed": chosen.seed, "count": chosen.count}
    for name, (real, look_alikes) in FRAMES.items():
        record[name] = planted(sentences(chosen.count, chosen.seed, real, look_alikes))
    if chosen.warc:
        record["real_pages"] = on_real_pages(chosen.warc)
    keep(record, chosen.output)


if __name__ == "__main__":
    main()
