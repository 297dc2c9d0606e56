"""The peers, in an environment of their own: datatrove, trafilatura and others.

    python -m venv peers
    peers/bin/pip install "datatrove[processing,io]" datasketch rensa warcio fastwarc resiliparse
    peers/bin/pip install spacy aiohttp requests lxml_html_clean    # what datatrove's extras lack

The other benchmarks run this file with `--peers peers/bin/python`, on the same input and in the
same run. It imports nothing of this repository. CPU seconds of this process and its children.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import resource
import sys
import time
from collections.abc import Callable, Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

Record = dict[str, Any]


def cpu() -> float:
    """CPU seconds of this process and of its children that have ended: extractors run in one."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + usage.ru_utime + usage.ru_stime


def rules(options: argparse.Namespace) -> Record:
    """datatrove's filters one by one; a first document loads spaCy and is not counted."""
    from datatrove.data import Document
    from datatrove.pipeline import filters

    lines = options.texts.read_text(encoding="utf-8").splitlines()
    texts = [json.loads(line)["text"] for line in lines]
    rows: Record = {}
    for made in (
        filters.GopherQualityFilter(),
        filters.GopherRepetitionFilter(),
        filters.C4QualityFilter(),
        filters.FineWebQualityFilter(),
    ):
        documents = [Document(text=text, id=str(i)) for i, text in enumerate(texts)]
        made.filter(Document(text=texts[0], id="first"))
        begin = cpu()
        rejected = sum(made.filter(document) is not True for document in documents)
        rows[f"datatrove {type(made).__name__}"] = {
            "docs_per_second": round(len(texts) / (cpu() - begin), 1),
            "rejected": rejected,
        }
    return {"version": version("datatrove"), "documents": len(texts), **rows}


def chain(options: argparse.Namespace) -> Record:
    """datatrove from WARC to Gopher's rules, without language identification (that needs a
    download).
    """
    from datatrove.pipeline import filters
    from datatrove.pipeline.extractors import Trafilatura
    from datatrove.pipeline.readers import WarcReader

    archive: Path = options.archive
    steps: list[Any] = [
        WarcReader(str(archive.parent), glob_pattern=archive.name),
        Trafilatura(favour_precision=True, timeout=30),
        filters.GopherQualityFilter(),
        filters.GopherRepetitionFilter(),
    ]
    begin, started = cpu(), time.process_time()
    stream: Iterable[Any] = ()
    for step in steps:
        stream = step.run(stream, 0, 1)
    kept = sum(1 for _ in stream)
    time.sleep(1)  # the extractor's process was told to end
    multiprocessing.active_children()  # collects it: its time counts from then on
    seconds, own = cpu() - begin, time.process_time() - started
    return {
        "version": version("datatrove"),
        "extracted": steps[1].stats["extracted"].total,
        "kept": kept,
        "cpu_seconds": round(seconds, 2),
        "cpu_seconds_of_the_extractor": round(seconds - own, 2),
    }


def extract(options: argparse.Namespace) -> Record:
    """trafilatura, with its defaults, on every page of an archive."""
    import trafilatura
    from fastwarc.warc import ArchiveIterator

    with options.archive.open("rb") as file:
        pages = [record.reader.read() for record in ArchiveIterator(file, parse_http=True)]
    trafilatura.extract(pages[0])
    begin = cpu()
    texts = [trafilatura.extract(page) or "" for page in pages]
    seconds = cpu() - begin
    return {
        "version": version("trafilatura"),
        "docs_per_second": round(len(pages) / seconds, 1),
        "MB_per_second": round(sum(map(len, pages)) / 1e6 / seconds, 2),
        "characters_a_page": round(sum(map(len, texts)) / len(pages)),
        "empty": sum(not text.strip() for text in texts),
    }


def planted(count: int, seed: int = 1) -> list[list[str]]:
    """The documents of bench_minhash: 300 Zipf words, a fifth of them copies with changed words."""
    rng = random.Random(seed)
    vocabulary = [f"w{i}" for i in range(30_000)]
    weights = [1 / (i + 1) for i in range(len(vocabulary))]
    base = count * 4 // 5
    documents = [rng.choices(vocabulary, weights, k=300) for _ in range(base)]
    for i in range(count - base):
        copy = documents[i].copy()
        for at in rng.sample(range(300), round(300 * (0.0, 0.01, 0.02, 0.05, 0.1)[i % 5])):
            copy[at] = f"new{rng.randrange(1 << 30)}"
        documents.append(copy)
    return documents


def minhash(options: argparse.Namespace) -> Record:
    """Signatures and bands of all documents, shingling included."""
    texts = [" ".join(words) for words in planted(options.documents)]
    return {
        f"datasketch {version('datasketch')}": _timed(lambda: _datasketch(texts), len(texts)),
        f"rensa {version('rensa')}": _timed(lambda: _rensa(texts), len(texts)),
    }


def _timed(run: Callable[[], int], count: int) -> Record:
    begin = cpu()
    found = run()
    return {"docs_per_second": round(count / (cpu() - begin)), "with_a_candidate": found}


def _shingles(text: str) -> list[str]:
    words = text.split()
    return [" ".join(words[i : i + 5]) for i in range(len(words) - 4)]


def _datasketch(texts: list[str]) -> int:
    from datasketch import MinHash, MinHashLSH

    lsh = MinHashLSH(num_perm=128, params=(16, 8))
    found = 0
    for i, text in enumerate(texts):
        signature = MinHash(num_perm=128)
        signature.update_batch([shingle.encode() for shingle in set(_shingles(text))])
        found += bool(lsh.query(signature))
        lsh.insert(i, signature)
    return found


def _rensa(texts: list[str]) -> int:
    from rensa import RMinHash, RMinHashLSH

    lsh = RMinHashLSH(threshold=0.8, num_perm=128, num_bands=16)
    found = 0
    for i, text in enumerate(texts):
        signature = RMinHash(num_perm=128, seed=42)
        signature.update(_shingles(text))
        found += bool(lsh.query(signature))
        lsh.insert(i, signature)
    return found


def warc(options: argparse.Namespace) -> Record:
    """Records that fastwarc and warcio read of each file, and what stopped them."""
    found: Record = {}
    for file in sorted(options.folder.glob("*.warc.gz")):
        found[file.name] = {
            "fastwarc": _read(_fastwarc, file),
            "warcio": _read(_warcio, file),
        }
    return {"fastwarc": version("fastwarc"), "warcio": version("warcio"), "files": found}


def _read(read: Callable[[Path], Iterable[int]], file: Path) -> Record:
    records, size, error = 0, 0, ""
    begin = cpu()
    try:
        for length in read(file):
            records, size = records + 1, size + length
    except Exception as caught:  # whatever it is, it is what users see
        error = type(caught).__name__
    seconds = cpu() - begin
    return {
        "records": records,
        "error": error or None,
        "records_per_second": round(records / seconds),
        "MB_per_second": round(size / 1e6 / seconds),
    }


def _fastwarc(file: Path) -> Iterable[int]:
    from fastwarc.warc import ArchiveIterator

    with file.open("rb") as opened:
        for record in ArchiveIterator(opened, parse_http=True):
            yield len(record.reader.read())


def _warcio(file: Path) -> Iterable[int]:
    from warcio.archiveiterator import ArchiveIterator

    with file.open("rb") as opened:
        for record in ArchiveIterator(opened):
            yield len(record.content_stream().read())


def main() -> int:
    """Measure one part, print it as JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parts = parser.add_subparsers(dest="part", required=True)
    for part, option, kind in (
        (rules, "--texts", Path),
        (chain, "--archive", Path),
        (extract, "--archive", Path),
        (minhash, "--documents", int),
        (warc, "--folder", Path),
    ):
        one = parts.add_parser(part.__name__)
        one.add_argument(option, type=kind, required=True)
        one.set_defaults(measure=part)
    options = parser.parse_args()
    print(json.dumps(options.measure(options), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
