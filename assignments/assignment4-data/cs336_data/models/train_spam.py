"""Train the spam classifier on mail that people marked; pages of the pool and fortunes are clean.

    python -m cs336_data.models.train_spam --mail package/data --warc warc

Spam and kept letters are those of the SpamAssassin corpus's first collection (spam-1, easy-ham-1).
Its second one, its hard letters, and short messages of another corpus are never trained on:
`bench/bench_junk.py` measures with them. Features and the limit were chosen by cross-validation
inside the first collection, which is printed. Without sayings and jokes among what is clean, every
informal text looks like spam.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from cs336_basics.support.command_line import exit_status

from cs336_data.crawl.packages import PACKAGES
from cs336_data.models.letters import read_texts
from cs336_data.models.linear import FOLDER, Model, calibrated, train
from cs336_data.models.train_quality import CHUNK, package_chunks

SPAM, HAM = ("spam-1",), ("easy-ham-1",)
PER_PACKAGE = 400  # chunks of each package of the pool
FORTUNES = Path("packages/fortunes/usr/share/games/fortunes")
INFORMAL = 3_000  # sayings and jokes
PER_LETTER = 4  # chunks of each letter
UNKNOWN = -1.0  # log odds of a text of unknown words
FOLDS = 4


@dataclass(frozen=True, slots=True)
class Letters:
    """Whole texts with their class (1 = spam); a letter is never in two folds."""

    texts: list[str]
    labels: list[int]

    def part(self, fold: int, inside: bool) -> Letters:
        """The letters of one fold, or all others."""
        chosen = [i for i in range(len(self.texts)) if (i % FOLDS == fold) == inside]
        return Letters([self.texts[i] for i in chosen], [self.labels[i] for i in chosen])

    def chunks(self) -> Letters:
        """Pieces of at most `CHUNK` characters, the first ones of each letter."""
        texts: list[str] = []
        labels: list[int] = []
        for text, label in zip(self.texts, self.labels, strict=True):
            starts = range(0, max(1, len(text) - CHUNK // 3), CHUNK)
            pieces = [text[start : start + CHUNK] for start in starts][:PER_LETTER]
            texts += pieces
            labels += [label] * len(pieces)
        return Letters(texts, labels)


def read_letters(mail: Path, seed: int = 0) -> Letters:
    """Spam and ham of the first collection, in random order."""
    rows = [(text, 1) for name in SPAM for text in read_texts(mail / name)]
    rows += [(text, 0) for name in HAM for text in read_texts(mail / name)]
    random.Random(seed).shuffle(rows)
    return Letters([text for text, _ in rows], [label for _, label in rows])


def clean_pages(warc: Path) -> list[str]:
    """Chunks of prose and of references of the pool."""
    there = [p for p in PACKAGES if p.kind and p.part == "pool"]
    return [
        chunk.text
        for package in there
        if (warc / f"{package.name}.warc.gz").exists()
        for chunk in package_chunks(package, warc)[:PER_PACKAGE]
    ]


def informal_texts(folder: Path, seed: int = 0) -> list[str]:
    """Sayings, jokes and quotations of the package fortunes; the file's are between % signs.

    Raises:
        FileNotFoundError: it was not unpacked, with the command that does it.
    """
    if not folder.is_dir():
        raise FileNotFoundError(
            f"no {folder}: python -m cs336_data.make_warc --packages fortunes --junk 0"
        )
    files = sorted(path for path in folder.iterdir() if not path.suffix and not path.is_symlink())
    texts = [
        piece.strip()
        for path in files
        for piece in path.read_text(encoding="utf-8", errors="replace").split("\n%\n")
        if len(piece) > 60
    ]
    random.Random(seed).shuffle(texts)
    return texts[:INFORMAL]


def fit(letters: Letters, pages: Sequence[str], held: Letters) -> Model:
    """A model of letters and pages, calibrated on letters that it was not trained on."""
    pieces = letters.chunks()
    about = {
        "command": "python -m cs336_data.models.train_spam --mail package/data --warc warc",
        "trained_on": f"{len(pieces.texts)} pieces of letters, {len(pages)} of pages",
    }
    model = train(
        [*pieces.texts, *pages], [*pieces.labels, *[0] * len(pages)], "words",
        buckets=1 << 18, epochs=12, unknown=UNKNOWN, about=about,
    )  # fmt: skip
    return calibrated(model, held.texts, held.labels)


def cross_validated(letters: Letters, pages: Sequence[str]) -> dict[str, dict[str, float]]:
    """For some limits: shares of spam found and of ham and pages lost, none of them trained on."""
    said: list[tuple[float, int]] = []
    alarms: list[float] = []
    for fold in range(FOLDS):
        rest = letters.part(fold, False)
        held = Letters(rest.texts[::10], rest.labels[::10])
        kept = [i for i in range(len(rest.texts)) if i % 10]
        chosen = Letters([rest.texts[i] for i in kept], [rest.labels[i] for i in kept])
        own = [page for i, page in enumerate(pages) if i * FOLDS // len(pages) != fold]
        other = [page for i, page in enumerate(pages) if i * FOLDS // len(pages) == fold]
        model = fit(chosen, own, held)
        judged = letters.part(fold, True)
        said += [
            (model.probability(t), y) for t, y in zip(judged.texts, judged.labels, strict=True)
        ]
        alarms += [model.probability(page) for page in other]
    spam = np.array([p for p, label in said if label])
    ham = np.array([p for p, label in said if not label])
    return {
        f"{limit:.1f}": {
            "spam_found": round(float((spam > limit).mean()), 4),
            "ham_lost": round(float((ham > limit).mean()), 4),
            "pages_lost": round(float((np.array(alarms) > limit).mean()), 4),
        }
        for limit in (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Cross-validate, train, write the file; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m cs336_data.models.train_spam", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--mail", type=Path, required=True, help="folder with spam-1, easy-ham-1")
    parser.add_argument("--warc", type=Path, required=True, help="folder made by make_warc")
    parser.add_argument("--output", type=Path, default=FOLDER / "spam.npz")
    options = parser.parse_args(arguments)

    def run() -> None:
        letters, pages = read_letters(options.mail), clean_pages(options.warc)
        if not pages:
            raise ValueError(f"{options.warc} lacks packages: python -m cs336_data.make_warc")
        pages += informal_texts(options.warc / FORTUNES)
        measured = cross_validated(letters, pages)
        print(json.dumps(measured, indent=1), flush=True)
        held = Letters(letters.texts[::10], letters.labels[::10])
        kept = [i for i in range(len(letters.texts)) if i % 10]
        chosen = Letters([letters.texts[i] for i in kept], [letters.labels[i] for i in kept])
        model = fit(chosen, pages, held)
        model.about["cross_validated"] = measured
        model.save(options.output)
        print(f"{options.output}: {options.output.stat().st_size:,} bytes")

    return exit_status(run)


if __name__ == "__main__":
    sys.exit(main())
