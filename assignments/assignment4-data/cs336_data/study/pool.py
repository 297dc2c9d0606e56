"""The pool of the study: documents of archives, tokenised once, with the lists of all variants.

    python -m cs336_data.study.pool --warc warc --output data/study

Packages marked "held-out" never enter the pool; they and the Jargon File (another kind of text,
from another source) are what models are tested on. Documents of the pool that share a 13-gram with
either leave it, for all variants. Documents in other languages are sampled, since 10,000 tokens
learnt from English spell them in so many that nothing else would fit.

    pool.000.xz, …   uint16 ids, <|endoftext|> after each document; parts of at most 8 MB
    held-out.xz, other.xz
    index.json       lengths of documents, variants, counts, the tokenizer's hash
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import lzma
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from cs336_basics.support.command_line import exit_status
from cs336_basics.support.whole_file import whole_file
from cs336_basics.tokenization.bpe_fast import train_bpe
from cs336_basics.tokenizer import Tokenizer
from numpy.typing import NDArray
from tqdm import tqdm

from cs336_data.crawl.packages import PACKAGES
from cs336_data.dedup.decontamination import TestSet
from cs336_data.pipeline.chain import Chain
from cs336_data.pipeline.config import Duplicates, Filters, Output, PipelineConfig, Text
from cs336_data.study.variants import choose
from cs336_data.warc.items import Page
from cs336_data.warc.reader import read_archive

END = "<|endoftext|>"
VOCAB_SIZE = 10_000
PART_TOKENS = 4_000_000
RULES = ("language", "gopher_quality", "gopher_repetition", "fineweb", "nsfw", "quality")
MAX_CHARACTERS = 20_000  # of a document: a book in one page would weigh as much as a package
TOKENIZER_CHARACTERS = 8_000_000
JARGON = Path("packages/jargon/usr/share/info/jargon.info.gz")


@dataclass
class Documents:
    """Texts with the rules that they break, and which archive each is from."""

    texts: list[str] = field(default_factory=list)
    tags: list[dict[str, str]] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)

    def add(self, text: str, tags: dict[str, str], source: str) -> None:
        """Append one document."""
        self.texts.append(text)
        self.tags.append(tags)
        self.sources.append(source)

    def subset(self, numbers: Sequence[int]) -> Documents:
        """The documents of these numbers."""
        return Documents(
            [self.texts[i] for i in numbers],
            [self.tags[i] for i in numbers],
            [self.sources[i] for i in numbers],
        )


def tagging_chain() -> Chain:
    """All rules, none of which rejects."""
    return Chain(
        PipelineConfig(
            text=Text(mask_personal_data=True),
            filters=Filters(rules=RULES),
            duplicates=Duplicates(documents=False),
            output=Output(tag=True),
        )
    )


def documents_of(
    archive: Path, chain: Chain, rng: random.Random, foreign: float
) -> Iterator[tuple[str, dict[str, str]]]:
    """(text, tags) of an archive's pages; of foreign ones only a share."""
    for item in read_archive(archive):
        if not isinstance(item, Page):
            continue
        keep_foreign = rng.random() < foreign
        outcome = chain(item)
        if not outcome.keep:
            continue
        tags = dict(outcome.facts["tags"])  # type: ignore[call-overload]
        code = outcome.facts.get("language")
        if "language" in tags and code not in ("unknown", "en") and not keep_foreign:
            continue
        yield outcome.text[:MAX_CHARACTERS], tags


def read_pool(warc: Path, foreign: float, seed: int) -> Documents:
    """Documents of all archives that are not held out."""
    held = {package.name for package in PACKAGES if package.part == "held-out"}
    chain, rng = tagging_chain(), random.Random(seed)
    pool = Documents()
    archives = [a for a in sorted(warc.glob("*.warc.gz")) if a.name.split(".warc")[0] not in held]
    for archive in tqdm(archives, desc="pool", unit="file"):
        for text, tags in documents_of(archive, chain, rng, foreign):
            pool.add(text, tags, archive.name)
    return pool


def read_held_out(warc: Path) -> tuple[list[str], list[str]]:
    """Texts of held-out packages (English, 50 words and more), and of the Jargon File."""
    chain, rng = tagging_chain(), random.Random(0)
    names = [p.name for p in PACKAGES if p.part == "held-out" and p.kind == "unseen-prose"]
    held = []
    for name in names:
        path = warc / f"{name}.warc.gz"
        if path.exists():
            found = documents_of(path, chain, rng, 0.0)
            held += [
                text for text, tags in found if "language" not in tags and len(text.split()) >= 50
            ]
    return held, read_jargon(warc / JARGON)


def read_jargon(path: Path) -> list[str]:
    """The Jargon File in pieces of about 4,000 characters, without its frame of menus.

    Raises:
        FileNotFoundError: it was not unpacked, with the command that does it.
    """
    if not path.is_file():
        raise FileNotFoundError(
            f"no {path}: python -m cs336_data.make_warc --output {path.parents[5]} "
            "--packages jargon --junk 0"
        )
    text = gzip.decompress(path.read_bytes()).decode("utf-8", "replace")
    pieces, piece = [], ""
    for block in text.split("\n\n"):
        if "\x1f" in block or "File: " in block or block.lstrip().startswith("*"):
            continue
        piece += " ".join(block.split()) + "\n\n"
        if len(piece) > 4_000:
            pieces.append(piece.strip())
            piece = ""
    return [*pieces, piece.strip()] if piece.strip() else pieces


def decontaminated(pool: Documents, held_out: Sequence[str]) -> tuple[Documents, int]:
    """The pool without documents that share a 13-gram with a held-out text; how many went."""
    test = TestSet.of(held_out)
    clean = [i for i, text in enumerate(pool.texts) if test.decide(text).keep]
    return pool.subset(clean), len(pool.texts) - len(clean)


def make_tokenizer(texts: Sequence[str], folder: Path, vocab_size: int, seed: int) -> Tokenizer:
    """A tokenizer of English documents of the pool, the same for all variants."""
    order = list(range(len(texts)))
    random.Random(seed).shuffle(order)
    sample, size = [], 0
    for i in order:
        if size >= TOKENIZER_CHARACTERS:
            break
        sample.append(texts[i])
        size += len(texts[i])
    corpus = folder / "tokenizer.txt"
    corpus.write_text(END.join(sample), encoding="utf-8")
    vocab, merges = train_bpe(corpus, vocab_size, [END], workers=1)
    corpus.unlink()
    tokenizer = Tokenizer(vocab, merges, [END])
    tokenizer.save(folder / "tokenizer")
    return tokenizer


def encode(texts: Sequence[str], tokenizer: Tokenizer, what: str) -> list[NDArray[np.uint16]]:
    """Ids of each text with the end mark behind it."""
    bar = tqdm(texts, desc=what, unit="doc")
    return [np.array(tokenizer.encode(text.replace(END, " ") + END), dtype="<u2") for text in bar]


def write_parts(documents: Sequence[NDArray[np.uint16]], folder: Path, name: str) -> list[str]:
    """Compressed parts of the ids, one after another; returns their names."""
    ids = np.concatenate(documents)
    names = []
    for number, start in enumerate(range(0, len(ids), PART_TOKENS)):
        part = f"{name}.{number:03d}.xz"
        with whole_file(folder / part) as file:
            file.write(lzma.compress(ids[start : start + PART_TOKENS].tobytes(), preset=6))
        names.append(part)
    return names


def build(
    warc: Path, folder: Path, foreign: float, vocab_size: int, seed: int = 0
) -> dict[str, object]:
    """Write the pool and return what index.json says."""
    folder.mkdir(parents=True, exist_ok=True)
    held, other = read_held_out(warc)
    pool, contaminated = decontaminated(read_pool(warc, foreign, seed), [*held, *other])
    english = [t for t, tags in zip(pool.texts, pool.tags, strict=True) if "language" not in tags]
    tokenizer = make_tokenizer(english, folder, vocab_size, seed)
    ids = encode(pool.texts, tokenizer, "encode")
    lengths = np.array([len(i) for i in ids], dtype=np.int64)
    variants = choose(pool.texts, pool.tags, lengths, seed)
    index: dict[str, object] = {
        "vocab_size": vocab_size,
        "tokenizer": hashlib.sha256((folder / "tokenizer" / "vocab.json").read_bytes()).hexdigest(),
        "parts": write_parts(ids, folder, "pool"),
        "lengths": lengths.tolist(),
        "variants": {name: _runs(numbers) for name, numbers in variants.items()},
        "tokens": {name: int(lengths[numbers].sum()) for name, numbers in variants.items()},
        "documents": {name: len(numbers) for name, numbers in variants.items()},
        "held_out": {
            name: {
                "parts": write_parts(made := encode(texts, tokenizer, name), folder, name),
                "lengths": [len(i) for i in made],
                "bytes": sum(len(text.encode()) for text in texts),
            }
            for name, texts in (("packages", held), ("jargon", other))
        },
        "contaminated": contaminated,
        "foreign_share": foreign,
        "sources": dict(Counter(pool.sources)),
        "rules_broken": dict(Counter(rule for tags in pool.tags for rule in tags)),
    }
    with whole_file(folder / "index.json") as file:
        file.write(json.dumps(index, separators=(",", ":")).encode() + b"\n")
    return index


def _runs(numbers: Sequence[int]) -> list[list[int]]:
    """Sorted numbers as [first, count] of runs."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][0] + runs[-1][1] == number:
            runs[-1][1] += 1
        else:
            runs.append([number, 1])
    return runs


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the pool, say what is in it; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m cs336_data.study.pool")
    parser.add_argument("--warc", type=Path, required=True, help="folder made by make_warc")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--foreign", type=float, default=0.25, help="share of foreign pages kept")
    parser.add_argument("--vocab-size", type=int, default=VOCAB_SIZE)
    options = parser.parse_args(arguments)

    def run() -> None:
        index = build(options.warc, options.output, options.foreign, options.vocab_size)
        shown = {k: index[k] for k in ("tokens", "documents", "contaminated", "rules_broken")}
        print(json.dumps(shown, indent=1))
        size = sum(file.stat().st_size for file in options.output.iterdir() if file.is_file())
        print(f"{options.output}: {size / 1e6:.1f} MB")

    return exit_status(run)


if __name__ == "__main__":
    sys.exit(main())
