"""Train a BPE tokenizer on a text file and write vocab.json and merges.txt in GPT-2's format."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from cs336_basics.bpe import train_bpe
from cs336_basics.command_line import exit_status
from cs336_basics.vocabulary import save_vocabulary


def main(arguments: list[str] | None = None) -> int:
    """Run `python -m cs336_basics.train_tokenizer`; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m cs336_basics.train_tokenizer", description=__doc__
    )
    parser.add_argument("input", type=Path, help="UTF-8 text file")
    parser.add_argument("output", type=Path, help="folder for vocab.json and merges.txt")
    parser.add_argument("--vocab-size", type=int, default=10_000)
    parser.add_argument(
        "--special-token", action="append", metavar="TEXT", help="default: <|endoftext|>"
    )
    parser.add_argument("--workers", type=int, default=None, help="default: one a core")
    options = parser.parse_args(arguments)
    return exit_status(lambda: _run(options))


def _run(options: argparse.Namespace) -> None:
    special_tokens = options.special_token or ["<|endoftext|>"]
    vocabulary, merges = train_bpe(
        options.input, options.vocab_size, special_tokens, workers=options.workers
    )
    options.output.mkdir(parents=True, exist_ok=True)
    save_vocabulary(
        vocabulary, merges, options.output / "vocab.json", options.output / "merges.txt"
    )
    print(f"{options.output}: {len(vocabulary):,} tokens, {len(merges):,} merges")
    if len(vocabulary) < options.vocab_size:
        print(f"stopped below {options.vocab_size:,}: no pair was left to merge", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
