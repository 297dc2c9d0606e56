"""The steps that lead to a submitted run, each a remote script; all may be repeated safely."""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lecture_tracer.course import BENCHMARK_FOLDERS
from lecture_tracer.remote.config import DEFAULT_LOCK_FILE, RemoteConfig
from lecture_tracer.remote.connection.ssh import Connection
from lecture_tracer.remote.errors import RemoteError
from lecture_tracer.remote.plan import (
    Group,
    RunPlan,
    Task,
    build_arguments,
    build_script,
    job_script,
    parse_record,
    sbatch_arguments,
)
from lecture_tracer.remote.sync import Tree, send_arguments

VENV_LIMIT_S = 3600.0
"""Installing PyTorch over a slow link takes minutes; an hour is a hang."""


BUILD_JOB_LIMIT_S = 24 * 3600.0
"""The same in a job, which may have to wait in the queue first."""


@dataclass(frozen=True, slots=True)
class Place:
    """What preparing a run found out about the cluster."""

    folder: str
    """The remote folder, absolute."""
    bases: Mapping[str, str | None]
    """Each tree's place to the key of an earlier one to link unchanged files from ("" for none);
    None for a tree that is there already."""
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


def venv_key(root: Path, config: RemoteConfig, needs: Sequence[str] = ()) -> str:
    """Name of the virtual environment: a hash of the lock file and of how it is set up.

    `needs` is what a tracer that travels needs besides.

    Raises `RemoteError` (`lock-file`) when the lock file is not there.
    """
    name = lock_file(root, config)
    try:
        lock = (root / name).read_bytes()
    except OSError as error:
        message = f"no {name} in {root}: it says what the lectures need"
        advice = "write one with the packages that they import, or set 'lock_file' in remote.toml"
        raise RemoteError("lock-file", f"{message}; {advice}") from error
    recipe = "\0".join(
        [*config.setup, *config.launcher, config.python, config.venv_command, *needs]
    ).encode()
    return hashlib.sha256(lock + b"\0" + recipe).hexdigest()[:16]


def lock_file(root: Path, config: RemoteConfig) -> str:
    """The lock file's name; a course that has none may have the usual `requirements.txt`."""
    usual = "requirements.txt"
    unset = config.lock_file == DEFAULT_LOCK_FILE and not (root / config.lock_file).is_file()
    return usual if unset and (root / usual).is_file() else config.lock_file


def prepare_variables(
    config: RemoteConfig, plan: RunPlan, key: str, trees: Sequence[Tree]
) -> dict[str, str]:
    """Variables for `scripts/prepare.sh`."""
    requests = ["\n".join(sbatch_arguments(group, config)) for group in plan.groups]
    needed = int(config.min_free_gb * 1e9) + sum(tree.size for tree in trees)
    return {
        "folder": config.folder,
        "run_id": plan.run_id,
        "key": key,
        "trees": " ".join(tree.place for tree in trees),
        "probe": "no" if config.environment_in_job or config.launcher else "yes",
        "min_free_kb": str(needed // 1024),
        "requests": "".join(f"{request}\n|" for request in requests),
    }


def prepare(connection: Connection, variables: Mapping[str, str]) -> Place:
    """Make the run's folder; refuses (`RemoteError`) a full, unwritable or Slurm-less place."""
    output = connection.script("prepare", variables)
    said = _lines(output)
    bases: dict[str, str | None] = {}
    for line in _all(output, "tree"):
        tree, ready, *base = line.split()
        bases[tree] = None if ready == "yes" else "".join(base)
    return Place(said["folder"], bases, said.get("venv") == "ready")


def incoming(folder: str, tree: Tree, run_id: str) -> str:
    """Where a tree is while it arrives."""
    return f"{folder}/{tree.kind}/.incoming-{run_id}"


def upload(connection: Connection, tree: Tree, target: str, base: str) -> None:
    """Send a tree; files that equal those of an earlier one are linked there instead."""
    arguments = send_arguments(connection.host, target, base)
    connection.rsync(arguments, names=b"\0".join(tree.names), folder=tree.root)


def place_variables(folder: str, run_id: str, trees: Sequence[Tree]) -> dict[str, str]:
    """Variables for `scripts/place.sh`."""
    places = " ".join(tree.place for tree in trees)
    return {"folder": folder, "run_id": run_id, "trees": places}


def venv_variables(
    root: Path,
    config: RemoteConfig,
    folder: str,
    run_id: str,
    key: str,
    needs: Sequence[str] = (),
) -> dict[str, str]:
    """Variables for `scripts/venv.sh`; `needs` is what a tracer that travels needs."""
    return {
        "folder": folder,
        "run_id": run_id,
        "key": key,
        "python": config.python,
        "lock_file": lock_file(root, config),
        "venv_command": config.venv_command,
        "needs": " ".join(needs),
        "launcher": shlex.join(config.launcher),
    }


def build_variables(config: RemoteConfig, variables: Mapping[str, str]) -> dict[str, str]:
    """Variables for `scripts/build.sh`, from those for `scripts/venv.sh`."""
    return {
        "folder": variables["folder"],
        "run_id": variables["run_id"],
        "build_script": build_script(config, variables),
        "arguments": "\n".join(build_arguments(config)),
    }


def build_venv(
    connection: Connection,
    config: RemoteConfig,
    variables: Mapping[str, str],
    show: Callable[[bytes], None],
) -> None:
    """Set up the virtual environment; `show` gets the output while it comes."""
    try:
        if config.environment_in_job:
            in_job = build_variables(config, variables)
            connection.script("build", in_job, limit_s=BUILD_JOB_LIMIT_S, show=show)
        else:
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
    plan: RunPlan,
    number: int,
    config: RemoteConfig,
    folder: str,
    key: str,
    trees: Sequence[Tree],
) -> dict[str, str]:
    """Variables for `scripts/submit.sh` for the array `number` of the plan."""
    tracer = "".join(f"{folder}/{tree.place}" for tree in trees if tree.kind == "tracers")
    group: Group = plan.groups[number]
    run_folder, python = f"{folder}/runs/{plan.run_id}", f"{folder}/venvs/{key}/bin/python"
    return {
        "run": run_folder,
        "run_id": plan.run_id,
        "group": str(number),
        "job_name": f"lectures-{plan.run_id}-{number}",
        "key": key,
        "tracer": tracer,
        "job_script": job_script(group, config, run_folder, python, plan.options, tracer),
        "record": plan.record(),
        "arguments": "\n".join(sbatch_arguments(group, config)),
        "indices": " ".join(str(task.index) for task in group.tasks),
        "benchmarks": BENCHMARK_FOLDERS,
    }


def finish_variables(config: RemoteConfig, run_folder: str) -> dict[str, str]:
    """Variables for `scripts/finish.sh`."""
    return {
        "run": run_folder,
        "keep": str(config.keep_runs),
        "keep_trees": str(config.keep_checkouts),
        "keep_environments": str(config.keep_environments),
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
