"""The commands: python -m cs336_alignment.{sft,grpo,expert_iteration,dpo} CONFIG.toml"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from cs336_basics.config import ConfigError
from cs336_basics.serialization import CheckpointError
from cs336_basics.training.config_file import load_config_as

from cs336_alignment.training.config import AlignmentConfig
from cs336_alignment.training.loop import DivergedError

StageName = Literal["sft", "grpo", "expert_iteration", "dpo"]
USAGE_ERROR, FAILED, INTERRUPTED = 2, 1, 130
DESCRIPTIONS: dict[str, str] = {
    "sft": "Fine-tune a fresh policy on demonstrations.",
    "grpo": "Train a policy on rewards with GRPO or one of its relatives.",
    "expert_iteration": "Train a policy on its own right answers, round after round.",
    "dpo": "Train a policy on pairs of its own right and wrong answers.",
    "evaluate": "Measure a trained policy on held-out problems.",
}


def run_command(stage: StageName, arguments: Sequence[str] | None = None) -> int:
    """Parse the command line, train, print the result; returns the exit status."""
    options = stage_parser(stage).parse_args(arguments)

    def train() -> None:
        from cs336_alignment.training.run_stage import run_stage, summary_text

        config = load_config_as(AlignmentConfig, options.config, options.set)
        summary = run_stage(
            stage, config, name=options.name or stage, start=options.start,
            resume=options.resume, overwrite=options.overwrite,
        )  # fmt: skip
        print(summary_text(summary))

    return exit_status(train)


def exit_status(command: Any) -> int:
    """Run a command; an expected failure is one line and an exit status."""
    try:
        command()
    except (ConfigError, CheckpointError, FileNotFoundError) as error:
        print(f"error: {error}", file=sys.stderr)
        return USAGE_ERROR
    except (DivergedError, ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("interrupted; continue with --resume", file=sys.stderr)
        return INTERRUPTED
    return 0


def config_parser(command: str) -> argparse.ArgumentParser:
    """What all commands have: the file and its overrides."""
    parser = argparse.ArgumentParser(
        prog=f"python -m cs336_alignment.{command}", description=DESCRIPTIONS[command]
    )
    parser.add_argument("config", type=Path, help="TOML file, see configs/")
    parser.add_argument(
        "--set", action="append", default=[], metavar="TABLE.KEY=VALUE",
        help="override one value of the file; may be repeated",
    )  # fmt: skip
    return parser


def stage_parser(stage: StageName) -> argparse.ArgumentParser:
    """The command line of a training command."""
    parser = config_parser(stage)
    parser.add_argument("--name", help=f"folder inside run_dir (default {stage})")
    parser.add_argument("--start", type=Path, help="folder of the start (default run_dir/sft)")
    parser.add_argument("--resume", action="store_true", help="continue from the last checkpoint")
    parser.add_argument("--overwrite", action="store_true", help="replace a run of the same name")
    return parser
