"""Train a BPE tokenizer on a text file and write its files in GPT-2's format."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from cs336_basics.bpe import train_bpe
from cs336_basics.split import NAMED_PATTERNS
from cs336_basics.support.command_line import exit_status
from cs336_basics.tokenization.vocabulary import check_can_be_saved
from cs336_basics.tokenizer import Tokenizer


def main(arguments: list[str] | None = None) -> int:
    """Run `python -m cs336_basics.tokenization.train_tokenizer`; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m cs336_basics.tokenization.train_tokenizer", description=__doc__
    )
    parser.add_argument("input", type=Path, help="UTF-8 text file")
    parser.add_argument("output", type=Path, help="folder for vocab.json, merges.txt, split.json")
    parser.add_argument("--vocab-size", type=int, default=10_000)
    parser.add_argument(
        "--special-token", action="append", metavar="TEXT", help="default: <|endoftext|>"
    )
    parser.add_argument(
        "--split-pattern", default="gpt2", metavar="NAME|REGEX",
        help=f"how text is cut first: {', '.join(NAMED_PATTERNS)} or a regular expression",
    )  # fmt: skip
    parser.add_argument("--workers", type=int, default=None, help="default: one a core")
    options = parser.parse_args(arguments)
    return exit_status(lambda: _run(options))


def _run(options: argparse.Namespace) -> None:
    special_tokens = options.special_token or ["<|endoftext|>"]
    split_pattern = NAMED_PATTERNS.get(options.split_pattern, options.split_pattern)
    # What could only fail at the end, after an hour of training, is tried now.
    check_can_be_saved(special_tokens)
    options.output.mkdir(parents=True, exist_ok=True)
    vocabulary, merges = train_bpe(
        options.input,
        options.vocab_size,
        special_tokens,
        split_pattern=split_pattern,
        workers=options.workers,
    )
    Tokenizer(vocabulary, merges, special_tokens, split_pattern).save(options.output)
    print(f"{options.output}: {len(vocabulary):,} tokens, {len(merges):,} merges")
    if len(vocabulary) < options.vocab_size:
        print(f"stopped below {options.vocab_size:,}: no pair was left to merge", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
