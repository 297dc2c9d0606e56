"""One run, decided before anything is sent: its tasks, sbatch arguments and job scripts. Pure.

Lectures that ask for the same resources share one job array. Array indices are unique within the
run, so that index 2 means the same lecture, log and marker whichever array it is in.
"""

from __future__ import annotations

import json
import re
import secrets
import shlex
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from lecture_tracer.course import find_lectures
from lecture_tracer.remote.config import RemoteConfig
from lecture_tracer.remote.errors import RemoteError
from lecture_tracer.remote.resources import Resources, resources_for

SCRIPTS = Path(__file__).parent / "scripts"

_LECTURE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_RUN_ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{6}")


@dataclass(frozen=True, slots=True)
class Task:
    """One lecture of the run: an index of a job array."""

    index: int
    lecture: str


@dataclass(frozen=True, slots=True)
class Group:
    """The tasks of one job array, which all get the same resources."""

    tasks: tuple[Task, ...]
    resources: Resources


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What will be submitted, and under which identifier it lives on the cluster."""

    run_id: str
    groups: tuple[Group, ...]
    options: tuple[str, ...] = ()
    """Options for the recorder, the same for every lecture."""

    @property
    def tasks(self) -> tuple[Task, ...]:
        """Every task of the run, by index."""
        tasks = (task for group in self.groups for task in group.tasks)
        return tuple(sorted(tasks, key=lambda task: task.index))

    def record(self) -> str:
        """The line of JSON kept in the run's folder, from which a run is attached to."""
        return json.dumps({"run_id": self.run_id, "tasks": [asdict(task) for task in self.tasks]})


def parse_record(text: str) -> tuple[str, tuple[Task, ...]]:
    """Run identifier and tasks from `RunPlan.record`; raises `RemoteError` (`run-record`)."""
    try:
        record = json.loads(text)
        run_id = record["run_id"]
        tasks = tuple(Task(int(task["index"]), str(task["lecture"])) for task in record["tasks"])
        good = _RUN_ID.fullmatch(run_id) and all(_LECTURE.fullmatch(t.lecture) for t in tasks)
    except (ValueError, KeyError, TypeError) as error:
        raise RemoteError("run-record", f"the run's record cannot be read: {error}") from error
    if not good:
        raise RemoteError("run-record", f"the run's record is not one of ours: {text[:80]!r}")
    return run_id, tasks


def new_run_id() -> str:
    """A folder name that sorts by time and is unique to this run."""
    return f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{secrets.token_hex(3)}"


def plan_run(
    root: Path,
    names: Sequence[str],
    config: RemoteConfig,
    run_id: str,
    options: Sequence[str] = (),
) -> RunPlan:
    """Check the lectures named on the command line and group them by what they ask for.

    `options` are passed on to execute.py.

    Raises `RemoteError`: `lecture-name`, `lecture-missing`, or what `resources_for` raises.
    """
    groups: dict[Resources, list[Task]] = {}
    for index, name in enumerate(dict.fromkeys(_lecture_name(root, name) for name in names)):
        resources = resources_for(root / f"{name}.py", config)
        groups.setdefault(resources, []).append(Task(index, name))
    arrays = tuple(Group(tuple(tasks), key) for key, tasks in groups.items())
    return RunPlan(run_id, arrays, tuple(options))


def _lecture_name(root: Path, given: str) -> str:
    name = given.removesuffix(".py")
    if not _LECTURE.fullmatch(name):
        advice = "name a lecture of this repository, such as lecture_06"
        raise RemoteError("lecture-name", f"not a lecture: {given!r}; {advice}")
    if not (root / f"{name}.py").is_file():
        there = ", ".join(path.stem for path in find_lectures(root)) or "none"
        raise RemoteError("lecture-missing", f"no {name}.py in {root}; lectures here: {there}")
    return name


def sbatch_arguments(group: Group, config: RemoteConfig) -> list[str]:
    """Options for one array, without those that name folders (see `scripts/submit.sh`).

    One launcher per node gets the cores of all the node's tasks: torchrun starts the tasks.
    """
    resources = group.resources
    arguments = [
        "--array=" + ",".join(str(task.index) for task in group.tasks),
        "--requeue" if resources.requeue else "--no-requeue",  # a recording starts from its start
        f"--time={resources.time_limit}",
        f"--nodes={resources.nodes}",
        "--ntasks-per-node=1",
        f"--cpus-per-task={resources.cpus * resources.tasks_per_node}",
    ]
    optional = {
        "mem": resources.memory,
        "gres": ":".join(filter(None, ["gpu", resources.gpu_type, str(resources.gpus)]))
        if resources.gpus
        else "",
        "constraint": resources.constraint,
        "partition": resources.partition,
        "account": resources.account,
        "qos": resources.qos,
    }
    arguments += [f"--{name}={value}" for name, value in optional.items() if value]
    return arguments + list(config.sbatch_options)


def job_script(
    group: Group,
    config: RemoteConfig,
    run_folder: str,
    python: str,
    options: Sequence[str] = (),
    tracer: str = "",
) -> str:
    """The batch script of one array: variables, then `scripts/job.sh`.

    `run_folder` and `python` are absolute paths on the cluster, `options` are the recorder's,
    `tracer` is the folder of a tracer that the checkout does not bring.
    """
    lectures = " ".join(f"[{task.index}]={task.lecture}" for task in group.tasks)
    header = shell_assignments(
        {
            "run": run_folder,
            "python": python,
            "tracer": tracer,
            "setup": "\n".join(config.setup),
            "nodes": str(group.resources.nodes),
            "tasks_per_node": str(group.resources.tasks_per_node),
            "cpus": str(group.resources.cpus),
            "rendezvous": config.rendezvous,
        }
    )
    arrays = f"lectures=({lectures})\noptions=({shlex.join(options)})\n"
    arrays += f"launcher=({shlex.join(config.launcher)})\n"
    return f"#!/bin/bash -l\n{header}{arrays}{script_body('job')}"


def build_arguments(config: RemoteConfig) -> list[str]:
    """Options for sbatch of the job that builds an environment; it needs no GPU."""
    place = {"partition": config.partition, "account": config.account, "qos": config.qos}
    arguments = [f"--{name}={value}" for name, value in place.items() if value]
    return arguments + list(config.environment_options)


def build_script(config: RemoteConfig, variables: Mapping[str, str]) -> str:
    """The batch script that builds an environment: `scripts/venv.sh` and a marker of its end."""
    setup = "\n".join(config.setup)
    return (
        f"#!/bin/bash -l\n{shell_assignments(variables)}{setup}\n(\n{script_body('venv')}\n)\n"
        'code=$?\necho "$code" >"$folder/runs/$run_id/state/environment.exit"\nexit "$code"\n'
    )


def script_body(name: str) -> str:
    """The text of `scripts/NAME.sh`, which expects its variables to be set before it."""
    return (SCRIPTS / f"{name}.sh").read_text(encoding="utf-8")


def shell_assignments(variables: Mapping[str, str]) -> str:
    """Shell assignments, one a line, quoted so that any text arrives as it is."""
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in variables.items())
