"""A whole run: filter, find duplicates, write; resumable at any point."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from cs336_basics.support.whole_file import whole_file

from cs336_data.dedup.bloom import BloomFilter, remove_seen_paragraphs
from cs336_data.pipeline.accounts import DUPLICATES, Accounts
from cs336_data.pipeline.config import PipelineConfig
from cs336_data.pipeline.duplicates import Found, Rows, find_duplicates, open_rows
from cs336_data.pipeline.filtering import REJECTED, SIGNATURES, STAGE, Progress, filter_files
from cs336_data.pipeline.journal import Entry, Journal, of_stage
from cs336_data.pipeline.report import write_report
from cs336_data.pipeline.rows import Row, read_rows
from cs336_data.pipeline.shards import write_shards
from cs336_data.pipeline.tokens import load_tokenizer, write_tokens

WORK, JOURNAL = "work", "journal.jsonl"
MIN_WORDS_LEFT = 50  # of a page that lost paragraphs: Gopher's least


class RunError(ValueError):
    """A run that cannot be started or resumed, and what to do."""


@dataclass(frozen=True)
class Result:
    """What a run did."""

    accounts: Accounts
    files: list[Path]
    found: Found | None
    tokens: dict[str, Any] | None


def run(
    inputs: Sequence[Path],
    output: Path,
    config: PipelineConfig,
    *,
    workers: int = 1,
    against: Sequence[Path] = (),
    show: Callable[[Progress], None] | None = None,
    page_seconds: float = 30.0,
) -> Result:
    """Run or resume; a finished run is only read again.

    Raises:
        RunError: no inputs, one is given twice, the output belongs to another run, or another
            process works there.
        OSError: a file cannot be read or written; run again to go on.
    """
    files = check_inputs(inputs)
    check_tokenizer(config)
    earlier = [open_run(folder, config)[1] for folder in against]
    with _only_one(output / WORK):
        filter_run(files, file_names(files), output, config, workers, against, show, page_seconds)
        return finish([output], output, config, earlier, workers)


def filter_run(
    files: Sequence[Path],
    names: Sequence[str],
    output: Path,
    config: PipelineConfig,
    workers: int,
    against: Sequence[Path] = (),
    show: Callable[[Progress], None] | None = None,
    page_seconds: float = 30.0,
) -> Accounts:
    """Stage one alone, which is what a job of a cluster does."""
    work = output / WORK
    work.mkdir(parents=True, exist_ok=True)
    journal = Journal(work / JOURNAL)
    entries = _begin(journal, files, names, config, against)
    try:
        accounts, _ = filter_files(
            files, names, work, config, journal, entries, workers, show, page_seconds
        )
    finally:
        journal.close()
    return accounts


def finish(
    folders: Sequence[Path],
    output: Path,
    config: PipelineConfig,
    earlier: Sequence[Rows] = (),
    workers: int = 1,
) -> Result:
    """Stages two and three over filtered folders; repeated, they give the same bytes."""
    opened = [open_run(folder, config) for folder in folders]
    accounts = Accounts.total([one for one, _ in opened])
    own = [rows for _, rows in opened]
    found = None
    if config.duplicates.documents:
        found = find_duplicates(earlier, own, config.duplicates)
    files = write_shards(_kept(own, found, config, accounts), output, config.output)
    accounts.check()
    tokens = None
    if config.output.vocab:
        vocab, merges = Path(config.output.vocab), Path(config.output.merges)
        share = config.output.valid_share
        kept = _kept(own, found, config, None)
        tokens = write_tokens(kept, output / "tokens", vocab, merges, share, workers)
    rejected = [row for folder in folders for row in read_rows(folder / WORK / REJECTED)]
    write_report(output, config, accounts, found, tokens, rejected)
    _write_json(output / "accounts.json", accounts.to_dict())
    return Result(accounts, files, found, tokens)


def check_tokenizer(config: PipelineConfig) -> None:
    """Fail before hours of work, not after them, if token files cannot be written."""
    if config.output.vocab:
        load_tokenizer(Path(config.output.vocab), Path(config.output.merges))


def check_inputs(inputs: Sequence[Path]) -> list[Path]:
    """The files, in the order of their names.

    Raises:
        RunError: there are none, one is missing, or one is given twice.
    """
    if not inputs:
        raise RunError("no input files; --input takes a pattern such as 'warc/*.warc.gz'")
    seen: dict[Path, Path] = {}
    for path in inputs:
        if not path.is_file():
            raise RunError(f"no input file {path}")
        resolved = path.resolve()
        if resolved in seen:
            raise RunError(
                f"{path} is given twice (as {seen[resolved]}): its pages would count twice"
            )
        seen[resolved] = path
    return sorted(inputs)


def file_names(files: Sequence[Path]) -> list[str]:
    """Names without the folder that is common to all, so that the output does not depend on it."""
    common = Path(os.path.commonpath([file.resolve().parent for file in files]))
    return [file.resolve().relative_to(common).as_posix() for file in files]


def _begin(
    journal: Journal,
    files: Sequence[Path],
    names: Sequence[str],
    config: PipelineConfig,
    against: Sequence[Path],
) -> list[Entry]:
    """Entries of the run so far, after checking that it is this one."""
    head = {
        "stage": "begin",
        "config": config.digest,
        "inputs": [[name, file.stat().st_size] for name, file in zip(names, files, strict=True)],
        "against": [str(folder) for folder in against],
    }
    entries = journal.read()
    if entries:
        for what, hint in (
            ("config", "another configuration"),
            ("inputs", "other input files"),
            ("against", "other earlier runs"),
        ):
            if entries[0].get(what) != head[what]:
                raise RunError(
                    f"the output folder has a run with {hint} ({entries[0].get(what)!r:.120}, now "
                    f"{head[what]!r:.120}): take another --output, or remove that folder"
                )
        journal.open(entries)
        return entries
    journal.open([])
    journal.write([head])
    return [head]


def _kept(
    own: Sequence[Rows], found: Found | None, config: PipelineConfig, accounts: Accounts | None
) -> Iterator[Row]:
    """Rows that stay after duplicates, counted if `accounts` are given."""
    seen = None
    if config.duplicates.paragraphs:
        seen = BloomFilter.sized(config.duplicates.expected_paragraphs, 1e-6)
    for number, row in enumerate(chain.from_iterable(rows.texts for rows in own)):
        reason = ""
        twin = found.gone.get(number) if found else None
        if twin:
            if config.output.tag:
                row["tags"]["near duplicate"] = f"of row {twin.of}"
            else:
                reason = "near duplicate" if twin.of >= 0 else "in an earlier run"
        elif seen is not None and not config.output.tag:
            left = remove_seen_paragraphs(row["text"], seen)
            row["text"] = left.text
            if left.removed and len(left.text.split()) < MIN_WORDS_LEFT:
                reason = "paragraphs seen before"
        if reason:
            if accounts:
                accounts.move_to_gone(DUPLICATES, reason, row.get("planted"))
            continue
        yield row


def open_run(folder: Path, config: PipelineConfig) -> tuple[Accounts, Rows]:
    """Accounts and rows of a filtered folder.

    Raises:
        RunError: there is no run in it, or one with other signatures.
    """
    work = folder / WORK
    entries = list(of_stage(Journal(work / JOURNAL).read(), STAGE))
    if not entries:
        raise RunError(f"{folder} holds no run: nothing is done in {work / JOURNAL}")
    num_hashes = config.duplicates.num_hashes if config.duplicates.documents else 0
    size = entries[-1]["lengths"][SIGNATURES]
    count = sum(entry["frame"][2] for entry in entries)
    if size != 4 * num_hashes * count:
        raise RunError(
            f"{folder} has {size:,} bytes of signatures for {count:,} rows, not {num_hashes} "
            "numbers for each: its duplicates.num_hashes was another one"
        )
    return Accounts.from_dict(entries[-1]["accounts"]), open_rows(work, entries, num_hashes)


def _write_json(path: Path, values: object) -> None:
    with whole_file(path) as file:
        file.write(json.dumps(values, indent=1, ensure_ascii=False).encode() + b"\n")


@contextmanager
def _only_one(work: Path) -> Iterator[None]:
    """Hold a lock that a killed process loses by itself."""
    work.mkdir(parents=True, exist_ok=True)
    with (work / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RunError(f"another process is running in {work.parent}") from error
        yield
