"""Train the quality classifier on archives made by make_warc, and test it on packages never seen.

    python -m cs336_data.models.train_quality --warc warc

Prose that people wrote to be read (a handbook, a book, guides) against what a crawl is full of:
whole pages of API references with their menus, and planted junk. Texts are cut into chunks of 1,500
characters. Training and test never share a package: a random split by chunk leaks pages, and says
.995 where unseen packages say less. `--plot` draws the calibration on the unseen packages.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from cs336_basics.support.command_line import exit_status

from cs336_data.crawl.junk import JUNK, make_junk
from cs336_data.crawl.packages import PACKAGES, Package
from cs336_data.extract import NestingError, decode_html, extract
from cs336_data.langid import identify_language
from cs336_data.models.linear import FOLDER, Model, calibrated, train
from cs336_data.text.normalise import normalise
from cs336_data.warc.items import Page
from cs336_data.warc.reader import read_archive

CHUNK = 1_500  # characters
PER_PACKAGE = 1_500  # chunks at most, so that a large package does not decide
JUNK_CHUNKS = 2_500
JUNK_SEED = 11
WRAPPED = 0.3  # share of prose that is seen with hard line breaks, too
UNKNOWN = -1.0  # log odds of a text of unknown words and lines


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a page, its package and its class (1 = prose)."""

    text: str
    package: str
    label: int


def package_chunks(package: Package, warc: Path, seed: int = 0) -> list[Chunk]:
    """Chunks of a package's English pages: main content of prose, whole pages of references."""
    prose = package.kind.endswith("prose")
    chunks = []
    seen: set[str] = set()
    for text in page_texts(
        warc / f"{package.name}.warc.gz", "main" if prose else "all", package.path
    ):
        for start in range(0, len(text) - CHUNK // 2, CHUNK):
            piece = text[start : start + CHUNK]
            key = normalise(piece[:200])
            if key not in seen and (not prose or identify_language(piece)[0] == "en"):
                seen.add(key)
                chunks.append(Chunk(piece, package.name, int(prose)))
    random.Random(seed).shuffle(chunks)
    return chunks[:PER_PACKAGE]


def page_texts(archive: Path, mode: str, path: str = "") -> Iterator[str]:
    """Texts of an archive's HTML pages whose address matches `path`."""
    for item in read_archive(archive):
        if isinstance(item, Page) and item.kind == "html" and re.search(path, item.url):
            try:
                yield extract(
                    decode_html(item.body, item.charset), "main" if mode == "main" else "all"
                )
            except NestingError:
                continue


def junk_chunks(count: int, seed: int, real: Sequence[str]) -> list[Chunk]:
    """Chunks of planted pages of all kinds by turns."""
    rng = random.Random(seed)
    chunks = []
    for i in range(count):
        page = make_junk(JUNK[i % len(JUNK)], rng, real)
        text = extract(decode_html(page.html), "all")
        start = rng.randrange(max(1, len(text) - CHUNK))
        chunks.append(Chunk(text[start : start + CHUNK], page.label, 0))
    return chunks


def wrapped(chunks: Sequence[Chunk], share: float, seed: int) -> list[Chunk]:
    """Copies of a share of the prose with hard line breaks, as mail and old pages have them."""
    rng = random.Random(seed)
    return [
        Chunk("\n".join(textwrap.wrap(chunk.text, rng.randint(55, 110))), chunk.package, 1)
        for chunk in chunks
        if chunk.label and rng.random() < share
    ]


def split(chunks: Sequence[Chunk], seed: int) -> tuple[list[Chunk], list[Chunk]]:
    """Nine tenths to train on, one to calibrate with."""
    order = list(chunks)
    random.Random(seed).shuffle(order)
    cut = len(order) // 10
    return order[cut:], order[:cut]


def fit(chunks: Sequence[Chunk]) -> Model:
    """A calibrated model."""
    chosen, held = split(chunks, 1)
    packages = sorted({chunk.package for chunk in chunks})
    about = {
        "command": "python -m cs336_data.models.train_quality --warc warc",
        "chunks": len(chosen),
        "trained_on": packages,
    }
    model = train(
        [c.text for c in chosen], [c.label for c in chosen], "words",
        epochs=5, unknown=UNKNOWN, about=about,
    )  # fmt: skip
    return calibrated(model, [c.text for c in held], [c.label for c in held])


def evaluate(model: Model, chunks: Sequence[Chunk]) -> dict[str, object]:
    """Balanced accuracy with its two halves, and the calibration error in ten bins."""
    p = np.array([model.probability(chunk.text) for chunk in chunks])
    truth = np.array([chunk.label for chunk in chunks])
    recall = float((p[truth == 1] >= 0.5).mean())
    rejected = float((p[truth == 0] < 0.5).mean())
    by_package = {
        name: round(
            float(
                np.mean(
                    [(p[i] >= 0.5) == truth[i] for i, c in enumerate(chunks) if c.package == name]
                )
            ),
            3,
        )
        for name in sorted({chunk.package for chunk in chunks})
    }
    return {
        "balanced_accuracy": round((recall + rejected) / 2, 4),
        "prose_kept": round(recall, 4),
        "reference_rejected": round(rejected, 4),
        "calibration_error": round(calibration_error(p, truth), 4),
        "chunks": len(chunks),
        "right_by_package": by_package,
    }


def calibration_error(p: np.ndarray, truth: np.ndarray, bins: int = 10) -> float:
    """Mean distance of the share of positives from the mean probability, over bins, by weight."""
    total = 0.0
    for low in np.arange(bins) / bins:
        inside = (p >= low) & (p < low + 1 / bins + (low == 1 - 1 / bins))
        if inside.any():
            total += float(abs(p[inside].mean() - truth[inside].mean()) * inside.mean())
    return total


def plot_calibration(model: Model, chunks: Sequence[Chunk], path: Path) -> None:
    """Share of prose against the probability said, on chunks of packages never seen."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    p = np.array([model.probability(chunk.text) for chunk in chunks])
    truth = np.array([chunk.label for chunk in chunks])
    edges = np.linspace(0, 1, 11)
    places = np.clip(np.digitize(p, edges) - 1, 0, 9)
    figure, axes = plt.subplots(figsize=(5, 4), layout="constrained")
    axes.plot([0, 1], [0, 1], color="gray", linewidth=1)
    for i in range(10):
        inside = places == i
        if inside.any():
            size = 8 + 120 * inside.mean()
            axes.scatter(p[inside].mean(), truth[inside].mean(), s=size, color="tab:blue")
            axes.annotate(f"{inside.sum():,}", (p[inside].mean(), truth[inside].mean()), fontsize=7,
                          xytext=(5, -9), textcoords="offset points")  # fmt: skip
    axes.set_xlabel("probability of prose that the classifier says")
    axes.set_ylabel("share of prose among these chunks")
    axes.set_title("Packages never seen in training", fontsize=10)
    figure.savefig(path, dpi=110, metadata={"Software": None})
    plt.close(figure)


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, print what it does on unseen packages, write the file; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m cs336_data.models.train_quality", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--warc", type=Path, required=True, help="folder made by make_warc")
    parser.add_argument("--output", type=Path, default=FOLDER / "quality.npz")
    parser.add_argument("--plot", type=Path, help="PNG of the calibration")
    options = parser.parse_args(arguments)

    def run() -> None:
        there = [p for p in PACKAGES if p.kind and (options.warc / f"{p.name}.warc.gz").exists()]
        seen = [c for p in there if p.part == "pool" for c in package_chunks(p, options.warc)]
        unseen = [c for p in there if p.part != "pool" for c in package_chunks(p, options.warc)]
        if not seen or not unseen:
            raise ValueError(f"{options.warc} lacks packages: python -m cs336_data.make_warc")
        real = [c.text for c in seen if c.label]
        junk = junk_chunks(JUNK_CHUNKS, JUNK_SEED, real)
        model = fit([*seen, *wrapped(seen, WRAPPED, JUNK_SEED), *junk])
        measured = evaluate(model, unseen)
        model.about["measured_on_unseen_packages"] = measured
        model.save(options.output)
        if options.plot:
            plot_calibration(model, unseen, options.plot)
        print(json.dumps(measured, indent=1))
        print(f"{options.output}: {options.output.stat().st_size:,} bytes")

    return exit_status(run)


if __name__ == "__main__":
    sys.exit(main())
