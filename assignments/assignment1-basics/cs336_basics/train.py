"""Train a language model: python -m cs336_basics.train --config configs/cpu_small.toml

Several GPUs: torchrun --nproc-per-node 2 -m cs336_basics.train --config ...
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cs336_basics.config import ConfigError, RunConfig
from cs336_basics.serialization import CheckpointError
from cs336_basics.training.config_file import load_config
from cs336_basics.training.distributed import process_group
from cs336_basics.training.run_log import LogRow
from cs336_basics.training.trainer import RowSink, Trainer, TrainingDivergedError

USAGE_ERROR, FAILED, INTERRUPTED = 2, 1, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line, train, print the summary; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        config = load_config(options.config, options.set)
        with process_group(config.training.device) as ranks:
            sinks = [tensorboard_sink(config)] if options.tensorboard and ranks.is_main else []
            trainer = Trainer(
                config, ranks, resume=options.resume, overwrite=options.overwrite, sinks=sinks
            )
            summary = trainer.train()
            if ranks.is_main:
                print(summary_text(summary, config))
    except (ConfigError, CheckpointError, FileNotFoundError) as error:
        print(f"error: {error}", file=sys.stderr)
        return USAGE_ERROR
    except (TrainingDivergedError, ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("interrupted; continue with --resume", file=sys.stderr)
        return INTERRUPTED
    return 0


def tensorboard_sink(config: RunConfig) -> RowSink:
    """A sink that writes every number of a row as a TensorBoard scalar into the run's folder."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise ConfigError("--tensorboard needs the package: pip install tensorboard") from error
    writer: Any = SummaryWriter(Path(config.run_dir) / "tensorboard")

    def write(row: LogRow) -> None:
        for name, value in row.items():
            if name != "iteration" and isinstance(value, float):
                writer.add_scalar(name, value, row["iteration"])
        writer.flush()

    return write


def summary_text(summary: dict[str, Any], config: RunConfig) -> str:
    """The result of a run in a few aligned lines."""
    mfu, floor = summary["mfu"], summary["floor"]
    gap = f", {summary['gap']:+.4f} to the floor {floor:.4f}" if floor else ""
    lines = [
        ("parameters", f"{summary['parameters']:,}"),
        ("device", f"{summary['device']}, torch {summary['torch']}"),
        ("iterations", f"{summary['iterations']:,} ({summary['tokens']:,} tokens)"),
        ("training time", f"{summary['training_seconds']:.1f} s"
                          f" (+ {summary['setup_seconds']:.1f} s to compile)"),
        ("throughput", f"{summary['tokens_per_second']:,} tokens/s, MFU "
                       + ("unknown (no peak for this device)" if mfu is None else f"{mfu:.1%}")),
        ("validation loss", f"{summary['valid_loss']:.4f} nats/token{gap}"),
        ("files", config.run_dir),
    ]  # fmt: skip
    return "\n".join(f"{name:<16}{value}" for name, value in lines)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m cs336_basics.train", description="Train a Transformer language model."
    )
    parser.add_argument("--config", type=Path, required=True, help="TOML file, see configs/")
    parser.add_argument(
        "--set", action="append", default=[], metavar="TABLE.KEY=VALUE",
        help="override one value of the file; may be repeated",
    )  # fmt: skip
    parser.add_argument("--resume", action="store_true", help="continue from the last checkpoint")
    parser.add_argument("--overwrite", action="store_true", help="replace a run of the same name")
    parser.add_argument("--tensorboard", action="store_true", help="also write TensorBoard events")
    return parser


if __name__ == "__main__":
    sys.exit(main())
