"""`--list`: the runs in the remote folder and the states of their jobs. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lecture_tracer.remote.plan import parse_record


@dataclass(frozen=True, slots=True)
class ListedTask:
    """One lecture of a listed run."""

    job: str
    """As Slurm writes it, such as "123_0"."""
    lecture: str
    state: str


@dataclass(frozen=True, slots=True)
class ListedRun:
    """One run in the remote folder."""

    run_id: str
    home: bool
    """Whether its results were brought home."""
    tasks: tuple[ListedTask, ...]


def parse_list(output: str) -> list[ListedRun]:
    """Runs from what `scripts/list.sh` printed, oldest first.

    A job that Slurm has forgotten has the state of its own end marker, or "unknown".
    """
    states = {
        f"{job}_{index}": state
        for job, index, state in re.findall(r"^::state (\d+) (\d+) (\S+)", output, re.MULTILINE)
    }
    runs: list[ListedRun] = []
    for block in re.split(r"^::run ", output, flags=re.MULTILINE)[1:]:
        home, _, record = block.partition("\n")[0].partition(" ")
        arrays = [line.split() for line in re.findall(r"^::job (.*)$", block, re.MULTILINE)]
        job_of = {index: array for array, *indices in arrays for index in indices}
        ended = dict(re.findall(r"^::exit (\d+) (\d+)", block, re.MULTILINE))
        run_id, tasks = parse_record(record)
        listed = []
        for task in tasks:
            index = str(task.index)
            job = f"{job_of[index]}_{index}" if index in job_of else "-"
            fallback = f"ended with {ended[index]}" if index in ended else "unknown"
            listed.append(ListedTask(job, task.lecture, states.get(job, fallback)))
        runs.append(ListedRun(run_id, home == "yes", tuple(listed)))
    return runs
