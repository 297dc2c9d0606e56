"""Stories from a probabilistic grammar, of any size, whose entropy is known exactly.

python -m cs336_basics.stories write stories.txt --size 400MB --seed 0
python -m cs336_basics.stories floor --vocab vocab.json --merges merges.txt
python -m cs336_basics.stories score valid.txt --vocab vocab.json --merges merges.txt \\
  --output floor.json
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

from cs336_basics.stories.analysis import analyze
from cs336_basics.stories.floor import entropy_floor, score_stories
from cs336_basics.stories.sampling import END_OF_TEXT, SEPARATOR, load_grammar, write_stories
from cs336_basics.support.command_line import exit_status
from cs336_basics.support.whole_file import whole_file
from cs336_basics.tokenizer import Tokenizer

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kMG]?)B?", re.IGNORECASE)


def parse_size(text: str) -> int:
    """Read a size such as `400MB`, `1.5G` or `5000` in bytes (powers of 1000)."""
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a size such as 400MB, 1.5GB or 5000")
    return int(float(match[1]) * 1000 ** ["", "k", "m", "g"].index(match[2].lower()))


def main(arguments: list[str] | None = None) -> int:
    """Run `python -m cs336_basics.stories`; return the exit status."""
    options = _parser().parse_args(arguments)
    return exit_status(lambda: options.run(options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m cs336_basics.stories", description=(__doc__ or "").splitlines()[0]
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
    score.add_argument(
        "--output", type=Path, help="JSON file for the score: data.floor_file of a configuration"
    )
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
    if options.output is not None:
        kept = {"text": options.input.name, "stories": score.stories, "tokens": score.tokens,
                "nats_per_token": score.nats_per_token, "standard_error": score.standard_error,
                "outside_the_grammar": score.outside}  # fmt: skip
        with whole_file(options.output) as file:
            file.write((json.dumps(kept, indent=1) + "\n").encode())


if __name__ == "__main__":
    sys.exit(main())
