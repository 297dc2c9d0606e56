"""From archives to a training set.

    python -m cs336_data.pipeline --input 'warc/*.warc.gz' --output data/filtered
    python -m cs336_data.pipeline --input 'warc/*.warc.gz' --output data/filtered \\
        --config configs/pipeline.toml --workers 2

The same command goes on where it was stopped. Exit status: 0 done, 1 failed (run it again), 2 a
wrong argument or configuration, 130 interrupted.
"""

from __future__ import annotations

import argparse
import glob
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from cs336_basics.support.parallel import available_workers
from tqdm import tqdm

from cs336_data.pipeline import cluster
from cs336_data.pipeline.accounts import Accounts
from cs336_data.pipeline.config import ConfigError, PipelineConfig, load
from cs336_data.pipeline.filtering import Progress
from cs336_data.pipeline.run import Result, RunError, run

USAGE_ERROR, FAILED, INTERRUPTED = 2, 1, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        config = load(options.config, options.set)
        files = find_inputs(options.input)
        if options.cluster:
            settings = cluster.Settings.parse(options)
            result = cluster.run_cluster(files, options.output, config, settings)
        else:
            result = _run_here(files, options, config)
        print(summary(result, options.output))
    except (ConfigError, RunError) as error:
        print(f"error: {error}", file=sys.stderr)
        return USAGE_ERROR
    except (OSError, ChildProcessError) as error:
        print(f"error: {error}; what is done is kept, run it again to go on", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("interrupted; the same command goes on from here", file=sys.stderr)
        return INTERRUPTED
    return 0


def find_inputs(patterns: Sequence[str]) -> list[Path]:
    """Files of all patterns.

    Raises:
        RunError: a pattern finds nothing.
    """
    files: list[Path] = []
    for pattern in patterns:
        found = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207 (absolute patterns, too)
        if not found:
            raise RunError(f"no files match {pattern!r}; quote the pattern, and mind the folder")
        files += map(Path, found)
    return files


def summary(result: Result, output: Path) -> str:
    """The result in a few lines."""
    accounts = result.accounts
    lines = [f"{accounts.read:,} records read"]
    for stage, reasons in accounts.gone.items():
        if reasons.total():
            parts = ", ".join(f"{reason} {n:,}" for reason, n in reasons.most_common() if n)
            lines.append(f"  {stage}: {reasons.total():,} gone ({parts})")
    lines.append(f"{accounts.kept:,} kept in {len(result.files)} files below {output}")
    if result.tokens:
        lines.append(f"{sum(result.tokens['tokens'].values()):,} tokens in {output / 'tokens'}")
    if not accounts.kept:
        lines.append(f"nothing was kept: {output / 'rejected.html'} shows what each rule rejected")
    return "\n".join(lines)


def _run_here(files: list[Path], options: argparse.Namespace, config: PipelineConfig) -> Result:
    total = sum(file.stat().st_size for file in files if file.is_file())
    bar = tqdm(total=total, unit="B", unit_scale=True, desc="filter", disable=options.quiet or None)

    def show(progress: Progress) -> None:
        bar.update(progress.bytes_done - bar.n)
        bar.set_postfix_str(_kept_share(progress.accounts), refresh=False)

    with bar:
        return run(
            files,
            options.output,
            config,
            workers=options.workers,
            against=options.against,
            show=show,
            page_seconds=options.page_seconds,
        )


def _kept_share(accounts: Accounts) -> str:
    return f"{accounts.read:,} records, {100 * accounts.kept / max(1, accounts.read):.0f} % kept"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m cs336_data.pipeline", description=(__doc__ or "").split("\n")[0]
    )
    add = parser.add_argument
    add("--input", action="append", required=True, metavar="PATTERN", help="WARC or WET files")
    add("--output", type=Path, required=True, help="folder to write to, or to go on in")
    add("--config", type=Path, help="TOML file, see configs/; without it the defaults")
    add("--set", action="append", default=[], metavar="TABLE.KEY=VALUE", help="override a value")
    add("--workers", type=int, default=available_workers(), help="processes; default: one a core")
    add("--against", action="append", type=Path, default=[], metavar="FOLDER",
        help="output of an earlier run: its rows are not kept again")  # fmt: skip
    add("--page-seconds", type=float, default=30.0, help="time limit for one page")
    add("--quiet", action="store_true", help="no progress bar")
    cluster.add_arguments(parser)
    return parser


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # of children: they are parallel already
    sys.exit(main())
