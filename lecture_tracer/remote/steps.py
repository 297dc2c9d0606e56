"""The steps that lead to a submitted run, each a remote script; all may be repeated safely."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lecture_tracer.course import BENCHMARK_FOLDERS
from lecture_tracer.remote.config import RemoteConfig
from lecture_tracer.remote.connection.ssh import Connection
from lecture_tracer.remote.errors import RemoteError
from lecture_tracer.remote.plan import (
    Group,
    RunPlan,
    Task,
    job_script,
    parse_record,
    sbatch_arguments,
)
from lecture_tracer.remote.sync import send_arguments

VENV_LIMIT_S = 3600.0
"""Installing PyTorch over a slow link takes minutes; an hour is a hang."""


@dataclass(frozen=True, slots=True)
class Place:
    """What preparing a run found out about the cluster."""

    folder: str
    """The remote folder, absolute."""
    base: str
    """An earlier run to copy unchanged files from, or ""."""
    venv_ready: bool


@dataclass(frozen=True, slots=True)
class RemoteRun:
    """A submitted run: where it is and which Slurm job each task belongs to."""

    run_id: str
    folder: str
    """The run's folder, absolute."""
    tasks: tuple[Task, ...]
    jobs: tuple[str, ...]
    """Job ids, one per group."""
    job_of: Mapping[int, str]
    """Task index to the job id that Slurm may know it by."""


def venv_key(root: Path, config: RemoteConfig) -> str:
    """Name of the virtual environment: a hash of the lock file and of how it is set up.

    Raises `RemoteError` (`lock-file`) when the lock file is not there.
    """
    try:
        lock = (root / config.lock_file).read_bytes()
    except OSError as error:
        message = f"no {config.lock_file} in {root}: it says what the lectures need"
        raise RemoteError("lock-file", message) from error
    recipe = "\0".join([*config.setup, config.python, config.venv_command]).encode()
    return hashlib.sha256(lock + b"\0" + recipe).hexdigest()[:16]


def prepare_variables(config: RemoteConfig, plan: RunPlan, key: str, size: int) -> dict[str, str]:
    """Variables for `scripts/prepare.sh`; `size` is the checkout's, in bytes."""
    requests = ["\n".join(sbatch_arguments(group, config)) for group in plan.groups]
    needed = int(config.min_free_gb * 1e9) + size
    return {
        "folder": config.folder,
        "run_id": plan.run_id,
        "key": key,
        "min_free_kb": str(needed // 1024),
        "requests": "".join(f"{request}\n|" for request in requests),
    }


def prepare(connection: Connection, variables: Mapping[str, str]) -> Place:
    """Make the run's folder; refuses (`RemoteError`) a full, unwritable or Slurm-less place."""
    said = _lines(connection.script("prepare", variables))
    base = said["base"] if said.get("base", "-") not in ("-", "/") else ""
    return Place(said["folder"], base, said.get("venv") == "ready")


def upload(
    connection: Connection, root: Path, names: list[bytes], run_folder: str, base: str
) -> None:
    """Send the checkout; files that equal the earlier run's are copied there instead."""
    arguments = send_arguments(connection.host, run_folder, base)
    connection.rsync(arguments, names=b"\0".join(names), folder=root)


def venv_variables(config: RemoteConfig, folder: str, run_id: str, key: str) -> dict[str, str]:
    """Variables for `scripts/venv.sh`."""
    return {
        "folder": folder,
        "run_id": run_id,
        "key": key,
        "python": config.python,
        "lock_file": config.lock_file,
        "venv_command": config.venv_command,
    }


def build_venv(
    connection: Connection, variables: Mapping[str, str], show: Callable[[bytes], None]
) -> None:
    """Set up the virtual environment; `show` gets the output while it comes."""
    try:
        connection.script("venv", variables, limit_s=VENV_LIMIT_S, show=show)
    except RemoteError as error:
        if error.slug != "remote-step":
            raise
        message = (
            f"setting up Python on {connection.host!r} failed (output above); "
            "see 'python', 'setup' and 'venv_command' in remote.toml"
        )
        raise RemoteError("environment", message) from error


def submit_variables(
    plan: RunPlan, number: int, config: RemoteConfig, folder: str, key: str
) -> dict[str, str]:
    """Variables for `scripts/submit.sh` for the array `number` of the plan."""
    group: Group = plan.groups[number]
    run_folder, python = f"{folder}/runs/{plan.run_id}", f"{folder}/venvs/{key}/bin/python"
    return {
        "run": run_folder,
        "run_id": plan.run_id,
        "group": str(number),
        "job_name": f"lectures-{plan.run_id}-{number}",
        "job_script": job_script(group, config, run_folder, python, plan.options),
        "record": plan.record(),
        "arguments": "\n".join(sbatch_arguments(group, config)),
        "indices": " ".join(str(task.index) for task in group.tasks),
        "benchmarks": BENCHMARK_FOLDERS,
    }


def submit(connection: Connection, variables: Mapping[str, str]) -> str:
    """Submit one array and return its job id; repeated, it returns the same id."""
    said = _lines(connection.script("submit", variables)).get("job", "")
    return job_number(said.partition(" ")[0])


def find_run(connection: Connection, config: RemoteConfig, job: str) -> RemoteRun:
    """The run that job id `job` belongs to. Raises `RemoteError` (`job-unknown`)."""
    variables = {"folder": config.folder, "job": job_number(job)}
    output = connection.script("find", variables)
    said = _lines(output)
    run_id, tasks = parse_record(said["record"])
    arrays = [line.split() for line in _all(output, "job")]
    job_of = {int(index): array for array, *indices in arrays for index in indices}
    return RemoteRun(run_id, said["run"], tasks, tuple(array for array, *_ in arrays), job_of)


def job_number(text: str) -> str:
    """The array's number from a job id as Slurm prints it ("123" or "123_4").

    Raises `RemoteError` (`job-id`).
    """
    found = re.fullmatch(r"(\d+)(?:_\d+)?", text.strip())
    if not found:
        raise RemoteError("job-id", f"not a job id: {text!r}; give a number such as 1234")
    return found[1]


def _lines(output: bytes) -> dict[str, str]:
    """Lines `::NAME TEXT` of a script's output; anything else there is a shell's greeting."""
    found = re.findall(r"^::(\w+) (.*)$", output.decode(errors="replace"), re.MULTILINE)
    return dict(found)


def _all(output: bytes, name: str) -> list[str]:
    return re.findall(rf"^::{name} (.*)$", output.decode(errors="replace"), re.MULTILINE)
