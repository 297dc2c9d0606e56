"""The same run over many machines: submitit starts a job a group of files, then duplicates are
found.

    python -m cs336_data.pipeline --input 'warc/*.warc.gz' --output data/filtered --cluster slurm \\
        --jobs 40 --sbatch partition=cpu --workers 8

Each job is an ordinary run in `OUTPUT/jobs/NNN` without duplicates, with a journal of its own:
submit again, and jobs go on where they were stopped. The last step reads all jobs' rows here.
`--cluster local` runs the jobs as processes of this machine, which is what the tests do.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cs336_data.pipeline.config import PipelineConfig
from cs336_data.pipeline.run import (
    Result,
    RunError,
    check_inputs,
    check_tokenizer,
    file_names,
    filter_run,
    finish,
)


@dataclass(frozen=True)
class Settings:
    """How jobs are submitted."""

    kind: str
    jobs: int
    workers: int
    parameters: dict[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, options: argparse.Namespace) -> Settings:
        """From the command line.

        Raises:
            RunError: an option of the scheduler is not KEY=VALUE.
        """
        pairs = [option.partition("=") for option in options.sbatch]
        if any(not separator for _, separator, _ in pairs):
            raise RunError("--sbatch takes KEY=VALUE, as partition=cpu")
        parameters = {f"slurm_{key}": value for key, _, value in pairs}
        return cls(options.cluster, options.jobs, options.workers, parameters)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command that belong to clusters."""
    add = parser.add_argument
    add("--cluster", choices=("slurm", "local"), help="run as jobs, by submitit")
    add("--jobs", type=int, default=8, help="number of jobs, each with --workers processes")
    add("--sbatch", action="append", default=[], metavar="KEY=VALUE", help="for the scheduler")


def run_cluster(
    inputs: Sequence[Path], output: Path, config: PipelineConfig, settings: Settings
) -> Result:
    """Submit the jobs, wait for them, merge what they wrote.

    Raises:
        RunError: submitit is missing, or a job failed: the others' work is kept.
    """
    try:
        import submitit
    except ImportError as error:
        raise RunError("--cluster needs submitit: pip install 'cs336-data[cluster]'") from error
    files = check_inputs(inputs)
    check_tokenizer(config)
    groups = split(files, settings.jobs)
    executor = submitit.AutoExecutor(folder=output / "jobs" / "log", cluster=settings.kind)
    executor.update_parameters(cpus_per_task=settings.workers, timeout_min=24 * 60)
    if settings.kind == "slurm":
        executor.update_parameters(**settings.parameters)
    folders = [output / "jobs" / f"{i:03d}" for i in range(len(groups))]
    names = dict(zip(files, file_names(files), strict=True))
    with executor.batch():
        jobs = [
            executor.submit(
                _job, group, [names[f] for f in group], folder, config, settings.workers
            )
            for group, folder in zip(groups, folders, strict=True)
        ]
    failed = [str(job.job_id) for job in jobs if job.exception() is not None]
    if failed:
        raise RunError(
            f"{len(failed)} of {len(jobs)} jobs failed ({', '.join(failed[:5])}); logs are in "
            f"{output / 'jobs' / 'log'}; the same command goes on where they stopped"
        )
    return finish(folders, output, config, workers=settings.workers)


def split(files: Sequence[Path], groups: int) -> list[list[Path]]:
    """Files in up to `groups` runs of about equal size, in order."""
    sizes = [file.stat().st_size for file in files]
    total, groups = sum(sizes) or 1, min(groups, len(files))
    parts: list[list[Path]] = [[] for _ in range(groups)]
    before = 0
    for file, size in zip(files, sizes, strict=True):
        parts[min(groups - 1, before * groups // total)].append(file)
        before += size
    return [part for part in parts if part]


def _job(
    files: list[Path], names: list[str], output: Path, config: PipelineConfig, workers: int
) -> int:
    return filter_run(files, names, output, config, workers).read
