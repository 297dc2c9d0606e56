"""Stage one: archives in, rows out, a block at a time, with everything needed to go on after a
kill.

Data files grow by whole frames; the journal says how long each was when a block was done. Blocks
are cut by what is read, never by time, so a run that was killed ends with the same bytes as one
that was not.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from cs336_data.pipeline.accounts import PAGES, RECORDS, Accounts
from cs336_data.pipeline.chain import Chain, Outcome
from cs336_data.pipeline.config import PipelineConfig
from cs336_data.pipeline.journal import Entry, Journal, of_stage, sync
from cs336_data.pipeline.rows import Row, pack
from cs336_data.pipeline.workers import Lost, Workers
from cs336_data.warc.items import Item, Page, Place, Skipped
from cs336_data.warc.reader import read_archive

STAGE = "filter"
BLOCK_ITEMS = 256
BLOCK_BYTES = 8_000_000
SYNC_SECONDS = 1.0
WORKER_BYTES = 4_000_000_000
SNIPPET = 2_000  # characters of a rejected page that are kept to be looked at

ROWS, REJECTED, SIGNATURES = "rows.jsonl.zst", "rejected.jsonl.zst", "signatures.u32"
FILES = (ROWS, REJECTED, SIGNATURES)


@dataclass(frozen=True, slots=True)
class Block:
    """Items of one file in a row, and where reading goes on behind them (None: the file ends)."""

    file: int
    items: list[Item]
    next: Place | None

    @property
    def pages(self) -> list[Page]:
        """Those that have to be judged."""
        return [item for item in self.items if isinstance(item, Page)]


@dataclass
class Progress:
    """What a caller can show while the stage runs."""

    bytes_done: int
    bytes_total: int
    accounts: Accounts
    began: float


def read_blocks(
    files: Sequence[Path], start_file: int, start: Place, max_page_bytes: int
) -> Iterator[Block]:
    """Blocks of all files from a place on."""
    for number in range(start_file, len(files)):
        place = start if number == start_file else Place(0)
        items: list[Item] = []
        size = 0
        for item in read_archive(files[number], max_page_bytes, place):
            if len(items) >= BLOCK_ITEMS or size >= BLOCK_BYTES:
                yield Block(number, items, item.place)
                items, size = [], 0
            items.append(item)
            size += len(item.body) if isinstance(item, Page) else 0
        yield Block(number, items, None)


def filter_files(
    files: Sequence[Path],
    names: Sequence[str],
    folder: Path,
    config: PipelineConfig,
    journal: Journal,
    entries: list[Entry],
    workers: int,
    show: Callable[[Progress], None] | None = None,
    page_seconds: float = 30.0,
) -> tuple[Accounts, list[Entry]]:
    """Run the stage to its end from where `entries` say it stopped; returns accounts and entries.

    `names` are how rows speak of the files.

    Raises:
        OSError: a file cannot be read or written (a full disk): what is done stays done.
    """
    done = list(of_stage(entries, STAGE))
    accounts = Accounts.from_dict(done[-1]["accounts"]) if done else Accounts()
    lengths = done[-1]["lengths"] if done else dict.fromkeys(FILES, 0)
    if done and done[-1]["next"] is None and done[-1]["file"] == len(files) - 1:
        return accounts, done
    start_file, start = _resume_at(done)
    writer = _Writer(folder, lengths, journal, done)
    sizes = [file.stat().st_size for file in files]
    progress = Progress(0, sum(sizes), accounts, time.monotonic())
    blocks: list[Block] = []  # handed out, not back yet

    def pages() -> Iterator[list[Page]]:
        for block in read_blocks(files, start_file, start, config.text.max_page_bytes):
            blocks.append(block)
            yield block.pages

    try:
        make = partial(Chain, config)
        with Workers[Page, Outcome](make, workers, page_seconds, WORKER_BYTES) as pool:
            for results in pool.map(pages()):
                block = blocks.pop(0)
                _account(block, results, names, config, accounts, writer)
                writer.finish_block(block, accounts)
                at = block.next.offset if block.next else sizes[block.file]
                progress.bytes_done = sum(sizes[: block.file]) + at
                if show:
                    show(progress)
        writer.commit()
    finally:
        writer.close()
    return accounts, done


def _resume_at(done: list[Entry]) -> tuple[int, Place]:
    if not done:
        return 0, Place(0)
    last = done[-1]
    if last["next"] is None:
        return last["file"] + 1, Place(0)
    return last["file"], Place(*last["next"])


def _account(
    block: Block,
    results: Sequence[Outcome | Lost],
    names: Sequence[str],
    config: PipelineConfig,
    accounts: Accounts,
    writer: _Writer,
) -> None:
    """Count every item of a block and hand its rows to the writer."""
    judged = iter(results)
    digest = config.digest
    for item in block.items:
        accounts.read += 1
        name = names[block.file]
        if isinstance(item, Skipped):
            accounts.count(RECORDS, item.reason, item.label)
            continue
        outcome = next(judged)
        if isinstance(outcome, Outcome) and outcome.keep:
            accounts.keep(item.label)
            writer.rows.append(row_of(item, outcome, name, digest))
            if outcome.signature is not None:
                writer.signatures.append(outcome.signature.tobytes())
            continue
        accounts.count(PAGES, outcome.rule, item.label)
        if accounts.gone[PAGES][outcome.rule] <= config.output.rejected_samples:
            text = outcome.text if isinstance(outcome, Outcome) else ""
            writer.rejected.append(
                {"rule": outcome.rule, "reason": outcome.reason, "url": item.url, "file": name,
                 "offset": item.place.offset, "text": text[:SNIPPET]}
            )  # fmt: skip


def row_of(page: Page, outcome: Outcome, file: str, digest: str) -> Row:
    """A row with all that says where its text comes from."""
    row: Row = {"text": outcome.text, "url": page.url, "date": page.date, **outcome.facts}
    row["source"] = {
        "file": file,
        "offset": page.place.offset,
        "ordinal": page.place.ordinal,
        "record": page.record_id,
        "digest": "sha1:" + hashlib.sha1(page.body, usedforsecurity=False).hexdigest(),
        "config": digest,
    }
    if page.label:
        row["planted"] = page.label
    return row


class _Writer:
    """The three data files, cut to what the journal vouches for, and the journal itself."""

    def __init__(
        self, folder: Path, lengths: dict[str, int], journal: Journal, done: list[Entry]
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._files: dict[str, BinaryIO] = {}
        for name in FILES:
            path = folder / name
            file = path.open("r+b" if path.exists() else "w+b")
            file.truncate(lengths[name])
            file.seek(lengths[name])
            self._files[name] = file
        self._lengths = dict(lengths)
        self._journal, self._done = journal, done
        self._pending: list[Entry] = []
        self._synced = time.monotonic()
        self.rows: list[Row] = []
        self.rejected: list[Row] = []
        self.signatures: list[bytes] = []

    def finish_block(self, block: Block, accounts: Accounts) -> None:
        """Write what the block gave; make it last if the last time is a while ago."""
        begin = self._lengths[ROWS]
        self._append(ROWS, pack(self.rows))
        self._append(REJECTED, pack(self.rejected))
        self._append(SIGNATURES, b"".join(self.signatures))
        self._pending.append(
            {
                "stage": STAGE,
                "file": block.file,
                "next": [block.next.offset, block.next.ordinal] if block.next else None,
                "frame": [begin, self._lengths[ROWS] - begin, len(self.rows)],
                "lengths": dict(self._lengths),
                "accounts": accounts.to_dict(),
            }
        )
        self.rows, self.rejected, self.signatures = [], [], []
        if time.monotonic() - self._synced >= SYNC_SECONDS:
            self.commit()

    def commit(self) -> None:
        """Sync the data, then the journal."""
        for file in self._files.values():
            sync(file)
        self._journal.write(self._pending)
        self._done += self._pending
        self._pending = []
        self._synced = time.monotonic()

    def close(self) -> None:
        for file in self._files.values():
            file.close()

    def _append(self, name: str, data: bytes) -> None:
        self._files[name].write(data)
        self._lengths[name] += len(data)
