"""Stories from a probabilistic grammar, of any size, whose entropy is known exactly.

    python -m cs336_basics.story_grammar write stories.txt --size 400MB --seed 0
    python -m cs336_basics.story_grammar floor --vocab vocab.json --merges merges.txt
    python -m cs336_basics.story_grammar score valid.txt --vocab vocab.json --merges merges.txt

**The floor of the loss.** The file is a sequence of independent stories, each followed by
`SEPARATOR`. Let H be the entropy of a story in nats and L the expected number of tokens of a story
and its separator under a tokenizer. For any model q of the token sequence the expected loss of one
story, summed over its tokens, is -E log q(tokens) = H + KL(p ‖ q) ≥ H: the tokens of a text are a
function of the text and the text of the tokens, and the separator is certain. A loss averaged over
the tokens of N stories is a ratio of two sums over stories, which tends to

    floor = H / L    nats a token.

H and L are both exact (`grammar_analysis.py`: H(text) = H(derivation) because the grammar is
proved unambiguous; L by linearity over pre-tokens). Only the average over a given set of stories
varies; for that set, `score` gives -Σ log p(story) / Σ tokens exactly, and the difference of a
model's loss on the same stories to it is an estimate of the gap with far less noise.

The floor is that of a reader who sees each story from its start. A window that begins inside a
story hides who and what it is about, and no model can know: to compare a model with the floor,
evaluate it on rows that begin at a story (`story_rows`), which fit in 256 tokens.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial
from itertools import count
from math import inf, sqrt
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from cs336_basics.grammar import Grammar, compile_grammar, parse_rules
from cs336_basics.grammar_analysis import analyze, longest
from cs336_basics.grammar_parse import GrammarReader
from cs336_basics.parallel import available_workers, ordered_map
from cs336_basics.story_lexicon import variables
from cs336_basics.story_rules import RULES
from cs336_basics.tokenizer import Tokenizer

END_OF_TEXT = "<|endoftext|>"
SEPARATOR = f"\n{END_OF_TEXT}\n"
BLOCK_STORIES = 1000  # stories drawn from one seed; the unit of parallel work
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kMG]?)B?", re.IGNORECASE)


@dataclass(frozen=True)
class StoryFile:
    """What was written: stories, bytes, and the sum of -ln p over the stories (nats)."""

    stories: int
    size: int
    surprise: float


@dataclass(frozen=True)
class Floor:
    """The least possible loss under a tokenizer; all values are exact.

    Attributes:
        story_entropy: nats a story.
        story_tokens: expected tokens of a story with its separator.
        longest_story: no story with its separator has more tokens.
    """

    story_entropy: float
    story_tokens: float
    longest_story: int

    @property
    def nats_per_token(self) -> float:
        """Entropy over expected length, the limit of the loss of the perfect model."""
        return self.story_entropy / self.story_tokens


@dataclass(frozen=True)
class Score:
    """Stories of a file held against the grammar.

    Attributes:
        stories: read from the file.
        outside: how many of them the grammar cannot write.
        tokens: of the others, with separators.
        nats_per_token: Σ -ln p / tokens over the others.
        standard_error: of nats_per_token as an estimate of the floor.
    """

    stories: int
    outside: int
    tokens: int
    nats_per_token: float
    standard_error: float


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
    output = Path(path)
    temporary = output.with_name(output.name + ".partial")
    disable = None if progress is None else not progress
    written, total, surprise = 0, 0, 0.0
    with (
        temporary.open("wb") as file,
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
    temporary.replace(output)
    return StoryFile(total, written, surprise)


def entropy_floor(tokenizer: Tokenizer) -> Floor:
    """Return the exact floor of the loss per token (derivation in the module's docstring)."""
    analysis = analyze(load_grammar())
    lengths = {word: len(tokenizer.encode(word)) for word in analysis.pretokens}
    separator = len(tokenizer.encode(SEPARATOR))
    return Floor(
        analysis.entropy,
        analysis.expected(lengths) + separator,
        longest(load_grammar(), lengths) + separator,
    )


def score_stories(texts: list[str], tokenizer: Tokenizer) -> Score:
    """Hold stories, given without separators, against the grammar."""
    reader = GrammarReader(load_grammar())
    surprises, lengths = [], []
    for text in texts:
        log_p = reader.log_probability(text)
        if log_p != -inf:
            surprises.append(-log_p)
            lengths.append(len(tokenizer.encode(text + SEPARATOR)))
    if not surprises:
        return Score(len(texts), len(texts), 0, inf, inf)
    ratio = sum(surprises) / sum(lengths)
    # Standard error of a ratio of means (delta method).
    residuals = [s - ratio * n for s, n in zip(surprises, lengths, strict=True)]
    error = sqrt(sum(r * r for r in residuals)) / sum(lengths)
    return Score(len(texts), len(texts) - len(surprises), sum(lengths), ratio, error)


def story_rows(ids: NDArray[np.integer], end_id: int, length: int = 256) -> NDArray[np.int64]:
    """Cut token ids into one row a story, for an evaluation that can reach the floor.

    Args:
        ids: (n,) ids of a story file; `end_id` is that of the end-of-text token.
        length: tokens to predict in a row.

    Returns:
        (stories, length + 1): the end token before a story, the story, its end token, and -1
        beyond. Inputs are `row[:-1]`, targets `row[1:]`; targets of -1 do not count.

    Raises:
        ValueError: a story is longer than `length`.
    """
    ends = np.flatnonzero(np.asarray(ids) == end_id)
    rows = np.full((max(0, len(ends) - 1), length + 1), -1, dtype=np.int64)
    for row, first, last in zip(rows, ends[:-1], ends[1:], strict=True):
        if last - first > length:
            raise ValueError(f"the story at token {first} has {last - first} tokens, over {length}")
        row[: last - first + 1] = ids[first : last + 1]
    return rows


def parse_size(text: str) -> int:
    """Read a size such as `400MB`, `1.5G` or `5000` in bytes (powers of 1000)."""
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a size such as 400MB, 1.5GB or 5000")
    return int(float(match[1]) * 1000 ** ["", "k", "m", "g"].index(match[2].lower()))


def main(arguments: list[str] | None = None) -> int:
    """Run `python -m cs336_basics.story_grammar`; return the exit status."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m cs336_basics.story_grammar", description=(__doc__ or "").splitlines()[0]
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    write = commands.add_parser("write", help="write a file of stories")
    write.add_argument("output", type=Path)
    write.add_argument("--size", type=parse_size, required=True, help="such as 400MB")
    write.add_argument("--seed", type=int, default=0)
    write.add_argument("--workers", type=int, default=None, help="default: one a core")
    write.set_defaults(run=_run_write)
    floor = commands.add_parser("floor", help="print the exact least loss for a tokenizer")
    floor.set_defaults(run=_run_floor)
    score = commands.add_parser("score", help="hold the stories of a file against the grammar")
    score.add_argument("input", type=Path)
    score.add_argument("--limit", type=int, default=2000, help="stories to read (default 2000)")
    score.set_defaults(run=_run_score)
    for command in (floor, score):
        command.add_argument("--vocab", type=Path, required=True)
        command.add_argument("--merges", type=Path, required=True)
    return parser


def _run_write(options: argparse.Namespace) -> None:
    done = write_stories(options.output, options.size, options.seed, workers=options.workers)
    print(
        f"{options.output}: {done.stories:,} stories, {done.size:,} bytes, "
        f"{done.surprise / done.stories:.3f} nats a story "
        f"(exact entropy {analyze(load_grammar()).entropy:.3f})"
    )


def _run_floor(options: argparse.Namespace) -> None:
    tokenizer = Tokenizer.from_files(options.vocab, options.merges, [END_OF_TEXT])
    floor = entropy_floor(tokenizer)
    print(
        f"{floor.story_entropy:.4f} nats a story / {floor.story_tokens:.4f} tokens a story = "
        f"{floor.nats_per_token:.5f} nats a token (all exact); "
        f"no story is longer than {floor.longest_story} tokens"
    )


def _run_score(options: argparse.Namespace) -> None:
    tokenizer = Tokenizer.from_files(options.vocab, options.merges, [END_OF_TEXT])
    texts = options.input.read_text(encoding="utf-8").split(SEPARATOR)
    texts = [text for text in texts if text][: options.limit]
    score = score_stories(texts, tokenizer)
    print(
        f"{score.stories} stories, {score.outside} outside the grammar; "
        f"{score.nats_per_token:.5f} ± {score.standard_error:.5f} nats a token over "
        f"{score.tokens:,} tokens"
    )


if __name__ == "__main__":
    sys.exit(main())
