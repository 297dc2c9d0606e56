"""Print the texts of rows, each with an end-of-text mark: what a tokenizer is trained on.

python -m cs336_data.pipeline.texts_of data/filtered/part-*.jsonl.zst > texts.txt
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from cs336_basics.support.command_line import exit_status

from cs336_data.pipeline.rows import read_rows


def main(arguments: Sequence[str] | None = None) -> int:
    """Print all texts; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m cs336_data.pipeline.texts_of")
    parser.add_argument("files", nargs="+", type=Path, help="jsonl.zst files of a pipeline run")
    options = parser.parse_args(arguments)

    def run() -> None:
        for file in options.files:
            for row in read_rows(file):
                sys.stdout.write(f"{row['text']}<|endoftext|>\n")

    return exit_status(run)


if __name__ == "__main__":
    sys.exit(main())
