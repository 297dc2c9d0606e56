"""Measure a trained policy: python -m cs336_alignment.evaluate CONFIG.toml --name grpo

Greedy accuracy, pass@k and the level of chance for each size, on held-out problems.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from cs336_basics.fast.attention import attention_backend
from cs336_basics.training.config_file import load_config_as

from cs336_alignment.training.commands import config_parser, exit_status
from cs336_alignment.training.config import AlignmentConfig
from cs336_alignment.training.files import StageFiles
from cs336_alignment.training.run_stage import PASS_AT, accuracy_table, prepare


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns the exit status."""
    parser = config_parser("evaluate")
    parser.add_argument("--name", default="sft", help="folder inside run_dir (default sft)")
    parser.add_argument("--json", type=Path, help="also write the numbers to this file")
    parser.add_argument("--examples", type=int, default=0, help="print so many answers per size")
    options = parser.parse_args(arguments)

    def evaluate() -> None:
        config = load_config_as(AlignmentConfig, options.config, options.set)
        with attention_backend("fused"):
            place = prepare(config)
            folder = Path(config.run_dir) / options.name
            StageFiles(folder, options.name).load_weights(place.model)
            accuracy, chance = place.evaluator.accuracy(), place.evaluator.chance()
            pass_at = place.evaluator.pass_at(PASS_AT)
            lines = [*accuracy_table(accuracy, pass_at, chance)]
            if options.examples:
                lines += ["", *place.evaluator.examples(options.examples)]
        print("\n".join(lines))
        if options.json is not None:
            measured = {"accuracy": accuracy, "pass_at": pass_at, "chance": chance}
            options.json.write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")

    return exit_status(evaluate)


if __name__ == "__main__":
    sys.exit(main())
