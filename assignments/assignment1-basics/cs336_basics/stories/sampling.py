"""Samples of the story grammar: single stories, endless sequences, files of any size."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial
from itertools import count
from random import Random

from tqdm import tqdm

from cs336_basics.stories.grammar import Grammar
from cs336_basics.stories.lexicon import variables
from cs336_basics.stories.notation import compile_grammar, parse_rules
from cs336_basics.stories.rules import RULES
from cs336_basics.support.parallel import available_workers, ordered_map
from cs336_basics.support.whole_file import whole_file

END_OF_TEXT = "<|endoftext|>"
SEPARATOR = f"\n{END_OF_TEXT}\n"  # after each story of a file, as in TinyStories' files
BLOCK_STORIES = 1000  # stories drawn from one seed; the unit of parallel work


@dataclass(frozen=True)
class StoryFile:
    """What was written: stories, bytes, and the sum of -ln p over the stories (nats)."""

    stories: int
    size: int
    surprise: float


@cache
def load_grammar() -> Grammar:
    """Return the story grammar."""
    return compile_grammar(parse_rules(RULES), variables())


def sample_block(seed: int, block: int) -> list[tuple[str, float]]:
    """Draw `BLOCK_STORIES` stories with their ln p; the same for the same seed and block."""
    uniform = Random(f"stories/{seed}/{block}").random
    return [load_grammar().sample(uniform) for _ in range(BLOCK_STORIES)]


def stories(seed: int) -> Iterator[str]:
    """Yield the endless sequence of stories of a seed."""
    for block in count():
        for story, _ in sample_block(seed, block):
            yield story


def write_stories(
    path: str | os.PathLike[str],
    size: int,
    seed: int = 0,
    *,
    workers: int | None = None,
    progress: bool | None = None,
) -> StoryFile:
    """Write whole stories until the file has at least `size` bytes.

    The bytes depend on `size` and `seed` only, not on the number of workers. The file appears
    under its name when it is complete.
    """
    if size < 1:
        raise ValueError(f"size must be at least 1 byte, got {size}")
    if workers is None:
        workers = available_workers() if size > 10_000_000 else 1
    disable = None if progress is None else not progress
    written, total, surprise = 0, 0, 0.0
    with (
        whole_file(path) as file,
        tqdm(total=size, unit="B", unit_scale=True, desc="stories", disable=disable) as bar,
    ):
        for block in ordered_map(partial(sample_block, seed), count(), workers):
            texts: list[bytes] = []
            length = 0
            for story, log_p in block:
                texts.append((story + SEPARATOR).encode("utf-8"))
                length += len(texts[-1])
                surprise -= log_p
                if written + length >= size:
                    break
            file.write(b"".join(texts))
            written += length
            total += len(texts)
            bar.update(length)
            if written >= size:
                break
    return StoryFile(total, written, surprise)
